// Closed loops: each client commits, waits until that is durable, and commits again.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace weft::bench {

/// One measurement.
struct round {
  std::size_t commits = 0;
  double seconds = 0;
  double cpu_seconds = 0; ///< of the whole process
  std::vector<double> latencies_us;

  [[nodiscard]] double rate() const { return static_cast<double>(commits) / seconds; }
  [[nodiscard]] double cpu_us() const { return cpu_seconds * 1e6 / static_cast<double>(commits); }
};

/// Commits once and returns when it is durable.
using commit = std::function<void()>;

/// `clients` threads, each with a commit of its own made by `make`, for `seconds`.
[[nodiscard]] round run_clients(std::size_t clients, double seconds,
                                const std::function<commit()>& make);

/// What the rounds of one measurement have in common: medians over rounds.
struct summary {
  double rate = 0;
  double p50_us = 0;
  double p99_us = 0;
  double cpu_us = 0;
};
[[nodiscard]] summary summarise(const std::vector<round>& rounds);

} // namespace weft::bench
