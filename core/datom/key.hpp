// Index keys: bytes whose order is the order of the facts. Four orders; each key ends in t and the
// operation, so that the newest comes first. At most limits::key_bytes_max bytes.
//
//   bytes key;
//   encode_key(key, index_order::avet, view_of(d));
//   WEFT_TRY(auto back, decode_key(index_order::avet, key));   // back.fact == d
//
// memcmp of two keys says what `compare` says of the facts. The one exception are two values that
// are longer than limits::value_prefix_bytes, share that prefix and have the same 128-bit hash:
// their keys are equal. Functions of values: safe from any thread.
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

/// A decoded key. Its value is complete unless `truncated`: then it holds the first
/// limits::value_prefix_bytes alone (of text perhaps with half a character at the end), and the
/// full value must be read from where the key leads.
struct decoded_key {
  datom fact;
  bool truncated = false;
};

/// Appends the key of `d` in `order`: 22 .. limits::key_bytes_max bytes. Requires a value that
/// `check` allows; in vaet, a ref. Cost: O(size of the value).
void encode_key(bytes& out, index_order order, const datom_view& d);

/// Appends the beginning that the keys of all facts with these leading components share; the
/// components behind the first absent one are ignored. Cost: O(size of the value).
void encode_key_prefix(bytes& out, index_order order, std::optional<entity_id> entity,
                       std::optional<attribute_id> attribute, std::optional<value_view> value);

/// Reads what encode_key wrote and nothing else: a key that decodes is encoded to the same bytes
/// again (unless truncated), and its value passes `check`. Cost: O(size). @errors malformed_key
[[nodiscard]] result<decoded_key> decode_key(index_order order, bytes_view key);

/// Appends the order-preserving form of one value: type byte and payload, self-delimiting.
/// Requires a value that `check` allows. Cost: O(size).
void encode_key_value(bytes& out, value_view v);

/// Size of the key form of a whole tuple. Cost: O(elements).
[[nodiscard]] std::size_t tuple_key_bytes(value_view v) noexcept;

/// Compares two facts in `order`: what memcmp of their keys would say, without making them
/// (newest t first; at one t the assertion before the retraction). Cost: O(common prefix).
[[nodiscard]] std::strong_ordering compare(index_order order, const datom_view& a,
                                           const datom_view& b) noexcept;

} // namespace weft
