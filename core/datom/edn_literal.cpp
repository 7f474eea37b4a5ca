#include "weft/core/datom/edn_literal.hpp"

#include "weft/core/datom/edn_bytes.hpp"

#include <charconv>
#include <cmath>

namespace weft {

using edn_bytes::is_digit;

namespace {

std::size_t digits_at(std::string_view text, std::size_t i) noexcept {
  const auto begin = i;
  while (i < text.size() && is_digit(text[i]))
    ++i;
  return i - begin;
}

edn_number wrong(std::string_view error) noexcept {
  return {false, 0, 0, error};
}

edn_number read_integer(std::string_view digits) noexcept {
  edn_number out;
  const auto* end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, out.as_long).ec != std::errc{})
    return wrong("a long has 64 bits");
  return out;
}

edn_number read_fraction(std::string_view text) noexcept {
  edn_number out{true, 0, 0, {}};
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, out.as_double).ec != std::errc{})
    return wrong("the number does not fit a double");
  return out;
}

std::optional<std::uint32_t> hex4(std::string_view text) noexcept {
  constexpr std::size_t length = 6; // \uXXXX
  std::uint32_t x = 0;
  if (text.size() < length || text[0] != '\\' || text[1] != 'u')
    return std::nullopt;
  const auto* end = text.data() + length;
  const auto [stopped, ec] = std::from_chars(text.data() + 2, end, x, 16);
  return ec == std::errc{} && stopped == end ? std::optional(x) : std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80U) {
    put(c);
  } else if (c < 0x800U) {
    put(0xC0U | c >> 6U);
    put(0x80U | (c & 0x3FU));
  } else if (c < 0x10000U) {
    put(0xE0U | c >> 12U);
    put(0x80U | (c >> 6U & 0x3FU));
    put(0x80U | (c & 0x3FU));
  } else {
    put(0xF0U | c >> 18U);
    put(0x80U | (c >> 12U & 0x3FU));
    put(0x80U | (c >> 6U & 0x3FU));
    put(0x80U | (c & 0x3FU));
  }
}

std::size_t read_code_point(std::string_view text, std::string& out) {
  const auto first = hex4(text);
  if (!first || (*first >= 0xDC00U && *first <= 0xDFFFU))
    return 0;
  if (*first < 0xD800U || *first > 0xDFFFU) {
    append_utf8(out, *first);
    return 6;
  }
  const auto second = hex4(text.substr(6));
  if (!second || *second < 0xDC00U || *second > 0xDFFFU)
    return 0;
  append_utf8(out, 0x10000U + ((*first - 0xD800U) << 10U) + (*second - 0xDC00U));
  return 12;
}

constexpr std::string_view escaped = "trnbf\\\"";
constexpr std::string_view unescaped = "\t\r\n\b\f\\\"";

} // namespace

bool is_symbol(std::string_view text) noexcept {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; // at the begin of a text: no symbol
  if (text == "/")
    return true;
  if (!is_keyword(text) || !is_utf8(text) || text == "nil" || text == "true" || text == "false")
    return false;
  const bool sign = text[0] == '+' || text[0] == '-' || text[0] == '.';
  const bool number = is_digit(text[0]) || (sign && text.size() > 1 && is_digit(text[1])) ||
                      (sign && text.size() > 2 && text[1] == '.' && is_digit(text[2]));
  return !number && text[0] != '#' && !text.starts_with(byte_order_mark);
}

bool is_tag(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text.empty() ? '_' : text[0]);
  const bool letter = (lead | 0x20U) - 'a' < 26U || lead >= 0x80U;
  return letter && is_symbol(text);
}

edn_number read_number(std::string_view token) noexcept {
  const bool sign = token.front() == '+' || token.front() == '-';
  const auto text = token.front() == '+' ? token.substr(1) : token; // from_chars knows no plus
  std::size_t i = text.front() == '-' ? 1 : 0;
  const auto whole = digits_at(text, i);
  if (whole == 0 && sign)
    return wrong("expected a number");
  if (text[i] == '0' && whole > 1)
    return wrong("expected a number without leading zeros");
  i += whole;
  if (i == text.size())
    return read_integer(text);
  if (text[i] == '/')
    return wrong("ratios are not supported");
  if (text.substr(i) == "N")
    return wrong("integers of any size (N) are not supported, a long has 64 bits");
  bool digits = true;
  if (text[i] == '.') {
    const auto fraction = digits_at(text, ++i);
    digits = fraction != 0;
    i += fraction;
  }
  if (digits && i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    i += i < text.size() && (text[i] == '+' || text[i] == '-') ? 1 : 0;
    const auto exponent = digits_at(text, i);
    digits = exponent != 0;
    i += exponent;
  }
  if (digits && text.substr(i) == "M")
    return wrong("decimals of any precision (M) are not supported, use a double");
  if (!digits || i != text.size())
    return wrong("expected a number");
  return read_fraction(text);
}

std::size_t read_escape(std::string_view text, std::string& out) {
  if (text.size() < 2)
    return 0;
  if (text[1] == 'u')
    return read_code_point(text, out);
  const auto known = escaped.find(text[1]);
  if (known == std::string_view::npos)
    return 0;
  out += unescaped[known];
  return 2;
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0; // begin of what is copied as it is
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    if (u >= 0x20U && u != 0x7FU && u != '"' && u != '\\')
      continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    out += '\\';
    if (const auto known = unescaped.find(text[i]); known != std::string_view::npos) {
      out += escaped[known];
    } else {
      out += "u00";
      out += hex[u >> 4U];
      out += hex[u & 15U];
    }
  }
  out.append(text.substr(plain));
  out += '"';
}

} // namespace weft
