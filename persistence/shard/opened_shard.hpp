// A shard of this node, opened to write: its folder locked, its log recovered, its index filled.
// Who opens it owns term, vote and log; the threads and actors around it come later.
//
//   memory_index index;
//   WEFT_TRY(auto shard, open_shard(disk, "facts", index, {.clock = wall_clock_us}));
//   log_driver port(*shard.log, shard.hard.current().term, sink);
//   transactor machine(state_of(std::move(shard.records), index), {});
//
// Blocking; confined to one thread.
#pragma once

#include "weft/core/db/memory_index.hpp"
#include "weft/core/shard/applied_state.hpp"
#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/shard/open_progress.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <functional>

namespace weft::persistence {

struct open_shard_options {
  /// Make the folder and a new database when there is none; else not_a_database.
  bool create = true;
  shard_id shard = shard_id(0);
  std::function<instant()> clock; ///< wall clock; never throws
  /// Size of the log's first segment; later ones grow to limits::segment_bytes_max.
  std::size_t segment_bytes = limits::segment_bytes_min;
  std::function<void(const open_progress&)> progress = {}; ///< never throws
  std::function<void(std::uint64_t ns)> on_sync = {};      ///< of log_options; never throws
  /// Likewise: for the times of its statistics. A system call each time when it is of a thread.
  std::uint64_t (*clock_ns)() = nullptr;
};

/// See the top. Moving it leaves nothing behind.
struct opened_shard {
  data_folder folder;
  hard_state_file hard; ///< a new term, the vote for this node, everything durable committed
  std::unique_ptr<segment_log> log;
  record_check records; ///< of all entries of the log; `index` has them, too
  stream::cursor_table cursors;
};

/// Opens the shard in `folder`, or makes it; `index` holds the bootstrap facts only and outlives
/// what is returned. Cost: O(log), more than a million facts a second.
/// @errors locked{holder}; not_a_database; log_corrupt (with t when a transaction cannot be
/// replayed, with the segment and offset when its bytes are damaged), hard_state_corrupt,
/// database_mismatch, unsupported_version; access_denied, not_found (a file or parent folder is
/// missing), io_error, disk_full; invalid_argument for segment_bytes
[[nodiscard]] result<opened_shard> open_shard(disk& on, const std::string& folder,
                                              memory_index& index, const open_shard_options& how);

/// How the log of a shard is opened by this process. Cost: O(1).
[[nodiscard]] log_options log_options_of(database_id id, shard_id shard,
                                         std::function<instant()> clock);

} // namespace weft::persistence
