// The filters of all sessions of a publisher: equal ones are one group, which looks at each record
// once, however many sessions share it. A part of publisher.hpp.
#pragma once

#include "weft/core/stream/recent_records.hpp"

#include <map>
#include <span>

namespace weft::stream {

/// Where records come from: the ring, or what was read of the log.
class record_source {
 public:
  explicit record_source(recent_records& ring) noexcept : ring_(&ring) {}
  explicit record_source(std::span<record_entry> read) noexcept : read_(read) {}
  /// The entry of t, or null. Cost: O(1).
  [[nodiscard]] record_entry* find(tx_number t) const noexcept;

 private:
  recent_records* ring_ = nullptr;
  std::span<record_entry> read_;
};

/// What a session at some place gets next.
struct next_slice {
  slice_ptr what;       ///< null: nothing passes
  stream_point through; ///< where it stands then
  std::uint64_t cost = 0;
  std::uint64_t cost_before_last = 0; ///< without the last record: credit must exceed this
  std::uint64_t skipped = 0;          ///< records that did not pass
  /// One for each item, made when a session wants it.
  std::shared_ptr<const std::vector<wal_batch>> batches = {};
};

struct filter_group {
  std::uint64_t id = 0;
  attribute_filter filter;
  std::optional<compiled_filter> compiled; ///< none for everything
  std::size_t users = 0;
  std::optional<next_slice> newest; ///< made in this step, for others at the same place
  tx_number newest_from;
};

class filter_groups {
 public:
  explicit filter_groups(std::shared_ptr<const schema> names) : names_(std::move(names)) {}

  /// The group of a filter, with one more user; stays where it is while it has users.
  /// Cost: O(log groups), the first time that of compiling.
  [[nodiscard]] filter_group* join(const attribute_filter& filter);
  void leave(filter_group* group);
  /// The newest schema. Cost: that of compiling all.
  void compile_for(std::shared_ptr<const schema> names);

  /// What passes of the records after `from`, up to `last`: at most a frame full, and at most one
  /// record more than `credit` pays for. @errors those of a record that cannot be decoded.
  /// @pre the source holds from.t + 1 .. last, credit > 0. Cost: O(records it looks at); O(1) when
  /// another session at the same place was served in this step.
  [[nodiscard]] result<next_slice*> next(filter_group& group, const stream_place& from,
                                         const record_source& source, tx_number last,
                                         std::uint64_t credit);
  /// Lets go of the slices of this step. Cost: O(groups that made one).
  void forget_slices() noexcept;

  [[nodiscard]] std::uint64_t evaluations() const noexcept { return evaluations_; }
  [[nodiscard]] std::uint64_t slices() const noexcept { return slices_; }
  [[nodiscard]] std::size_t size() const noexcept { return groups_.size(); }

 private:
  [[nodiscard]] result<filter_result> look(filter_group& group, record_entry& at);
  [[nodiscard]] result<next_slice> make(filter_group& group, const stream_place& from,
                                        const record_source& source, tx_number last,
                                        std::uint64_t credit);

  std::shared_ptr<const schema> names_;
  std::map<attribute_filter, filter_group> groups_;
  std::vector<filter_group*> served_; ///< in this step
  std::uint64_t next_id_ = 1;
  std::uint64_t evaluations_ = 0;
  std::uint64_t slices_ = 0;
};

} // namespace weft::stream
