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
  /// False when it would end after `deadline`: then it does not sleep.
  [[nodiscard]] bool sleep(instant deadline) {
    const auto half = static_cast<std::uint64_t>(next_us_) / 2;
    const auto us = static_cast<std::int64_t>(half + persistence::random64() % (half + 1));
    next_us_ = std::min(2 * next_us_, limits::stream_backoff_us_max);
    if (persistence::steady_clock_us().get() + us > deadline.get())
      return false;
    std::this_thread::sleep_for(std::chrono::microseconds(us));
    return true;
  }

 private:
  std::int64_t next_us_ = limits::stream_backoff_us_min;
};

} // namespace weft::client
