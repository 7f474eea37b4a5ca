#include "weft/core/base/wire_error.hpp"

#include "weft/core/base/limits.hpp"

namespace weft {

namespace {

/// What a field counts beside its texts.
constexpr std::size_t field_bytes = 2;

/// The beginning of a text that does not cut a character of UTF-8.
std::string shortened(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max)
    return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0U) == 0x80U)
    --bytes_max;
  text.resize(bytes_max);
  return text;
}

} // namespace

wire_error wire_error::because(const error& why) {
  wire_error out{static_cast<std::uint16_t>(why.code), info(why.code).retryable, {}, {}};
  out.detail = shortened(why.detail, limits::error_text_bytes_max);
  auto left = limits::error_text_bytes_max - out.detail.size();
  for (const auto& field : why.fields) {
    const auto takes = field.name.size() + field.value.size() + field_bytes;
    if (takes > left)
      break;
    left -= takes;
    out.fields.push_back(field);
  }
  return out;
}

error wire_error::reason(errc retryable_unknown) const {
  for (const auto& row : all_errc())
    if (static_cast<std::uint16_t>(row.code) == code)
      return {row.code, detail, fields};
  error out{retryable ? retryable_unknown : errc::unsupported_version, detail, fields};
  out.fields.push_back({"code", std::to_string(code)});
  return out;
}

void encode(byte_writer& out, const wire_error& e) {
  out.fixed(e.code);
  out.u8(e.retryable ? 1 : 0);
  out.counted(e.detail);
  out.varint(e.fields.size());
  for (const auto& field : e.fields) {
    out.counted(field.name);
    out.counted(field.value);
  }
}

wire_error decode_wire_error(byte_reader& in) {
  wire_error out;
  out.code = in.fixed<std::uint16_t>();
  const auto retryable = in.u8();
  out.retryable = retryable == 1;
  out.detail = in.counted();
  auto text = out.detail.size();
  const auto n = in.varint();
  if (retryable > 1 || n > in.remaining() / field_bytes)
    in.invalidate();
  for (std::uint64_t i = 0; i < n && in.ok() && text <= limits::error_text_bytes_max; ++i) {
    const auto name = in.counted();
    const auto value = in.counted();
    text += name.size() + value.size() + field_bytes;
    out.fields.push_back({std::string(name), std::string(value)});
  }
  if (text > limits::error_text_bytes_max)
    in.invalidate();
  return out;
}

} // namespace weft
