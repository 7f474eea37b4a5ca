// Any bytes are a key or they are refused; a fact has one key; keys sort as facts do.
// Input: a byte for the order, a byte for the length of the first of two keys, both keys.
#include "weft/core/datom/key.hpp"

#include "weft/core/base/assert.hpp"

#include <cstddef>

using namespace weft;

namespace {

/// A key that holds its whole fact, or nothing.
std::optional<datom> whole_fact(index_order order, bytes_view key) {
  const auto decoded = decode_key(order, key);
  if (!decoded) {
    WEFT_ASSERT(decoded.error().code == errc::malformed_key);
    return std::nullopt;
  }
  if (decoded->truncated)
    return std::nullopt;
  bytes again;
  encode_key(again, order, view_of(decoded->fact));
  WEFT_ASSERT(again == key);
  return decoded->fact;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2)
    return 0;
  const auto order = all_index_orders[data[0] % all_index_orders.size()];
  const bytes keys(data + 2, data + size);
  const auto first = bytes_view(keys).substr(0, data[1]);
  const auto second = bytes_view(keys).substr(first.size());
  const auto a = whole_fact(order, first);
  const auto b = whole_fact(order, second);
  if (a && b)
    WEFT_ASSERT(compare(order, view_of(*a), view_of(*b)) == (first.compare(second) <=> 0));
  return 0;
}
