// Constraints on single values, as attributes declare them in :weft/check:
//
//   [:range 0 150]     lo <= value <= hi; long, double, instant; nil is an open end
//   [:enum :red :blue] one of these values; any type but tuple and vector
//   [:regex "[a-z]+"]  the whole text matches; string; RE2 syntax, linear time
//   [:length 1 80]     code points of a string, bytes of bytes; nil is an open end
#pragma once

#include "weft/core/datom/schema.hpp"

namespace weft::tx {

/// Compiles the EDN of a constraint on values of `type`. Cost: O(size of the text).
/// @errors schema_invalid{key, value} naming what is wrong with it
[[nodiscard]] result<std::shared_ptr<const value_check>> compile_check(std::string_view edn_text,
                                                                       value_type type);

/// Whether `v` keeps the constraint of `a`, if it has one. Cost: O(size of the value).
/// @errors check_failed{attribute, constraint, value}
[[nodiscard]] result<void> run_check(const attribute& a, value_view v);

} // namespace weft::tx
