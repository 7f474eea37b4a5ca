// JSON as it is written: objects keep the order of their members and every duplicate, numbers are
// their text, no key has a meaning, and everything knows its line and column. For texts that people
// write and want to be told about (configurations); data is read by json.hpp.
//
//   WEFT_TRY(const auto root, read_json_tree(text));
//   for (const json_member& m : root.members) use(m.name, m.at, m.value);
//
// A tree is at most limits::nesting_depth_max deep, so recursion over it is safe.
// @source RFC 8259; docs/decisions/0100
#pragma once

#include "weft/core/datom/text.hpp"

#include <string>
#include <vector>

namespace weft {

enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

/// "null", "a boolean", "a number" ...: for messages.
[[nodiscard]] std::string_view name_of(json_kind kind) noexcept;

struct json_member;

struct json_tree {
  json_kind kind = json_kind::null;
  text_position at = {};
  /// Of a string its characters, escapes resolved, valid UTF-8; of a number and a boolean the text.
  std::string text = {};
  std::vector<json_tree> items = {};     ///< of an array
  std::vector<json_member> members = {}; ///< of an object, as they stand in the text
};

struct json_member {
  std::string name;
  text_position at; ///< of the name
  json_tree value;
};

/// Reads exactly one JSON text (RFC 8259), after a byte order mark if there is one. Cost: O(size),
/// about 150 bytes of memory for each value.
/// @errors malformed_json{line, column}; nesting_too_deep{line, column} beyond
/// limits::nesting_depth_max levels; input_too_large beyond limits::config_bytes_max.
[[nodiscard]] result<json_tree> read_json_tree(std::string_view text);

} // namespace weft
