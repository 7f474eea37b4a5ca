// Which parts of the log are wanted: sessions at the same place share one read, and only so many
// are under way at once; the others wait their turn. A part of publisher.hpp.
#pragma once

#include "weft/core/stream/session.hpp"

#include <deque>
#include <map>

namespace weft::stream {

class log_reads {
 public:
  /// A read to be started.
  struct wanted {
    tx_number after;
    std::size_t bytes;
  };

  /// `who` needs the records after t, about `bytes` of them. @pre it waits for no other read.
  /// Cost: O(log reads).
  void want(tx_number after, std::size_t bytes, const session_key& who);
  /// Reads that may be started now. Call after everything that changes what is wanted.
  void start(std::vector<wanted>& out);
  /// A read ended: who waited for it. Cost: O(log reads).
  [[nodiscard]] std::vector<session_key> ended(tx_number after);
  /// A read failed for a reason that passes: it is to be started again after retry().
  void postpone(tx_number after);
  void retry() noexcept;
  /// Reads under way.
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

 private:
  enum class progress : std::uint8_t { queued, running, postponed };
  struct read {
    progress state = progress::queued;
    std::size_t bytes = 0;
    std::vector<session_key> who;
  };

  std::map<tx_number, read> by_place_;
  std::deque<tx_number> queue_;
  std::size_t running_ = 0;
  bool postponed_ = false;
};

} // namespace weft::stream
