// Reads a log at start and decides: whole, torn or rotten. Read-only; segment_log acts on it.
//
// Proven is every index that something says was durable: synced_through of a batch or a segment
// header, the committed mark, the hard state. An entry that cannot be read is rot when it is
// proven, or when anything proven comes after it: the log does not open. Otherwise it is a torn
// tail that was never acknowledged, and the log ends before it. An entry whose bytes verify was
// written whole: when what it says cannot be accepted, that is an error wherever it stands.
#pragma once

#include "weft/persistence/wal/committed_mark.hpp"
#include "weft/persistence/wal/folder_scan.hpp"
#include "weft/persistence/wal/log_options.hpp"

namespace weft::persistence {

/// What recover() found.
struct recovered_log {
  folder_scan scan;
  log_layout layout;            ///< live segments; none: a new log
  log_position last;            ///< after the last entry that counts
  log_index proven;             ///< greatest index that is known to be durable
  std::uint64_t end_offset = 0; ///< first byte after the last batch in the last segment
  bool torn = false;            ///< bytes after the last entry were dropped
};

/// Reads the segments of `folder` that hold entries after `options.replay_after` and tells their
/// entries in order.
/// @errors log_corrupt with fields segment, offset, index, what; database_mismatch;
/// unsupported_version; access_denied, io_error; and what the callback returns.
/// Cost: one read of those segments, XXH3 twice over their payloads.
/// @source docs/formats/log.md section 6, docs/decisions/0040.
[[nodiscard]] result<recovered_log> recover(disk& on, const std::string& folder,
                                            const log_options& options,
                                            const std::optional<mark>& committed,
                                            const recovery_callbacks& callbacks);

/// Makes what was found durable. A writer that ended may have left entries that only the page
/// cache has: who shows them, and does not write them anew as segment_log does, must not show what
/// a power failure takes back. Not helped: a sync that failed in that writer, after which the cache
/// may show what the disk never gets. Cost: the sync of a folder; a fdatasync when entries are not
/// proven. @errors io_error, access_denied, overloaded.
[[nodiscard]] result<void> make_durable(disk& on, const std::string& folder,
                                        const recovered_log& found);

/// The error of an entry that is proven and cannot be read.
[[nodiscard]] error rot(const std::string& segment, std::uint64_t offset, log_index index,
                        const std::string& what);

} // namespace weft::persistence
