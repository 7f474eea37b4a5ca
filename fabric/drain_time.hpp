// How long connections have to get their answers when doors are told to end: one time for all of
// them, which are told one after the other. Until the node ends, a door is only opened again, and
// that does not take long. Thread-safe.
//
//   drain_time time(28s);
//   time.end();             // the node ends; before that, left() is 10 s at most
//   time.left();            // of the first door: 28 s; of the next one what that one left
//   time.restart();         // a door is opened: nothing ends
#pragma once

#include "weft/persistence/system.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace weft::fabric {

class drain_time {
 public:
  using milliseconds = std::chrono::milliseconds;

  explicit drain_time(milliseconds within,
                      std::function<instant()> clock = persistence::steady_clock_us)
      : clock_(std::move(clock)), within_(within) {}

  /// Another time, also for an end that has begun.
  void set(milliseconds within) {
    const std::lock_guard lock(mutex_);
    within_ = within;
  }
  void restart() {
    const std::lock_guard lock(mutex_);
    begun_.reset();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  /// What is left since it was first asked for; never nothing.
  [[nodiscard]] milliseconds left() {
    const std::lock_guard lock(mutex_);
    const auto now = clock_();
    if (!begun_)
      begun_ = now;
    const milliseconds gone((now.get() - begun_->get()) / us_per_ms);
    const auto all = ends_ ? within_ : std::min(within_, opened_again_within);
    return std::max(all - gone, milliseconds(1));
  }

 private:
  static constexpr std::int64_t us_per_ms = 1000;
  static constexpr milliseconds opened_again_within{10'000};
  std::function<instant()> clock_; ///< one that does not jump
  std::mutex mutex_;               // guards all below
  milliseconds within_;
  bool ends_ = false;
  std::optional<instant> begun_;
};

} // namespace weft::fabric
