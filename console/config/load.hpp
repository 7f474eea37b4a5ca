// A configuration as a process finds it: the file, the environment, the flags, and what the system
// says of the paths in it. `weft config` and the daemon's --check-config are this function.
//
//   WEFT_TRY(const auto c, load_config({.path = "cluster.json", .node = "n1"}));
//   for (const auto& issue : c.decoded.issues) say(render(issue, c.name, colour));
//   WEFT_CHECK(verdict(c));                       // config_invalid when one of them is a mistake
//   start(*c.decoded.config);
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/cluster/config.hpp"

namespace weft::console {

struct config_request {
  std::string path = {};              ///< "-" is standard input
  std::string node = {};              ///< --node; "": what WEFT_NODE says
  std::vector<std::string> sets = {}; ///< of --set, each KEY=VALUE
};

struct loaded_config {
  std::string name; ///< of the file, for messages
  config_decoding decoded;
};

/// Reads and decodes, and looks at what the chosen node needs of the system. Mistakes are issues,
/// not errors; a decoding with a mistake has no config.
/// @errors not_found, access_denied, io_error when the file cannot be read; input_too_large beyond
/// limits::config_bytes_max; usage for a set without an equals sign
[[nodiscard]] result<loaded_config> load_config(const config_request& request);

/// config_invalid when one of the issues is a mistake, with their number.
[[nodiscard]] result<void> verdict(const loaded_config& c);

/// What the system says of the paths of the chosen node: a data folder that a restart of the
/// machine empties, TLS files that are not there, a key that others may read. Nothing when no node
/// is chosen: the others' paths are on other machines.
void check_system(config_decoding& c);

} // namespace weft::console
