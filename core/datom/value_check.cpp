// What a value may be: the gate between the outside and the database.
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/key.hpp"
#include "weft/core/datom/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weft {

namespace {

result<void> too_large(std::string_view what, std::size_t size, std::size_t limit) {
  return fail(errc::value_too_large,
              fmt::format("{} of {} exceeds the limit of {}", what, size, limit),
              {{"size", std::to_string(size)}, {"limit", std::to_string(limit)}});
}

result<void> check_vector(value_view v) {
  if (v.as_bytes().size() % 4 != 0 || v.as_bytes().empty())
    return fail(errc::invalid_value, "a vector has at least one component of four bytes");
  if (v.vector_size() > limits::vector_elements_max)
    return too_large("a vector's size", v.vector_size(), limits::vector_elements_max);
  for (std::size_t i = 0; i < v.vector_size(); ++i) {
    const float x = v.vector_at(i);
    if (std::isnan(x))
      return fail(errc::invalid_value, "NaN is not a value");
    if (x == 0.0F && std::signbit(x))
      return fail(errc::invalid_value, "-0.0 is stored as 0.0");
  }
  return {};
}

result<void> check_tuple(value_view v) {
  auto reader = v.as_tuple();
  std::size_t count = 0;
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!reader.ok())
      return fail(errc::invalid_value, "the tuple's encoding is damaged");
    ++count;
    if (!element)
      continue;
    if (element->type() == value_type::tuple || element->type() == value_type::vector)
      return fail(errc::invalid_value, "a tuple holds no tuples and no vectors");
    WEFT_CHECK(check(*element));
  }
  if (count < limits::tuple_elements_min || count > limits::tuple_elements_max)
    return fail(errc::invalid_value,
                fmt::format("a tuple has {} to {} elements, not {}", limits::tuple_elements_min,
                            limits::tuple_elements_max, count));
  const auto size = tuple_key_bytes(v);
  if (size > limits::tuple_key_bytes_max)
    return too_large("a tuple's key bytes", size, limits::tuple_key_bytes_max);
  return {};
}

result<void> check_keyword(value_view v) {
  const auto text = v.as_bytes();
  if (text.size() > limits::keyword_bytes_max)
    return too_large("a keyword's bytes", text.size(), limits::keyword_bytes_max);
  if (!is_utf8(text) || !is_keyword(text))
    return fail(errc::invalid_value, "a keyword is name or namespace/name, without spaces");
  return {};
}

/// What a keyword may hold: all but controls, white space and what delimits EDN.
constexpr auto in_keyword = [] {
  std::array<bool, 256> allowed{};
  for (std::size_t c = 0x21; c < allowed.size(); ++c)
    allowed[c] = c != 0x7F;
  for (const char c : std::string_view("\"'()[]{}\\;,@^`~:"))
    allowed[static_cast<unsigned char>(c)] = false;
  return allowed;
}();

/// Index of the first byte at or behind `from` that is not ASCII.
std::size_t ascii_prefix(std::string_view text, std::size_t from) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  for (std::uint64_t word = 0; text.size() - from >= sizeof word; from += sizeof word) {
    std::memcpy(&word, text.data() + from, sizeof word);
    if ((word & high_bits) != 0)
      break;
  }
  while (from < text.size() && static_cast<unsigned char>(text[from]) < 0x80U)
    ++from;
  return from;
}

bool continues(std::string_view text, std::size_t at, std::size_t count) noexcept {
  if (at + count >= text.size())
    return false;
  for (std::size_t i = 1; i <= count; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U)
      return false;
  return true;
}

} // namespace

result<void> check(value_view v) {
  switch (v.type()) {
  case value_type::double_:
    if (std::isnan(v.as_double()))
      return fail(errc::invalid_value, "NaN is not a value");
    return {};
  case value_type::ref:
    if (!entity::is_id(v.as_ref()))
      return fail(errc::invalid_value, "an entity id is a positive 64-bit number");
    return {};
  case value_type::keyword:
    return check_keyword(v);
  case value_type::string:
  case value_type::bytes_:
    if (v.as_bytes().size() > limits::value_bytes_max)
      return too_large("a value's bytes", v.as_bytes().size(), limits::value_bytes_max);
    if (v.type() == value_type::string && !is_utf8(v.as_bytes()))
      return fail(errc::invalid_value, "a string is valid UTF-8");
    return {};
  case value_type::tuple:
    return check_tuple(v);
  case value_type::vector:
    return check_vector(v);
  default:
    return {};
  }
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = ascii_prefix(text, 0); i < text.size(); i = ascii_prefix(text, i)) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto second = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    std::size_t more = 0;
    if (c >= 0xC2U && c <= 0xDFU)
      more = 1;
    else if (c >= 0xE0U && c <= 0xEFU)
      more = (c == 0xE0U && second < 0xA0U) || (c == 0xEDU && second > 0x9FU) ? 0 : 2;
    else if (c >= 0xF0U && c <= 0xF4U)
      more = (c == 0xF0U && second < 0x90U) || (c == 0xF4U && second > 0x8FU) ? 0 : 3;
    if (more == 0 || !continues(text, i, more))
      return false;
    i += more + 1;
  }
  return true;
}

bool is_keyword(std::string_view text) noexcept {
  const auto allowed = [](char c) { return in_keyword[static_cast<unsigned char>(c)]; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), allowed))
    return false;
  const auto slash = text.find('/');
  if (slash == std::string_view::npos)
    return true;
  return slash != 0 && slash + 1 != text.size() && text.find('/', slash + 1) == text.npos;
}

} // namespace weft
