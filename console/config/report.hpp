// Mistakes of a configuration as people read them: where, how bad, what, and what to do.
//
//   cluster.json:3:12: error: /log/level: 'inof' is none of trace, debug, info, warn, error
//     try: did you mean "info"?
#pragma once

#include "weft/core/cluster/config.hpp"

namespace weft::console {

/// "cluster.json:3", "WEFT_LOG_LEVEL", "--set log.level", "default". `file` is its name.
[[nodiscard]] std::string origin_text(const config_origin& origin, const std::string& file);

/// The lines about an issue, each with its line feed; nothing in it can drive the terminal.
[[nodiscard]] std::string render(const config_issue& issue, const std::string& file, bool colour);

} // namespace weft::console
