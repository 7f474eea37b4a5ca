// What a replica has applied: the index, and what records say beside their facts (ids, instants,
// executed requests). Applies, decides nothing; every replica that applied the same entries has the
// same state.
//
//   applied_state state(index, std::move(records), position);
//   WEFT_CHECK(state.apply({entry_kind::transaction, position_after, payload}));
//   transactor leader(state.transactor_state(), {});       // who leads, starts from here
//
// Confined to one thread; views of the index are for all.
#pragma once

#include "weft/core/db/memory_index.hpp"
#include "weft/core/shard/log_entry.hpp"
#include "weft/core/shard/record_check.hpp"
#include "weft/core/shard/transactor.hpp"
#include "weft/core/stream/cursor_log.hpp"

#include <memory>

namespace weft {

/// An entry that is durable on a quorum. The payload is shared with whoever else has it.
struct committed_entry {
  entry_kind kind = entry_kind::transaction;
  log_position position; ///< after it
  std::shared_ptr<const bytes> payload;
};

/// See the top.
class applied_state {
 public:
  /// `index`, `records` and `cursors` have applied everything up to `at`. `index` outlives this.
  applied_state(memory_index& index, record_check records, stream::cursor_table cursors,
                const log_position& at);

  /// Applies the next entry: a transaction or a cursor; others move the position only.
  /// Cost: that of decoding the record, and of memory_index::apply.
  /// @errors invalid_argument when it does not follow position() (its chain is for who made the
  /// position): nothing is applied; those of record_check::next and
  /// cursor_table::apply: then nothing may be applied any more
  [[nodiscard]] result<void> apply(const committed_entry& next);

  /// After the last entry applied. Cost: O(1).
  [[nodiscard]] const log_position& position() const noexcept { return position_; }
  /// After it. Cost: O(1).
  [[nodiscard]] const std::shared_ptr<const weft::schema>& schema() const noexcept {
    return records_.schema();
  }
  /// The next ids. Cost: O(1).
  [[nodiscard]] const allocators& ids() const noexcept { return records_.ids(); }
  /// Where named cursors stand. Cost: O(1).
  [[nodiscard]] const stream::cursor_table& cursors() const noexcept { return cursors_; }
  /// From where a transactor goes on, when everything in its log is applied. Cost: a copy of the
  /// dedup table.
  [[nodiscard]] transactor::state transactor_state() const;

 private:
  memory_index* index_;
  record_check records_;
  stream::cursor_table cursors_;
  log_position position_;
};

/// From where a transactor goes on after `records`, all of which `index` has. Cost: O(1).
[[nodiscard]] transactor::state state_of(record_check&& records, const memory_index& index);

} // namespace weft
