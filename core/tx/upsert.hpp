// Upsert: which entities the tempids of a transaction stand for. A statement that gives an entity
// the value of a :db.unique/identity attribute is a claim; a claim on a value that an entity of the
// database holds makes the claimant that entity, and claimants of one value are one entity. What is
// learnt from one claim may decide others: values that are refs to tempids, composite tuples whose
// parts are stated by merged tempids. The answer does not depend on the order of the claims.
#pragma once

#include "weft/core/tx/statements.hpp"

namespace weft::tx {

/// Settles what tempids stand for, as far as claims decide it; the others are new entities.
/// Cost: O(n log n) for n statements, and one lookup for each claimed value.
/// @errors tempid_conflict{tempid, entity, other}
[[nodiscard]] result<void> upsert(const statement_list& statements, const schema& now,
                                  resolver& resolve, tempid_table& tempids);

} // namespace weft::tx
