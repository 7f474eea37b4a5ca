// The commit port of a single node: its own log. One fdatasync for everything that waits.
//
//   group_commit port(*log, term(1), on_event, {});
//   std::thread writer([&] { while (port.write_waiting()) {} });   // the log's thread
//   port.propose(entries);                                         // the transactor's thread
//
// Or without a thread of its own: who proposes calls write_queued() when the log is free.
//
// While the writer waits for the disk, later proposals queue up and become the next batch. The
// sink is called by the writer: after the sync and after the committed mark was stored.
// A full disk refuses proposals with disk_full; those that were queued end in `lost` with that
// reason, and nothing after its index was written. Proposals are taken again when there is room.
// After io_error everything waiting is lost and propose() answers storage_failed for good, with the
// reason. What was written and synced is committed even when the log fails beside it (prewriting).
#pragma once

#include "weft/core/shard/commit_port.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <chrono>
#include <condition_variable>

namespace weft::persistence {

/// How a group_commit waits and how much it holds.
struct group_commit_options {
  /// Bytes of payloads that may wait; more is overloaded.
  std::size_t waiting_bytes_max = limits::uncommitted_bytes_max;
  /// After this time without a proposal a marker is written and synced.
  std::chrono::milliseconds mark_after = std::chrono::milliseconds(20);
};

/// See the top.
class group_commit final : public commit_port {
 public:
  using sink_function = std::function<void(const commit_event&)>;

  /// `log` must outlive the port and is touched by write_waiting(), write_queued() and tidy() only.
  group_commit(segment_log& log, weft::term term, sink_function sink,
               group_commit_options options = {});

  /// See commit_port. Thread-safe; never blocks on the disk.
  /// @errors overloaded, disk_full, storage_failed, closed; invalid_argument when a t does not
  /// continue, or what ended the proposals before it. Cost: O(entries).
  [[nodiscard]] result<log_index> propose(std::span<const proposal> entries) override;

  /// Waits for proposals, writes and syncs all of them, tells the sink. One thread. Cost: a write
  /// for each limits::batch_bytes_max, one fdatasync, one statvfs. Errors go to the sink, as
  /// `lost`.
  /// @return false when stop() was called and nothing waits, or the log failed.
  [[nodiscard]] bool write_waiting();

  /// Writes and syncs what is proposed now, tells the sink; does not wait for proposals. One thread
  /// at a time. Cost and errors as write_waiting(). @return false when the log failed.
  [[nodiscard]] bool write_queued();

  /// For an idle log: writes and syncs a marker when the last entries are not proven yet, and looks
  /// for room again. One thread at a time, as write_queued(). @return false when the log failed.
  [[nodiscard]] bool tidy();

  /// Looks whether there is room now; propose() goes by the last look. Thread-safe. Cost: one
  /// statvfs. An error counts as room: the write will tell.
  void check_room();

  /// Refuses new proposals; write_waiting() finishes what waits. Thread-safe.
  void stop();

 private:
  struct waiting {
    entry_kind kind;
    log_index index;
    tx_number t;
    std::shared_ptr<const bytes> payload;
  };

  [[nodiscard]] result<void> write(const std::vector<waiting>& batch);
  [[nodiscard]] result<void> write_in_parts(const std::vector<waiting>& batch);
  [[nodiscard]] bool write_batch(const std::vector<waiting>& batch);
  void lose(const error& reason, bool of_a_batch);
  void look_after(std::size_t done_bytes);

  segment_log& log_;
  const weft::term term_;
  const sink_function sink_;
  const group_commit_options options_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<waiting> queue_;
  std::size_t queued_bytes_ = 0; ///< of queue_ and of what is being written
  log_index next_index_;
  tx_number next_t_;
  bool stopped_ = false;
  bool full_ = false;
  std::optional<error> refused_; ///< why the last proposals were lost

  log_index told_; ///< as committed; the writer's
};

} // namespace weft::persistence
