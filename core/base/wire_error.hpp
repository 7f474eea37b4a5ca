// An error on its way to another process: the number of its code instead of the code, because the
// other side may be older or newer, and texts of bounded length.
//
//   const auto sent = wire_error::because(why);
//   encode(out, sent);
//   ...
//   const error got = decode_wire_error(in).reason();
//
// Functions of values. @source docs/formats/stream.md, section 3 (closed)
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/result.hpp"

namespace weft {

struct wire_error {
  std::uint16_t code = 0; ///< number of an errc, perhaps of a newer version
  bool retryable = false;
  std::string detail;
  std::vector<error_field> fields;
  bool operator==(const wire_error&) const = default;

  /// Of an error; texts beyond limits::error_text_bytes_max are cut. Cost: O(texts).
  [[nodiscard]] static wire_error because(const error& why);
  /// The error. A code that this version does not know becomes `retryable_unknown` when a retry may
  /// help, else unsupported_version; its number is in the field "code".
  [[nodiscard]] error reason(errc retryable_unknown = errc::not_subscribed) const;
};

/// 2 bytes code, 1 byte retryable, counted detail, varint fields, each a counted name and value.
void encode(byte_writer& out, const wire_error& e);
/// Leaves the reader failed when the bytes are none, or their texts exceed
/// limits::error_text_bytes_max. Cost: O(size).
[[nodiscard]] wire_error decode_wire_error(byte_reader& in);

} // namespace weft
