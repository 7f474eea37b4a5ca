// -o: the forms of output. Every command has all of them; the default is table for a person and
// jsonl for a program.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::console {

enum class format : std::uint8_t {
  table, ///< aligned columns, for people; not stable
  json,  ///< one document: an object, or an array of objects
  jsonl, ///< one object per line
  csv,   ///< RFC 4180 with a header line, LF at the end of lines
  raw,   ///< the columns of csv without header and quotes, tab between them
  edn,   ///< one map per line
};

inline constexpr std::array<std::string_view, 6> format_names = {"table", "json", "jsonl",
                                                                 "csv",   "raw",  "edn"};

[[nodiscard]] constexpr std::optional<format> format_from_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < format_names.size(); ++i)
    if (format_names[i] == name)
      return static_cast<format>(i);
  return std::nullopt;
}

} // namespace weft::console
