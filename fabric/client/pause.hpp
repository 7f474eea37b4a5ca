// How long a client waits before it tries again: doubles, half of it at random, so that the clients
// of a node that comes back do not all come at once.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace weft::client {

class pause {
 public:
  /// When the next try is due, from now.
  [[nodiscard]] instant next() {
    const auto half = static_cast<std::uint64_t>(next_us_) / 2;
    const auto us = static_cast<std::int64_t>(half + persistence::random64() % (half + 1));
    next_us_ = std::min(2 * next_us_, limits::stream_backoff_us_max);
    return instant(persistence::steady_clock_us().get() + us);
  }
  /// It worked: the next one is short.
  void reset() noexcept { next_us_ = limits::stream_backoff_us_min; }
  /// Sleeps until `due`, or until `until`: then false.
  [[nodiscard]] static bool sleep(instant due, instant until) {
    const auto left = std::min(due, until).get() - persistence::steady_clock_us().get();
    if (left > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(left));
    return due <= until;
  }

 private:
  std::int64_t next_us_ = limits::stream_backoff_us_min;
};

} // namespace weft::client
