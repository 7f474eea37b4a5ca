// One segment file that is being written: created whole (header, copied entries, sync, name), then
// appended to batch by batch. Part of segment_log, which owns the one that is current.
// Blocking; confined to the log's thread.
#pragma once

#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/wal/folder_scan.hpp"

#include <span>

namespace weft::persistence {

/// Where the log stands after an entry, and where the entry ends.
struct entry_end {
  log_position position;
  std::uint64_t segment = 0;
  std::uint64_t incarnation = 0;
  std::uint64_t end_offset = 0;
};

/// See the top.
class segment_writer {
 public:
  /// Writes `header` and one batch of `copied` into the file `from`, syncs it, gives it its final
  /// name and syncs the folder: the segment is there whole, or not at all. `header.file_bytes` and
  /// `header.synced_through` are filled in. Ends of copied entries are appended to `ends`.
  /// Cost: one write, a sync of the file and one of the folder.
  /// @errors disk_full before the segment has its name (`from` keeps its free name); io_error.
  [[nodiscard]] static result<segment_writer> create(disk& on, const std::string& folder,
                                                     const free_file& from, segment_header header,
                                                     std::span<const log_entry> copied,
                                                     std::vector<entry_end>& ends);

  /// True when a batch of this size fits and room for a marker is left.
  [[nodiscard]] bool fits(std::size_t batch_bytes) const noexcept {
    return end_ + batch_bytes + batch_header_bytes <= header_.file_bytes;
  }
  [[nodiscard]] bool fits_marker() const noexcept {
    return end_ + batch_header_bytes <= header_.file_bytes;
  }

  /// Writes one batch that fits; no entries: a marker. Not durable. Ends are appended to `ends`.
  /// @errors disk_full, io_error: in both cases part of the batch may be on the disk. Cost: one
  /// write.
  [[nodiscard]] result<void> append(std::span<const log_entry> entries, log_index synced_through,
                                    std::vector<entry_end>& ends);

  /// Makes everything appended durable. Cost: one fdatasync. @errors io_error.
  [[nodiscard]] result<void> sync() { return file_->sync_data(); }

  [[nodiscard]] const segment_header& header() const noexcept { return header_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const log_position& last() const noexcept { return last_; }
  [[nodiscard]] std::uint64_t end_offset() const noexcept { return end_; }

 private:
  segment_writer() = default;
  [[nodiscard]] result<void> open_named(disk& on, const std::string& folder);

  std::unique_ptr<file> file_;
  std::string path_;
  segment_header header_;
  log_position last_;
  std::uint64_t end_ = segment_header_bytes;
  bytes scratch_;
};

} // namespace weft::persistence
