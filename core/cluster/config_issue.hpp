// What is wrong, or doubtful, about a configuration: one of these for each mistake.
#pragma once

#include "weft/core/datom/text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

/// What kind of mistake, or of doubt.
enum class config_fault : std::uint8_t {
  malformed_json,  ///< the text is no JSON, too large or too deep: nothing else was looked at
  unknown_key,     ///< no such key
  duplicate_key,   ///< the key stands in its object twice
  missing_key,     ///< a key that must be there is not
  wrong_type,      ///< a number where a text belongs, and such
  bad_value,       ///< of the right type, but not a duration, none of the choices, ...
  out_of_range,    ///< too small or too large
  duplicate_value, ///< what must be unique is used twice
  contradiction,   ///< two keys do not fit one another
  insecure,        ///< reachable from other machines, and not protected
  unknown_node,    ///< the node that was asked for does not exist
  not_supported,   ///< correct, but this version cannot run it
  too_many,        ///< more mistakes than are told (limits::config_issues_max)
  doubtful,        ///< a warning: it runs, but hardly as it is meant
};

/// "unknown_key".
[[nodiscard]] std::string_view name_of(config_fault fault) noexcept;

/// Who said a value.
enum class config_source : std::uint8_t { fallback, file, environment, flag };

struct config_origin {
  config_source source = config_source::fallback;
  std::string name = {}; ///< "WEFT_LOG_LEVEL", "--set log.level"; "" for the file and defaults
  text_position at = {}; ///< in the file
  bool operator==(const config_origin&) const = default;
};

/// One mistake, or one warning.
struct config_issue {
  config_fault fault;
  bool is_warning = false;
  std::string pointer = {};    ///< JSON pointer (RFC 6901) of the value; "" is the whole text
  config_origin origin = {};   ///< who said it
  std::string reason = {};     ///< one clause for people
  std::string suggestion = {}; ///< what to do
};

using config_issues = std::vector<config_issue>;

/// A step of a JSON pointer: "/nodes/0", with ~ and / of the name escaped.
[[nodiscard]] std::string operator/(const std::string& pointer, std::string_view name);

} // namespace weft
