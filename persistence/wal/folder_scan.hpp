// What lies in a log's folder: segments, free files, others; and which segments are the log.
// Read-only. Each segment names the one it continues; a segment that is passed over was superseded
// (docs/formats/log.md section 5).
#pragma once

#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/wal/format.hpp"

#include <optional>

namespace weft::persistence {

/// A file with a segment's name.
struct segment_file {
  std::string path;
  std::uint64_t sequence = 0; ///< from the name
  std::uint64_t bytes = 0;    ///< size of the file
  segment_header header;      ///< only when `problem` is empty
  std::optional<error> problem = {};
};

/// A prewritten or recycled file.
struct free_file {
  std::string path;
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
};

/// Everything in the folder, by name.
struct folder_scan {
  std::vector<segment_file> segments; ///< ascending sequence
  std::vector<free_file> free;
};

/// The segments that are the log.
struct log_layout {
  std::vector<segment_file> live; ///< oldest first; first_index ascends
  std::vector<segment_file> superseded;

  /// Entries at or after this index in live[i] do not count: the next segment continues before.
  [[nodiscard]] log_index stop_before(std::size_t i) const noexcept {
    return i + 1 < live.size() ? live[i + 1].header.first_index() : log_index(UINT64_MAX);
  }
};

/// Whose log it is.
struct log_owner {
  database_id database;
  shard_id shard;
};

/// Reads names and headers. A header that cannot be read is a `problem` of its segment.
/// @errors not_found, io_error. Cost: one read of 4 KiB for each segment.
[[nodiscard]] result<folder_scan> scan_folder(disk& on, const std::string& folder);

/// Finds the log in a scan. Segments with a problem are left out of it.
/// @errors log_corrupt{segment} when a segment is missing in the middle or the order makes no
/// sense. Cost: O(segments).
[[nodiscard]] result<log_layout> lay_out(const folder_scan& scan);

/// What is missing when the oldest segment of the log does not reach back to the entry after
/// `replay_after`; none: nothing is. Segments that were dropped held older entries only. Cost:
/// O(1).
[[nodiscard]] std::optional<std::string> missing_before(const segment_header& oldest,
                                                        log_index replay_after);

/// Whether all segments of a scan can be read and are this owner's.
/// @errors the first problem, as log_corrupt (or the header's own code) that names the segment;
/// database_mismatch when a segment belongs to another database or shard. Cost: O(segments).
[[nodiscard]] result<void> check_scan(const folder_scan& scan, database_id database,
                                      shard_id shard);

} // namespace weft::persistence
