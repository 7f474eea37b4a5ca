// Texts of single configuration values: durations, sizes, words, names, paths, addresses. Internal
// to core/cluster, but for the printing of durations and sizes.
#pragma once

#include "weft/core/cluster/config_keys.hpp"

#include <tl/expected.hpp>

namespace weft {

/// What is wrong with a text; the issue without its place.
struct scalar_mistake {
  config_fault fault;
  std::string reason;
  std::string suggestion = {};
};

template <class T>
using scalar_result = tl::expected<T, scalar_mistake>;

/// The value of a key, from its text: what stands in a string of the file, or in an override, where
/// numbers and booleans are texts too. Cost: O(size). bad_value, out_of_range.
[[nodiscard]] scalar_result<config_value> parse_scalar(const config_key& key,
                                                       std::string_view text);

/// 150000 as "150ms": the largest unit that is exact. Requires us >= 0.
[[nodiscard]] std::string duration_text(std::int64_t us);
/// 65536 as "64KiB". Requires n >= 0.
[[nodiscard]] std::string size_text(std::int64_t n);

} // namespace weft
