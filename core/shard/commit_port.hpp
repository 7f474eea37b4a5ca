// The write path of a shard: propose -> committed. A single node fills it with its own log
// (persistence/wal/group_commit.hpp); Raft fills it with a quorum. Whoever proposes cannot tell.
//
// Order of events: every accepted proposal ends in `committed` with an index at or above its own,
// or in `lost`. After `lost` nothing more is said about it: its outcome is unknown, unless the
// reason is one that says that nothing was written (disk_full).
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

/// Nothing proposed after `index` will be reported as committed here: leadership was lost, storage
/// failed, or there was no room. The outcome of those proposals is unknown, but after disk_full:
/// then nothing of them was written.
struct lost {
  log_index index;
  error reason;
};

using commit_event = std::variant<committed, lost>;

/// Where the transactor hands its entries. Thread rule: propose() is called by one thread; events
/// arrive where the implementation says.
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
  /// continue what was proposed before. None of them has an effect. Cost: O(entries), no copy.
  [[nodiscard]] virtual result<log_index> propose(std::span<const proposal> entries) = 0;
};

} // namespace weft
