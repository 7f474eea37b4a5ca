// How a node is, as one JSON object: for who sent SIGQUIT and asks afterwards what it was about.
#pragma once

#include "weft/console/daemon/health.hpp"

namespace weft::console {

/// With its line feed. Parts that do not answer within a second are null.
[[nodiscard]] std::string state_dump(const node_health& of, std::string_view node, instant started);

} // namespace weft::console
