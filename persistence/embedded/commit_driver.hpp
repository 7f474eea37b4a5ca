// Whoever carries what was proposed through a commit port, on the thread of the caller.
//
// The log of a single node has no thread of its own: who proposed carries it to the disk and hears
// the events before carry() returns. A port that waits for peers tells its events later and from
// another thread; its carry() does what this thread can do for it, perhaps nothing. Who calls
// cannot tell: it asks whether the event has come, and waits for it otherwise.
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdint>
#include <optional>

namespace weft::embedded {

/// Thread rule: carry() and tidy() one at a time, by who may propose; the others by any thread.
class commit_driver {
 public:
  /// What a carry took of its caller: CPU time of its parts, and the wall.
  struct cost {
    std::uint64_t append_ns = 0;
    std::uint64_t sync_ns = 0;
    std::uint64_t wall_ns = 0;
  };

  commit_driver() = default;
  commit_driver(const commit_driver&) = delete;
  commit_driver& operator=(const commit_driver&) = delete;
  virtual ~commit_driver() = default;

  /// Carries what is proposed now as far as this thread can. @errors none: the events of the port
  /// say what came of it. Cost: what is answered, and waiting for the disk.
  virtual cost carry() = 0;

  /// For an idle port: what makes its last entries cost less to trust, and looks for room.
  /// @errors none: failure() has them. Cost: a sync, or none.
  virtual void tidy() = 0;

  /// Looks whether there is room; propose() goes by the last look. @errors none: an error counts as
  /// room. Cost: a system call.
  virtual void look_for_room() = 0;

  /// Why nothing will be committed here any more, although nobody was told: background work failed.
  /// Cost: O(1).
  [[nodiscard]] virtual std::optional<error> failure() const = 0;
};

} // namespace weft::embedded
