#include "weft/core/datom/text.hpp"

#include "weft/core/base/assert.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace weft {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// std::from_chars takes no plus sign.
std::string_view without_plus(std::string_view text) noexcept {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return plus ? text.substr(1) : text;
}

template <class Float>
void append_shortest(std::string& out, Float x) {
  WEFT_ASSERT(std::isfinite(x));
  const auto begin = out.size();
  fmt::format_to(std::back_inserter(out), "{}", x);
  if (out.find_first_of(".e", begin) == std::string::npos)
    out += ".0";
}

} // namespace

// -- places ---

error error_at(text_position at, error e) {
  if (at.line != 0) {
    e.fields.push_back({"line", std::to_string(at.line)});
    e.fields.push_back({"column", std::to_string(at.column)});
  }
  return e;
}

text_position advance(text_position from, std::string_view text) noexcept {
  for (const char c : text) {
    if (c == '\n') {
      ++from.line;
      from.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++from.column;
    }
  }
  return from;
}

std::size_t utf8_prefix(std::string_view text) noexcept {
  if (is_utf8(text))
    return text.size();
  std::size_t valid = 0;
  for (std::size_t length = 1; length <= 4; ++length) {
    while (valid + length <= text.size() && is_utf8(text.substr(valid, length))) {
      valid += length;
      length = 1;
    }
  }
  return valid;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t bytes_max = 160; // 40 code points of four bytes
  constexpr std::uint32_t columns_max = 40;
  auto shown = text.substr(0, bytes_max);
  shown = shown.substr(0, utf8_prefix(shown));
  std::string out;
  std::uint32_t columns = 0;
  for (const char c : shown) {
    const auto u = static_cast<unsigned char>(c);
    columns += (u & 0xC0U) != 0x80U ? 1 : 0;
    if (columns > columns_max)
      break;
    out += u < 0x20U || u == 0x7FU ? '?' : c;
  }
  if (out.size() < text.size())
    out += "...";
  return out;
}

// -- numbers ---

result<std::int64_t> parse_long(std::string_view text) {
  const auto digits = without_plus(text);
  std::int64_t x = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), x);
  if (ec == std::errc::result_out_of_range)
    return fail(errc::invalid_value, "a long has 64 bits");
  if (ec != std::errc{} || end != digits.data() + digits.size())
    return fail(errc::invalid_value, "expected an integer");
  return x;
}

void append_long(std::string& out, std::int64_t x) {
  std::array<char, 20> digits; // "-9223372036854775808"
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), x);
  out.append(digits.data(), written.ptr);
}

result<double> parse_double(std::string_view text) {
  const auto digits = without_plus(text);
  double x = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), x);
  if (ec == std::errc::result_out_of_range)
    return fail(errc::invalid_value, "the number does not fit a double");
  const bool number = !digits.empty() && (is_digit(digits.back()) || digits.back() == '.');
  if (ec != std::errc{} || end != digits.data() + digits.size() || !number)
    return fail(errc::invalid_value, "expected a number");
  return x == 0 ? 0.0 : x;
}

void append_double(std::string& out, double x) {
  append_shortest(out, x);
}
void append_float(std::string& out, float x) {
  append_shortest(out, x);
}

// -- uuids and bytes ---

namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_digit(char c) noexcept {
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

constexpr std::array<std::int8_t, 256> base64_digits() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
    table[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

constexpr auto base64_table = base64_digits();

bool is_uuid_dash(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

} // namespace

result<uuid> parse_uuid(std::string_view text) {
  constexpr std::size_t length = 36;
  uuid out;
  std::size_t nibble = 0;
  bool ok = text.size() == length;
  for (std::size_t i = 0; ok && i < length; ++i) {
    if (is_uuid_dash(i)) {
      ok = text[i] == '-';
      continue;
    }
    const int digit = hex_digit(text[i]);
    ok = digit >= 0;
    auto& octet = out.octets[nibble++ / 2];
    octet = static_cast<std::uint8_t>(octet << 4U | (digit & 15));
  }
  if (!ok)
    return fail(errc::invalid_value, "a uuid is 8-4-4-4-12 hexadecimal digits");
  return out;
}

void append_uuid(std::string& out, const uuid& x) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < x.octets.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      out += '-';
    out += digits[x.octets[i] >> 4U];
    out += digits[x.octets[i] & 15U];
  }
}

result<bytes> parse_base64(std::string_view text) {
  const auto bad = [] {
    return fail(errc::invalid_value, "expected base64 with padding and without white space");
  };
  if (text.size() % 4 != 0)
    return bad();
  bytes out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t padding =
        !last || text[i + 3] != '=' ? 0 : static_cast<std::size_t>(text[i + 2] == '=') + 1;
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int digit =
          k >= 4 - padding ? 0 : base64_table[static_cast<unsigned char>(text[i + k])];
      if (digit < 0)
        return bad();
      word = word << 6U | static_cast<std::uint32_t>(digit);
    }
    if ((word & ((1U << (8 * padding)) - 1U)) != 0)
      return bad();
    for (std::size_t k = 0; k < 3 - padding; ++k)
      out += static_cast<char>(word >> (16 - 8 * k) & 0xFFU);
  }
  return out;
}

void append_base64(std::string& out, bytes_view x) {
  for (std::size_t i = 0; i < x.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, x.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8U | (k < n ? static_cast<unsigned char>(x[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= n ? base64_alphabet[word >> (18 - 6 * k) & 63U] : '=';
  }
}

} // namespace weft
