// The view of a transaction function: reading it when the function's time is up ends the function.
#pragma once

#include "weft/core/tx/functions.hpp"

#include <atomic>

namespace weft::tx {

/// Thrown through the function by what it reads; never further than call_runner.
struct time_is_up {};

/// `before` for as long as the function runs. A copy of the view that outlives it is as any other.
class timed_view {
 public:
  /// Without a clock there is no limit.
  timed_view(const view& before, const deadline& until, const monotonic_us* clock);
  timed_view(const timed_view&) = delete;
  timed_view& operator=(const timed_view&) = delete;
  ~timed_view();

  [[nodiscard]] const view& get() const noexcept { return view_; }

 private:
  class watch;
  class source;
  class cursor;

  std::shared_ptr<watch> watch_; ///< null without a clock
  view view_;
};

} // namespace weft::tx
