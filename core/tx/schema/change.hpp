// Schema changes against facts: a change is refused when what the database holds after the
// transaction would violate it.
#pragma once

#include "weft/core/tx/schema/declare.hpp"
#include "weft/core/tx/settle.hpp"

namespace weft::tx {

/// Judges the edits of attributes that existed before: fewer values allowed, uniqueness added, a
/// constraint added or changed. `changes` in stream order.
/// Cost: O(facts of each attribute that got stricter); others cost nothing.
/// @errors schema_violation{attribute, key, entity, value, other}: one fact that stands against it
[[nodiscard]] result<void> check_edits(const schema_draft& draft, const change_list& changes,
                                       const live_facts& live);

} // namespace weft::tx
