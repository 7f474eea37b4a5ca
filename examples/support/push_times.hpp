// How long commits took to get here: from the instant of each, which is before its sync, to the
// handler of a subscriber in this process. Those that come from the log, later, do not count. The
// wall clocks of both processes have to be one. Not thread-safe.
#pragma once

#include "support/latencies.hpp"

#include "weft/actors/messages.hpp"

#include <chrono>
#include <variant>

namespace example {

class push_times {
 public:
  /// Call it first.
  void hear(const weft::wal_batch& batch) {
    if (is_live_)
      us_.add(wall_us() - batch.when().get());
  }
  /// A watermark says where the stream stands.
  void hear(const weft::stream_notice& notice) {
    if (const auto* mark = std::get_if<weft::stream_notice::watermark>(&notice.what))
      is_live_ = mark->at.place.t == mark->head;
    if (std::holds_alternative<weft::stream_notice::lagged>(notice.what) ||
        std::holds_alternative<weft::stream_notice::gap>(notice.what))
      is_live_ = false;
  }
  [[nodiscard]] const latencies& us() const { return us_; }

 private:
  static std::int64_t wall_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

  latencies us_;
  bool is_live_ = false; ///< what comes was just committed
};

} // namespace example
