// The ring: the newest committed records of a shard, as many as fit in some bytes. A hint that
// saves reading the log; what it does not hold is read there. A part of publisher.hpp.
#pragma once

#include "weft/core/stream/frame.hpp"

#include <deque>

namespace weft::stream {

/// What a filter found in a record.
struct filter_result {
  std::uint64_t group = 0;
  bool any = false;
  matched_runs matched; ///< null: all
};

/// A record and what filters found in it, so that each looks at it once.
struct record_entry {
  record_ptr record;
  std::vector<filter_result> results = {};
};

class recent_records {
 public:
  /// trim() leaves at most `bytes_max` of payloads, and the newest record in any case.
  explicit recent_records(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  /// The next record. @pre it continues the newest. Cost: amortised O(1).
  void push(record_ptr record);
  /// Lets go of the oldest. Cost: O(records that leave).
  void trim() noexcept;

  /// t of the oldest; @pre !empty().
  [[nodiscard]] tx_number oldest() const noexcept { return entries_.front().record->t(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Whether it holds everything after t, up to its newest. Cost: O(1).
  [[nodiscard]] bool covers_after(tx_number t) const noexcept;
  /// The place after t, if it is in the ring or just before it. Cost: O(1).
  [[nodiscard]] std::optional<stream_point> point_at(tx_number t) const noexcept;
  /// The entry of t, or null. Valid until the next push. Cost: O(1).
  [[nodiscard]] record_entry* find(tx_number t) noexcept;

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<record_entry> entries_;
};

} // namespace weft::stream
