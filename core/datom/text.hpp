// Scalars as text: the forms that EDN, JSON, CSV, the command line and the console share, each
// exact in both directions. Nothing here depends on a locale.
//
//   std::string out;
//   append_instant(out, instant(0));                        // 1970-01-01T00:00:00Z
//   WEFT_TRY(auto when, parse_instant("2026-02-03T04:05:06.5+01:00"));
//
// Errors of the parsers are invalid_value, their detail is one clause that names the mistake; who
// knows the place adds it (error_at). Cost of everything here: O(size of the text).
#pragma once

#include "weft/core/datom/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft {

/// A place in a text, from 1; columns count code points. Line 0: no place.
struct text_position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const text_position&) const = default;
};

/// `e` with the fields line and column, when `at` is a place.
[[nodiscard]] error error_at(text_position at, error e);

/// The place behind `text`, when it begins at `from`. Cost: O(size).
[[nodiscard]] text_position advance(text_position from, std::string_view text) noexcept;

/// Bytes of the longest prefix that is valid UTF-8: text.size() when all of it is. Cost: O(size).
[[nodiscard]] std::size_t utf8_prefix(std::string_view text) noexcept;

/// The beginning of a text for a message: at most 40 code points, one line, valid UTF-8.
[[nodiscard]] std::string excerpt(std::string_view text);

// -- numbers ---

/// 64 bits, decimal, optional sign. @errors invalid_value
[[nodiscard]] result<std::int64_t> parse_long(std::string_view text);
void append_long(std::string& out, std::int64_t x);

/// Decimal with point or exponent or neither, in C's grammar without hexadecimal, inf and nan.
/// -0.0 is read as 0.0. @errors invalid_value, also for what overflows or vanishes in a double
[[nodiscard]] result<double> parse_double(std::string_view text);
/// The shortest text that reads back to x, always with a point or an exponent: 1.0, 0.1, 1e+22.
/// Requires a finite x.
void append_double(std::string& out, double x);
/// The same for binary32: reading the text as a double and rounding it to float gives x back.
void append_float(std::string& out, float x);

// -- instants ---

/// RFC 3339: "2026-02-03T04:05:06.5+01:00", at most six digits of fraction, any offset; a date
/// alone is its midnight, UTC. Years outside 0..9999 have a sign and six digits (ECMAScript's
/// expanded years). Leap seconds cannot be kept and are refused. @errors invalid_value
[[nodiscard]] result<instant> parse_instant(std::string_view text);
/// UTC with Z; no fraction, three digits or six, whatever is exact.
void append_instant(std::string& out, instant x);

// -- uuids and bytes ---

/// 8-4-4-4-12 hexadecimal digits of either case. @errors invalid_value
[[nodiscard]] result<uuid> parse_uuid(std::string_view text);
/// In lower case.
void append_uuid(std::string& out, const uuid& x);

/// RFC 4648 section 4: with padding, without white space, unused bits zero, so that equal bytes
/// have one text. @errors invalid_value
[[nodiscard]] result<bytes> parse_base64(std::string_view text);
void append_base64(std::string& out, bytes_view x);

} // namespace weft
