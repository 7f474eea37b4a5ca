// At most so many lines of each event in a second; what is left out is counted, and said with the
// first line that is let through after it. Not thread-safe.
//
//   const auto ask = limit.ask(event, now);
//   if (ask.left_out) say(log.suppressed, event, ask.left_out);
//   if (ask.let_through) write(record);
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/base/log.hpp"
#include "weft/core/base/time.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace weft::console {

class log_limit {
 public:
  struct verdict {
    bool let_through = true;
    std::uint64_t left_out = 0; ///< in the second that is over: to be said now
  };
  struct leftover {
    log_event event;
    std::uint64_t lines;
  };

  /// `now` by a clock that does not jump. Cost: O(1)
  [[nodiscard]] verdict ask(log_event event, instant now) {
    auto& at = windows_[static_cast<std::size_t>(event)];
    verdict out;
    if (at.lines == 0 || now.get() - at.begun.get() >= window_us)
      out.left_out = begin(at, now);
    out.let_through = at.lines < limits::log_event_lines_max;
    ++(out.let_through ? at.lines : at.left_out);
    return out;
  }

  /// What was left out of seconds that are over, and was not said: an event that came in a burst
  /// and never again. Cost: O(events)
  [[nodiscard]] std::vector<leftover> finish(instant now) {
    std::vector<leftover> out;
    for (std::size_t i = 0; i < windows_.size(); ++i)
      if (windows_[i].left_out != 0 && now.get() - windows_[i].begun.get() >= window_us)
        out.push_back({static_cast<log_event>(i), begin(windows_[i], now)});
    return out;
  }

 private:
  static constexpr std::int64_t window_us = 1'000'000;
  struct window {
    instant begun;
    std::uint64_t lines = 0;
    std::uint64_t left_out = 0;
  };
  static std::uint64_t begin(window& at, instant now) {
    const auto out = at.left_out;
    at = {now, 0, 0};
    return out;
  }
  std::vector<window> windows_ = std::vector<window>(all_log_events().size());
};

} // namespace weft::console
