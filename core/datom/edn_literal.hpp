// Literals of EDN: symbols, numbers and string escapes. Internal to core/datom.
#pragma once

#include "weft/core/datom/text.hpp"

namespace weft {

/// Whether a reader takes the text for a symbol: a name as keywords have, or "/", but nothing that
/// is a number, a constant or a tag.
[[nodiscard]] bool is_symbol(std::string_view text) noexcept;
/// A symbol that begins with a letter: #_ is no tag, neither are #{, #: and ##.
[[nodiscard]] bool is_tag(std::string_view text) noexcept;

/// A number as EDN writes it.
struct edn_number {
  bool is_double = false;
  std::int64_t as_long = 0;
  double as_double = 0;
  std::string_view error = {}; ///< what is wrong with it, "" when nothing is
};

/// Reads a token that begins like a number: [+-] digits [. digits] [e [+-] digits]. No leading
/// zeros, no suffixes N and M, no ratios, no other radix.
[[nodiscard]] edn_number read_number(std::string_view token) noexcept;

/// Appends what the escape at the beginning of `text` stands for: \t \r \n \b \f \\ \" and \uXXXX,
/// pairs of surrogates together. Returns its length in bytes, 0 when it is none.
[[nodiscard]] std::size_t read_escape(std::string_view text, std::string& out);

/// Appends `text` (valid UTF-8) in quotes, with the escapes that both EDN and JSON read: quotes,
/// backslashes, control characters. Nothing else is escaped.
void append_quoted(std::string& out, std::string_view text);

} // namespace weft
