// Uniqueness: one live holder for each value of a unique attribute, after the transaction. A value
// that the transaction frees may be taken by another entity in the same transaction.
#pragma once

#include "weft/core/tx/schema/declare.hpp"
#include "weft/core/tx/settle.hpp"

namespace weft::tx {

/// Checks the values that `changes` (in stream order) state. Attributes that become unique in this
/// transaction are left to check_edits. Cost: one lookup for each value not looked up before.
/// @errors unique_conflict{attribute, value, entity, holder}
[[nodiscard]] result<void> check_unique(const change_list& changes, const schema_draft& draft,
                                        resolver& resolve);

} // namespace weft::tx
