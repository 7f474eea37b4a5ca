// The write path of a shard: propose -> committed. A single node fills it with its own log
// (persistence/wal/group_commit.hpp); Raft fills it with a quorum. Whoever proposes cannot tell.
//
// Events. Every accepted proposal ends in the first of these that is told after it was accepted:
// `committed` with an index at or above its own, or `lost`. They come one at a time, in the order
// of what happened, from whatever thread; positions rise. One `committed` may end any number of
// proposals. An event may be told before propose() has returned, but never from inside it, nor
// while a lock is held that propose() takes: who is told may wait for who proposes.
//
// `lost` ends everything that was accepted and not told as committed, at once, and is told only
// when there is such a thing; nothing more is said about it. Its outcome is unknown, unless the
// reason is one that says that nothing was written (disk_full, overloaded). What one propose()
// gave is not divided by events, as long as it fits a batch of the log (limits::batch_bytes_max).
// Its indexes are given again, so an index alone names a proposal until the next `lost` only. t
// goes on after the last committed one: what was made to follow a lost transaction does not
// continue, and is refused. That is how both sides agree on what was accepted before the loss and
// what after, without asking each other.
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/shard/log_entry.hpp"

#include <memory>
#include <span>
#include <variant>

namespace weft {

/// An entry that wants to be committed. The payload is shared and immutable: the same buffer is
/// written, replicated, applied and streamed.
struct proposal {
  entry_kind kind = entry_kind::transaction;
  tx_number t; ///< transactions: previous + 1, as written in the record
  std::shared_ptr<const bytes> payload;
};

/// Everything at or below `position` is durable on a quorum and may be seen.
struct committed {
  log_position position;
};

/// Nothing accepted so far will be reported as committed here, but what was: leadership was lost,
/// storage failed, or there was no room. The outcome of those proposals is unknown, but after
/// disk_full and overloaded: then nothing of them was written. `index` is the last that was told as
/// committed.
struct lost {
  log_index index;
  error reason;
};

using commit_event = std::variant<committed, lost>;

/// Where the transactor hands its entries. Thread rule: propose() is called by one thread at a
/// time; events go to a sink that is given when the port is made, and the port ends before it.
class commit_port {
 public:
  commit_port() = default;
  commit_port(const commit_port&) = delete;
  commit_port& operator=(const commit_port&) = delete;
  virtual ~commit_port() = default;

  /// Queues `entries` behind everything proposed before and returns the index of the last one,
  /// without waiting for a disk or a peer. All or none are taken.
  /// @errors overloaded when too many bytes wait, disk_full when there is no room to write,
  /// closed after close, storage_failed after a failed write; invalid_argument when a t does not
  /// continue what was accepted before, or the reason of the last `lost` when it continues that.
  /// None of them has an effect. One that is not retryable is for good. Cost: O(entries), no copy.
  [[nodiscard]] virtual result<log_index> propose(std::span<const proposal> entries) = 0;
};

} // namespace weft
