// Walks the batches and entries of one segment file in order, on damaged files too: the one reader
// of log bytes under recovery, log_reader, verify and dump. It never writes and never trusts.
//
//   segment_cursor at(file, header, {});
//   for (;;) { WEFT_TRY(auto item, at.next()); if (item.what == walk_step::end) break; ... }
//
// After damage it goes on with the next batch that verifies, so that a report is complete and a
// later proof of durability is found; entries after damage are told with `exact` false.
#pragma once

#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/wal/format.hpp"

#include <functional>
#include <optional>

namespace weft::persistence {

/// Reads the t out of a transaction's payload; persistence does not know the record's encoding.
using peek_t_function = std::function<result<tx_number>(bytes_view payload)>;

/// A file through a moving buffer. Confined to one thread.
class file_window {
 public:
  explicit file_window(file& in) noexcept : in_(&in) {}

  /// `n` bytes at `offset`, fewer only at the end of the file; valid until the next call. Cost: one
  /// read when they are not there yet, of more while reading goes on. @errors io_error.
  [[nodiscard]] result<bytes_view> at(std::uint64_t offset, std::size_t n);

  /// Forgets what was read, so that later changes of the file are seen.
  void forget() noexcept {
    buffer_.clear();
    ahead_bytes_ = ahead_bytes_min;
  }

 private:
  static constexpr std::size_t ahead_bytes_min = 4U << 10U;

  file* in_;
  bytes buffer_;
  std::size_t ahead_bytes_ = ahead_bytes_min; ///< read at once; grows while reading goes on
  std::uint64_t from_ = 0;
};

enum class walk_step : std::uint8_t {
  batch,  ///< a valid batch header
  entry,  ///< an entry whose bytes verify
  scar,   ///< damaged bytes that held no entry (a marker)
  damage, ///< an entry, or several, cannot be read; `index` is the first
  end,    ///< no batch verifies from `offset` on
};

/// One thing that a segment_cursor found.
struct walk_item {
  walk_step what = walk_step::end;
  std::uint64_t offset = 0; ///< where it starts in the file
  std::uint64_t end = 0;    ///< first byte after it (entry, batch)
  log_index index;          ///< entry, damage: whose
  batch_header batch;       ///< batch
  entry_kind kind = entry_kind::transaction;
  log_position position; ///< entry: where the log stands after it; t and chain only when exact
  bool exact = true;     ///< entry: everything before it in the segment was good
  bytes_view payload;    ///< entry: valid until the next call
  std::string problem;   ///< damage, scar: for people
  /// damage: set when the bytes verify and what they say is refused. Such an entry was written
  /// whole, so it is never a torn write: log_corrupt, or what `peek` answered.
  std::optional<errc> refused = {};
};

/// See the top. Confined to one thread. Cost: O(bytes of the segment) over all calls.
class segment_cursor {
 public:
  /// `in` and what `peek` refers to must outlive the cursor; an empty `peek` checks no t.
  segment_cursor(file& in, const segment_header& header, peek_t_function peek);

  /// Next item; `end` again and again once it is reached. @errors io_error. Cost: O(bytes of the
  /// item), after damage O(bytes up to the next batch that verifies).
  [[nodiscard]] result<walk_item> next();

  /// Goes on at a batch that starts at `offset` and follows `position`, as an item told before.
  /// Cost: O(1).
  void seek(std::uint64_t offset, const log_position& position);

  /// At an end: looks again from there, for a file that is still written.
  void look_again() noexcept { window_.forget(); }

  /// After the last entry before the first damage.
  [[nodiscard]] const log_position& good() const noexcept { return good_; }
  /// Greatest index that a batch header seen so far proves to be durable.
  [[nodiscard]] log_index proven() const noexcept { return proven_; }
  /// Where the next batch would start.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

 private:
  [[nodiscard]] std::uint64_t seed(std::uint64_t offset) const noexcept {
    return checksum_seed(header_.incarnation, offset);
  }
  [[nodiscard]] result<std::optional<batch_header>> batch_at(std::uint64_t offset);
  [[nodiscard]] result<std::optional<std::uint64_t>> find_batch(std::uint64_t from);
  [[nodiscard]] result<walk_item> next_batch();
  [[nodiscard]] result<walk_item> next_entry();
  [[nodiscard]] walk_item enter(const batch_header& h);
  [[nodiscard]] walk_item skip_batch(std::string problem);
  void check(walk_item& item, const entry_header& h) const;
  [[nodiscard]] walk_item damaged(std::uint64_t offset, std::string problem) const;

  file_window window_;
  segment_header header_;
  peek_t_function peek_;
  std::uint64_t offset_ = segment_header_bytes;
  std::uint64_t batch_end_ = 0; ///< inside a batch: where it ends
  std::uint32_t entries_left_ = 0;
  log_position position_; ///< after the last entry, best guess after damage
  log_position good_;
  log_index proven_;
  bool exact_ = true;
};

} // namespace weft::persistence
