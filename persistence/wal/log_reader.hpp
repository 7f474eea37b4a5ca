// Reads a log that is being written, from any process, without a lock on the writer: entries in
// order up to the committed mark. For subscribers, pollers, tail and to fetch one transaction.
//
//   WEFT_TRY(auto reader, log_reader::open(disk, data + "/wal"));
//   WEFT_CHECK(reader->seek_after(tx_number(17)));        // the next transaction is t = 18
//   for (;;) { WEFT_TRY(auto e, reader->next()); if (!e) break; use(*e); }  // caught up
//
// next() answers none when it is caught up; call it again when something was committed. Segments
// that the writer drops or recycles meanwhile are noticed: their bytes do not verify any more.
// Never writes. Confined to one thread. Blocking.
#pragma once

#include "weft/persistence/wal/committed_mark.hpp"
#include "weft/persistence/wal/log_options.hpp"
#include "weft/persistence/wal/recovery.hpp"

namespace weft::persistence {

/// One committed entry. `payload` is valid until the next call of the reader.
struct read_entry {
  entry_kind kind = entry_kind::transaction;
  log_position position; ///< after it; chain is exact
  bytes_view payload;
};

/// See the top.
class log_reader {
 public:
  /// Opens the log in `folder`. The reader stands before the oldest entry that is held.
  /// @errors not_a_database when there is no log, database_mismatch when a segment or the mark is
  /// not `of` this owner, log_corrupt, unsupported_version, access_denied, io_error.
  /// Cost: one read of 4 KiB for each segment.
  [[nodiscard]] static result<std::unique_ptr<log_reader>> open(disk& on, const std::string& folder,
                                                                std::optional<log_owner> of = {});

  /// The next committed entry, or none when caught up.
  /// @errors log_pruned{earliest} when the writer dropped it before it was read; log_corrupt when a
  /// committed entry cannot be read; io_error.
  /// Cost: O(its bytes), a system call for 256 KiB; caught up: one read of the mark.
  [[nodiscard]] result<std::optional<read_entry>> next();

  /// Stands after the transaction `t` (0: before the first), so that the next transaction is t + 1;
  /// other entries may come before it. @errors log_pruned{earliest} when t + 1 is not held any
  /// more, basis_ahead when t is not committed yet, log_corrupt, io_error.
  /// Cost: O(1) where this reader stands, O(limits::sparse_offset_bytes) where it was before, else
  /// O(segment). Where it stands, log_pruned is told by next().
  [[nodiscard]] result<void> seek_after(tx_number t);

  /// Stands after the newest committed entry, whose kind it does not know: for who follows
  /// transactions alone. @errors io_error, database_mismatch; basis_ahead when nothing is
  /// committed. Cost: three system calls, and with the next entry O(1), or O(segment) where the
  /// commit ended inside a batch.
  [[nodiscard]] result<void> seek_to_mark();

  /// The transaction `t`, from 1. The reader stands after it. Cost and @errors as seek_after.
  [[nodiscard]] result<read_entry> fetch(tx_number t);

  /// Where the reader stands.
  [[nodiscard]] const log_position& position() const noexcept { return position_; }

  /// How far the log is committed now; none when nothing is. @errors io_error.
  /// Cost: three system calls.
  [[nodiscard]] result<std::optional<mark>> committed();

  /// Entries up to `last` count as committed, too: for a log that nobody writes, when recover()
  /// found that it ends there; the mark, which is never synced, may lag behind after a power loss.
  /// Cost: O(1).
  void extend_to(const log_position& last);

  /// How far the log says, from where the reader stands, that it is durable; entries there need not
  /// be committed where several nodes vote. Reads on to the end of the log; the reader stays.
  /// @errors io_error. Cost: O(bytes after the reader).
  [[nodiscard]] result<log_index> proven_ahead();

 private:
  /// A place where a batch starts, and where the log stands before it.
  struct known_place {
    std::uint64_t offset = 0;
    log_position position;
  };
  /// A live segment, and what this reader learnt of it.
  struct known_segment {
    segment_file file;
    log_index stop_before;
    std::vector<known_place> places; ///< ascending, limits::sparse_offset_bytes apart
  };

  log_reader(disk& on, std::string folder, std::optional<log_owner> of)
      : disk_(&on), folder_(std::move(folder)), owner_(of) {}

  [[nodiscard]] result<void> look();
  [[nodiscard]] result<void> try_to_look();
  [[nodiscard]] result<void> advance_mark();
  [[nodiscard]] result<void> enter(std::size_t segment, const known_place& at);
  [[nodiscard]] result<void> enter_oldest();
  [[nodiscard]] result<void> enter_at_position();
  [[nodiscard]] result<void> try_to_enter();
  [[nodiscard]] bool starts_batch(const known_segment& segment, const known_place& at);
  [[nodiscard]] result<std::optional<read_entry>> read_patiently();
  [[nodiscard]] result<std::optional<read_entry>> read_on();
  [[nodiscard]] error pruned() const;
  void learn(std::uint64_t offset, const log_position& position);

  disk* disk_;
  std::string folder_;
  std::optional<log_owner> owner_;
  std::vector<known_segment> segments_;
  std::size_t current_ = 0; ///< in segments_
  std::unique_ptr<file> file_;
  std::optional<segment_cursor> cursor_;
  log_position position_;
  std::optional<entry_kind> last_kind_; ///< of the entry at position_, when it was read
  std::optional<mark> mark_;            ///< when it was last read
  std::optional<mark> entered_at_;      ///< what seek_to_mark() found
  std::string problem_;                 ///< why read_on() found nothing
};

} // namespace weft::persistence
