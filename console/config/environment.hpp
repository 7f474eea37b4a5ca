// The environment as a configuration sees it: each key has a variable (WEFT_LOG_LEVEL for
// log.level), WEFT_NODE chooses the node. Here alone the environment is read for it.
//
//   const auto said = read_environment(environment_of_process());
//   decode_config(text, {.node = said.node, .overrides = said.overrides});
//
// A variable that is set to the empty text says nothing. @source docs/man/weft.json.5
#pragma once

#include "weft/core/cluster/config.hpp"

#include <span>

namespace weft::console {

struct environment_config {
  std::vector<config_override> overrides = {}; ///< in the order of the keys
  std::string node = {};                       ///< $WEFT_NODE
  /// Variables called WEFT_... that are no key, and nearly are one.
  config_issues warnings = {};
};

/// What these variables say, each "NAME=VALUE". Pure.
[[nodiscard]] environment_config read_environment(std::span<const std::string_view> variables);

/// Those of this process. Valid until somebody changes the environment.
[[nodiscard]] std::vector<std::string_view> environment_of_process();

} // namespace weft::console
