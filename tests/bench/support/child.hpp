// Work in a process of its own: its memory is its own, and it can be killed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace weft::bench {

/// Runs `work` in a forked child, which hands its numbers back and then dies of SIGKILL: nothing is
/// closed, no destructor runs. Call while the process has one thread.
[[nodiscard]] std::vector<double> run_and_kill(const std::function<std::vector<double>()>& work);

/// Runs a command with its output discarded; returns its wall time in seconds.
[[nodiscard]] double time_command(const std::vector<std::string>& words);

} // namespace weft::bench
