// The log of one shard on this node: segments, group commit, recovery. The single writer.
//
//   WEFT_TRY(auto log, segment_log::open(disk, data + "/wal", options, {on_entry, on_progress}));
//   WEFT_CHECK(log->append(entries));   // one write, not durable
//   WEFT_CHECK(log->sync());            // one fdatasync for everything appended
//   log->publish_committed(log->durable().index);
//
// Guarantees: what sync() acknowledged survives every crash, or the next open says log_corrupt; an
// entry is never changed in place; t is dense. After io_error (or a failed sync) the log refuses
// everything with storage_failed: nothing is retried (rule R2).
// Not guaranteed: rot in the last batch that no marker or later batch proves is taken for a torn
// tail (docs/guarantees.md).
// Thread rule: confined to one thread, except prepare_next(), has_room(), failed() and failure(),
// which any thread may call. Blocking.
#pragma once

#include "weft/persistence/wal/committed_mark.hpp"
#include "weft/persistence/wal/log_options.hpp"
#include "weft/persistence/wal/recovery.hpp"
#include "weft/persistence/wal/segment_pool.hpp"
#include "weft/persistence/wal/segment_writer.hpp"

#include <deque>

namespace weft::persistence {

/// Counters since open; for metrics and for tests.
struct log_statistics {
  std::uint64_t batches = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0; ///< of batches, headers and padding included
  std::uint64_t syncs = 0; ///< fdatasync of batches and of markers on an idle log
  std::uint64_t segments_started = 0;
  std::uint64_t append_ns = 0; ///< in append(), by options.clock_ns
  std::uint64_t sync_ns = 0;   ///< in sync(), likewise
};

/// See the top.
class segment_log {
 public:
  /// Opens the log in `folder`, or makes it. Verifies, tells every entry after
  /// `options.replay_after` in order, rewrites what is not proven into a new segment that is
  /// durable before this returns. `on` must outlive the log. Cost: one read of the segments after
  /// `replay_after`, one write of the rewritten tail, some five syncs.
  /// @errors log_corrupt (fields segment, offset, index, what), database_mismatch,
  /// unsupported_version, access_denied, disk_full, io_error, and what the callback returns.
  [[nodiscard]] static result<std::unique_ptr<segment_log>>
  open(disk& on, const std::string& folder, log_options options,
       const recovery_callbacks& callbacks = {});

  /// Writes one batch; durable after sync(). Starts another segment when this one is full.
  /// Indexes continue last().index, the t of transactions last().t; terms do not go back. Cost: one
  /// system call, a checksum and a hash of the bytes; another segment costs two syncs more.
  /// @errors invalid_argument (order, empty payload), input_too_large (a payload over
  /// limits::record_bytes_max, a batch over limits::batch_bytes_max), disk_full (no room for
  /// another segment): in each case nothing is written and the log goes on; storage_failed,
  /// io_error (also when the disk filled up in the middle of a write), closed.
  [[nodiscard]] result<void> append(std::span<const log_entry> entries);

  /// Makes everything appended durable: one fdatasync, or none when nothing waits.
  /// @errors io_error (the log is failed from now on), storage_failed, closed. Cost: that of
  /// file::sync_data.
  [[nodiscard]] result<void> sync();

  /// Writes a marker that proves what sync() made durable, when nothing on the disk does yet. Call
  /// it after a short idle time. It closes the window of docs/guarantees.md when sync() follows.
  /// Nothing happens when the segment has no room for it. Cost: one write of 40 bytes, or none.
  /// @errors io_error, storage_failed, closed.
  [[nodiscard]] result<void> mark();

  /// Syncs, marks, syncs the marker; nothing can be called afterwards. Without it the destructor
  /// leaves the log as a crash would. Cost: up to two syncs. @errors those of sync().
  [[nodiscard]] result<void> close();

  /// Makes a file for the next segment ready, so that append() need not. Any thread.
  /// @errors disk_full (retryable; appends that fit the current segment go on), io_error (the log
  /// is failed from now on), storage_failed. Cost: a write of the whole file and a sync, or nothing
  /// when one is ready.
  [[nodiscard]] result<void> prepare_next();

  /// True while the disk has its reserve or more. Any thread. Cost: one statvfs.
  /// @errors io_error.
  [[nodiscard]] result<bool> has_room() { return pool_.has_room(); }

  /// Lets readers see everything up to `index`, which must be durable and committed; going back
  /// has no effect. Cost: O(log entries that wait), no system call; an entry that is not remembered
  /// any more (limits::log_positions_max) is read back.
  /// @errors invalid_argument beyond durable(); io_error, log_corrupt when the entry cannot be read
  /// back: then the log is failed.
  [[nodiscard]] result<void> publish_committed(log_index index);

