// How a node is, as one JSON object: for who sent SIGQUIT and asks afterwards what it was about.
#pragma once

#include "weft/console/daemon/health.hpp"

namespace weft::console {

/// Paths of those parts of `of` that were told to end and have not, with those above them left out:
/// "client_edge, shard 0/storage/log_writer"; "a part of the node" when there is none.
[[nodiscard]] std::string names_of_stopping(const actors::tree& of);

/// With its line feed. Parts that do not answer within a second are null.
[[nodiscard]] std::string state_dump(const node_health& of, std::string_view node, instant started);

} // namespace weft::console
