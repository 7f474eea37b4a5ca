// The commit port of a node that runs alone, and who drives it: its log and a group_commit without
// a thread of its own. The events are told on the thread that carries, before carry() returns.
#pragma once

#include "weft/persistence/embedded/commit_driver.hpp"
#include "weft/persistence/wal/group_commit.hpp"

namespace weft::embedded {

/// See the top. `log` outlives it; carry() and tidy() are its thread.
class log_driver final : public commit_driver {
 public:
  log_driver(persistence::segment_log& log, weft::term in_term,
             persistence::group_commit::sink_function events)
      : log_(log), port_(log, in_term, std::move(events)) {}

  [[nodiscard]] commit_port& port() noexcept { return port_; }

  /// One write for each limits::batch_bytes_max, one fdatasync, one statvfs.
  cost carry() override;
  void tidy() override { static_cast<void>(port_.tidy()); } // what it answers, failure() says
  void look_for_room() override { port_.check_room(); }
  [[nodiscard]] std::optional<error> failure() const override { return log_.failure(); }

 private:
  persistence::segment_log& log_;
  persistence::group_commit port_;
};

} // namespace weft::embedded