  /// Frees the segments whose entries are all below `index`; at most the committed ones. Cost: a
  /// rename and a sync of the folder for each.
  /// @errors invalid_argument, io_error, storage_failed, closed.
  [[nodiscard]] result<void> drop_before(log_index index);

  /// The entries from `index` on are void (a conflicting tail): the next segment starts there.
  /// Durable when it returns. Cost: that of another segment, and of freeing those that are void.
  /// @errors invalid_argument for committed entries or beyond the end; disk_full (nothing changed),
  /// io_error, storage_failed, closed.
  [[nodiscard]] result<void> seal_before(log_index index);

  /// Drops everything; the log goes on after `position`, a snapshot at or beyond the committed
  /// entries. Durable when it returns. Cost and @errors as seal_before.
  [[nodiscard]] result<void> restart_after(const log_position& position);

  /// After the last entry appended. This and what follows: O(1).
  [[nodiscard]] const log_position& last() const noexcept { return writer_->last(); }
  /// After the last entry that is durable.
  [[nodiscard]] const log_position& durable() const noexcept { return durable_; }
  /// After the last entry published; all zero when none was.
  [[nodiscard]] log_position committed() const noexcept;
  /// The oldest entry that is held (or would be, when the log is empty).
  [[nodiscard]] log_index first_index() const noexcept { return live_.front().first_index; }
  [[nodiscard]] const log_statistics& statistics() const noexcept { return statistics_; }
  /// True after io_error: everything answers storage_failed. Any thread.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// storage_failed with the first error, once there was one. Any thread.
  [[nodiscard]] std::optional<error> failure() const;
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

 private:
  struct live_segment {
    std::uint64_t sequence = 0;
    std::uint64_t previous_sequence = 0;
    log_index first_index;
    std::string path;
    std::uint64_t bytes = 0;
  };
  /// What a new segment continues, and what is copied into it.
  struct continuation {
    log_position previous;
    std::uint64_t previous_sequence = 0;
    std::span<const log_entry> copied = {};
    std::size_t needed_bytes = 0;  ///< for what is appended at once
    std::size_t segment_bytes = 0; ///< wished
    bool reserve = true;           ///< leave the disk's reserve alone
  };

  segment_log(disk& on, std::string folder, log_options options);

  [[nodiscard]] result<void> start(const recovered_log& found);
  [[nodiscard]] result<void> rewrite_tail(const recovered_log& found);
  [[nodiscard]] result<void> usable();
  [[nodiscard]] result<void> poison_unless_retryable(result<void> done);
  void poison(const error& why);
  [[nodiscard]] result<void> write_batch(std::span<const log_entry> entries,
                                         std::vector<entry_end>& ends);
  [[nodiscard]] result<std::size_t> check_batch(std::span<const log_entry> entries) const;
  [[nodiscard]] result<void> rotate(std::size_t batch_bytes);
  [[nodiscard]] result<void> release_overtaken();
  [[nodiscard]] result<void> sync_tail();
  [[nodiscard]] result<void> start_segment(const continuation& from);
  [[nodiscard]] result<free_file> take_file(const continuation& from);
  [[nodiscard]] result<void> release(const std::string& path, std::uint64_t bytes);
  [[nodiscard]] result<void> release_all(const std::vector<live_segment>& segments);
  [[nodiscard]] result<entry_end> find(log_index index);
  [[nodiscard]] result<entry_end> read_end(const live_segment& in, log_index index);
  void remember(std::vector<entry_end>& ends);

  disk* disk_;
  std::string folder_;
  log_options options_;
  segment_pool pool_;
  std::vector<live_segment> live_; ///< oldest first; the last one is writer_'s
  std::optional<segment_writer> writer_;
  std::optional<committed_mark> mark_;
  std::deque<entry_end> ends_; ///< of recent entries, ascending
  std::uint64_t last_sequence_ = 0;
  log_position durable_;
  log_index proven_;   ///< synced_through of the last batch or segment header written
  bool dirty_ = false; ///< something written is not synced
  bool closed_ = false;
  std::atomic<bool> failed_ = false;
  mutable std::mutex failure_mutex_;
  std::optional<error> first_error_; ///< guarded by failure_mutex_; set before failed_
  std::atomic<std::size_t> next_segment_bytes_ = 0;
  log_statistics statistics_;
};

} // namespace weft::persistence
