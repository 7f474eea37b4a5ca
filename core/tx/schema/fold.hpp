// Schema from facts: what followers, recovery and readers of the log do with the datoms that a
// leader resolved. Gives the same schema as the plan that made them.
#pragma once

#include "weft/core/datom/schema.hpp"

namespace weft {

/// `before`, changed by the datoms of one transaction (or by all live facts of a database), which
/// may be in any order but for retractions, which stand before the assertion that replaces them.
/// Returns `before` itself when no datom is about attributes. Cost: O(datoms), O(attributes) if the
/// schema changes.
/// @errors schema_invalid when the facts declare no attribute: they were not made by `plan`
[[nodiscard]] result<std::shared_ptr<const schema>>
fold_schema(const std::shared_ptr<const schema>& before, std::span<const datom_view> datoms);

} // namespace weft
