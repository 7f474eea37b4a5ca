#include "weft/console/http/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>

namespace weft::console {

namespace {

/// Bytes of the character that `text` begins with; 0 when it is no UTF-8 (RFC 3629).
std::size_t character_bytes(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = at(0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  if (size == 0 || size > text.size())
    return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((at(i) & 0xC0U) != 0x80U)
      return 0;
  if (size >= 3) {
    const auto second = at(1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
      return 0;
  }
  return size;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
  case '"':
    out += "\\\"";
    break;
  case '\\':
    out += "\\\\";
    break;
  case '\n':
    out += "\\n";
    break;
  case '\t':
    out += "\\t";
    break;
  case '\r':
    out += "\\r";
    break;
  default:
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f')
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      out += c;
  }
}

} // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto size = character_bytes(text);
    if (size == 0)
      out += "\\ufffd";
    else if (size == 1)
      append_escaped(out, text.front());
    else
      out += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void json_writer::separate() {
  if (!text_.empty() && text_.back() != '{' && text_.back() != '[' && text_.back() != ':')
    text_ += ',';
}

json_writer& json_writer::raw(std::string_view token) {
  separate();
  text_ += token;
  return *this;
}

json_writer& json_writer::begin(char bracket) {
  return raw(std::string_view(&bracket, 1));
}

json_writer& json_writer::end(char bracket) {
  text_ += bracket;
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  append_quoted(text_, name);
  text_ += ':';
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  append_quoted(text_, text);
  return *this;
}

json_writer& json_writer::value(double number) {
  return std::isfinite(number) ? raw(fmt::format("{}", number)) : null();
}

} // namespace weft::console
