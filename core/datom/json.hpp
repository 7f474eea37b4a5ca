// JSON in both directions, lossless: every value and every EDN tree has one JSON text, and the
// text reads back to it. Plain JSON where JSON can say it, a one-key object where it cannot:
//
//   true 36 1.5 "Ada"  null          {"$keyword": "color/red"}  {"$ref": "17"}
//   {"user/name": "Ada"}             {"$instant": "2026-02-03T04:05:06Z"}  {"$uuid": "..."}
//   [1, 2]                           {"$bytes": "base64"}  {"$tuple": [1, null]}  ...
//
// A transaction is the same tree as in EDN, see transaction_from_json. @source docs/formats/json.md
#pragma once

#include "weft/core/datom/edn.hpp"
#include "weft/core/datom/schema.hpp"

namespace weft {

/// Reads exactly one JSON text (RFC 8259). Objects become maps with keyword keys, arrays vectors,
/// numbers with a point or exponent doubles, others longs; tags as docs/formats/json.md says.
/// Cost: O(size), but O(n log n) for objects of n keys.
/// @errors malformed_json{line, column}, also for duplicate keys, numbers that do not fit and
/// unknown tags; nesting_too_deep{line, column} beyond limits::nesting_depth_max levels of the
/// tree; input_too_large beyond limits::transaction_text_bytes_max.
/// `at` is where the text begins in what it is a part of: positions count from there.
[[nodiscard]] result<edn> read_json(std::string_view text, text_position at = {1, 1});

/// A transaction as read_json read it, made the tree that EDN text would give: in operations
/// ["db/add", e, "user/name", v] the operation and the attribute become keywords. Everything else
/// (maps, tagged values) is the same already; what is no transaction is passed on for its parser
/// to refuse. Cost: O(size). @errors malformed_json{line, column} for a name that is no keyword
[[nodiscard]] result<edn> transaction_from_json(edn_view tree);

/// Text that read_json reads back to an equal tree; one line, deterministic. Longs beyond 2^53 and
/// entity ids are strings, so that readers whose numbers are doubles lose nothing. Cost: O(size).
[[nodiscard]] std::string to_json(edn_view node);
void append_json(std::string& out, edn_view node);

/// Text that read_json and infer_value read back to an equal value. Cost: O(size).
[[nodiscard]] std::string to_json(value_view v);
void append_json(std::string& out, value_view v);

/// {"e":"17","a":"user/name","v":"Ada","t":42,"added":true}; an attribute the schema does not know
/// is its number, as a string. Cost: O(size).
[[nodiscard]] std::string to_json(const datom_view& d, const schema& names);
void append_json(std::string& out, const datom_view& d, const schema& names);

} // namespace weft
