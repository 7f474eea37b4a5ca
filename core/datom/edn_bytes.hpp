// What single bytes mean in EDN. Internal to core/datom.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::edn_bytes {

/// What a byte begins.
enum class lead : std::uint8_t {
  symbol,
  blank,
  newline,
  comment,
  quote,
  colon,
  hash,
  sign,
  digit,
  open,
  close,
  character,
  macro,
};

inline constexpr std::array<lead, 256> leads = [] {
  std::array<lead, 256> table{}; // symbol
  const auto set = [&](std::string_view bytes, lead what) {
    for (const char c : bytes)
      table[static_cast<unsigned char>(c)] = what;
  };
  set(" \t\r\v\f,", lead::blank);
  set("\n", lead::newline);
  set(";", lead::comment);
  set("\"", lead::quote);
  set(":", lead::colon);
  set("#", lead::hash);
  set("+-", lead::sign);
  set("0123456789", lead::digit);
  set("([{", lead::open);
  set(")]}", lead::close);
  set("\\", lead::character);
  set("'`^@~", lead::macro);
  return table;
}();

inline lead lead_of(char c) noexcept {
  return leads[static_cast<unsigned char>(c)];
}

// Classes of bytes, as bits.
inline constexpr std::uint8_t ends_token = 1;
inline constexpr std::uint8_t not_in_name = 2;
inline constexpr std::uint8_t slash = 4;
inline constexpr std::uint8_t not_ascii = 8;
inline constexpr std::uint8_t special_in_string = 16;
inline constexpr std::uint8_t backslash = 32;

inline constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  const auto set = [&](std::string_view bytes, std::uint8_t what) {
    for (const char c : bytes)
      table[static_cast<unsigned char>(c)] |= what;
  };
  for (std::size_t c = 0; c < 0x20; ++c)
    table[c] = not_in_name;
  for (std::size_t c = 0x80; c < table.size(); ++c)
    table[c] = not_ascii | special_in_string;
  set("\x7F'\\@^`~:", not_in_name);
  set(" \t\r\v\f,\n;\"([{)]}", ends_token);
  set("/", slash);
  set("\"\\\n", special_in_string);
  set("\\", backslash);
  return table;
}();

inline std::uint8_t class_of(char c) noexcept {
  return classes[static_cast<unsigned char>(c)];
}

inline bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

inline bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

inline std::ptrdiff_t continuation_bytes(std::string_view text) noexcept {
  return std::ranges::count_if(text, is_continuation);
}

} // namespace weft::edn_bytes
