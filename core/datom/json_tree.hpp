// JSON as it is written: objects keep the order of their members and every duplicate, numbers are
// their text, no key has a meaning, and everything knows its line and column. For texts that people
// write and want to be told about (configurations); data is read by json.hpp.
//
//   WEFT_TRY(const auto root, read_json_tree(text));
//   for (const json_tree& m : root.items) use(m.name, m.name_at, m);
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

struct json_tree {
  json_kind kind = json_kind::null;
  text_position at = {};
  /// Of a string its characters, escapes resolved, valid UTF-8; of a number and a boolean the text.
  std::string text = {};
  /// Of an array its elements, of an object its members, as they stand in the text.
  std::vector<json_tree> items = {};
  std::string name = {}; ///< of a member
  text_position name_at = {};
};

/// Reads exactly one JSON text (RFC 8259), after a byte order mark if there is one. Cost: O(size),
/// about 150 bytes of memory for each value.
/// @errors malformed_json{line, column}; nesting_too_deep{line, column} beyond
/// limits::nesting_depth_max levels; input_too_large beyond limits::config_bytes_max.
[[nodiscard]] result<json_tree> read_json_tree(std::string_view text);

} // namespace weft
