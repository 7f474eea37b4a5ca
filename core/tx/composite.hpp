// Composite tuples: attributes whose value is computed from other attributes of the entity. They
// hold nil where a part is missing and are gone when all parts are.
#pragma once

#include "weft/core/tx/schema/declare.hpp"
#include "weft/core/tx/settle.hpp"

namespace weft::tx {

/// Adds to `changes` (in stream order, and so they stay) what follows for composite tuples: of
/// entities whose parts change, and of all entities for a composite that is new.
/// @errors tuple_read_only when a tuple was written that is not the computed one; value_too_large
/// for a tuple; transaction_too_large when a new composite has more tuples than a transaction takes
/// Cost: O(log n) for each part that changes; for a new composite, O(facts of its parts).
[[nodiscard]] result<void> maintain_composites(change_list& changes, const schema_draft& draft,
                                               const std::vector<statement>& written,
                                               const live_facts& live);

} // namespace weft::tx
