// A node as a process: from its configuration to its end.
//
//   starting   pages are served (not ready), the data folder is opened
//   ready      requests are taken; HUP, QUIT, the watchdog
//   stopping   not ready first; what is under way is finished, parts end in reverse order
//
// TERM and INT stop it; a second one ends the process at once. When the node ends by itself
// (failed storage), the process does, with that reason. One thread waits for signals and news;
// opening and closing have a thread of their own.
#pragma once

#include "weft/console/daemon/options.hpp"
#include "weft/console/daemon/signals.hpp"

namespace weft::console {

/// Runs until the node has ended. `loaded` is valid and runnable, its node chosen; `commit` is that
/// of the sources.
/// @return the exit code of the process: 0 after a signal; 1, or that of the error, when the node
/// failed, did not start, or did not stop in time
[[nodiscard]] int run_daemon(const weftd_options& asked, loaded_config loaded,
                             const signal_source& signals, std::string_view commit);

} // namespace weft::console
