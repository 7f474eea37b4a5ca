// A cell: one piece of output, with enough of its type left that each format can write it well. An
// entity id is a string in JSON, a number in EDN and right-aligned in a table.
#pragma once

#include "weft/core/base/checksum.hpp"
#include "weft/core/datom/datom.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::console {

/// The name of an attribute or entity, without its colon.
struct ident_text {
  std::string_view name;
};

/// A number of bytes: "1.5 MiB" for people, a plain number elsewhere.
struct byte_count {
  std::uint64_t bytes;
};

/// A number that says which one, not how many: never "9,578", so that it can be given back.
struct ordinal {
  std::uint64_t number;
};

/// Nothing, or one scalar. Values and idents point at what they show.
using cell =
    std::variant<std::monostate, bool, std::uint64_t, ordinal, double, byte_count, std::string,
                 ident_text, entity_id, tx_number, instant, hash128, value_view>;

/// A lossless JSON text of the cell (docs/formats/json.md): ids and hashes are strings, idents have
/// no colon, instants are RFC 3339 in UTC, values are tagged where JSON has no type for them.
void append_json(std::string& out, const cell& c);
/// An EDN form.
void append_edn(std::string& out, const cell& c);
/// Bare text for csv and raw: strings without quotes, nothing for nothing.
void append_plain(std::string& out, const cell& c);
/// Text for people: one line, no control characters, values as EDN.
[[nodiscard]] std::string display(const cell& c);
/// Whether a table puts the cell to the right of its column.
[[nodiscard]] bool is_number(const cell& c) noexcept;

/// A JSON string literal.
void append_json_string(std::string& out, std::string_view text);
/// A field of raw: one line, control characters as \n, \t, \x1b and a backslash doubled.
void append_raw(std::string& out, std::string_view text);
/// A field of RFC 4180: quoted only when it must be.
void append_csv_field(std::string& out, std::string_view text);
/// 1234567 as "1,234,567": for people only.
[[nodiscard]] std::string grouped(std::uint64_t n);
/// 1536 as "1.5 KiB".
[[nodiscard]] std::string human_bytes(std::uint64_t n);

} // namespace weft::console
