// The value inside an index key: a type byte and a payload whose bytes sort as the values do.
// A part of key.hpp, which is what others use.
// @source docs/formats/keys.md
#pragma once

#include "weft/core/datom/value.hpp"

namespace weft {

/// Big-endian, so that the bytes sort as the numbers do.
template <class UInt>
void put_big_endian(bytes& out, UInt x) {
  char buffer[sizeof(UInt)];
  for (std::size_t i = 0; i < sizeof buffer; ++i)
    buffer[i] = static_cast<char>(x >> (8U * (sizeof buffer - 1 - i)));
  out.append(buffer, sizeof buffer);
}

template <class UInt>
[[nodiscard]] UInt get_big_endian(byte_reader& in) noexcept {
  UInt x = 0;
  for (const char c : in.raw(sizeof(UInt)))
    x = static_cast<UInt>(x << 8U | static_cast<unsigned char>(c));
  return x;
}

/// Reads what encode_key_value wrote; a failed reader means the bytes are no value in this form.
/// Sets `truncated` when the value is a prefix. Structure only: `check` decides what is allowed.
[[nodiscard]] value decode_key_value(byte_reader& in, bool& truncated);

} // namespace weft
