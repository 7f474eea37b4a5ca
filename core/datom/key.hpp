// Index keys: bytes whose order is the order of the facts. Four orders; each key ends in t and the
// operation, so that the newest comes first. At most limits::key_bytes_max bytes.
// @source docs/formats/keys.md
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/datom/datom.hpp"

namespace weft {

/// The order of a datom's components in an index; t descending is always last.
enum class index_order : std::uint8_t { eavt, aevt, avet, vaet };

inline constexpr std::array<index_order, 4> all_index_orders = {
    index_order::eavt, index_order::aevt, index_order::avet, index_order::vaet};

/// "eavt", "aevt" ...
[[nodiscard]] std::string_view name_of(index_order order) noexcept;

/// A decoded key. `value` is complete unless `truncated`: then it holds the prefix alone and the
/// full value must be read from where the key leads.
struct decoded_key {
  datom fact;
  bool truncated = false;
};

/// Appends the key of `d` (value checked before) in `order`. Cost: O(size of the value).
void encode_key(bytes& out, index_order order, const datom_view& d);

/// Reads what encode_key wrote. @errors malformed_key
[[nodiscard]] result<decoded_key> decode_key(index_order order, bytes_view key);

/// Appends the order-preserving form of one value: type byte and payload, self-delimiting.
void encode_key_value(bytes& out, value_view v);

/// Size of the key form of a tuple's elements.
[[nodiscard]] std::size_t tuple_key_bytes(value_view v);

/// Compares two facts in `order`: what memcmp of their keys would say, without making them
/// (newest t first; at one t the assertion before the retraction). Cost: O(common prefix).
[[nodiscard]] std::strong_ordering compare(index_order order, const datom_view& a,
                                           const datom_view& b) noexcept;

} // namespace weft
