// Files for the next segments: prewritten once, then recycled, so that an append overwrites blocks
// that exist (an fdatasync costs 83 us instead of 131) and needs no new room on the disk.
// Thread-safe: the owner of the log takes files while another thread prepares them.
#pragma once

#include "weft/persistence/wal/folder_scan.hpp"

#include <atomic>
#include <mutex>

namespace weft::persistence {

/// Sizes and reserve of a pool.
struct pool_options {
  std::size_t segment_bytes_min = 0;
  std::size_t segment_bytes_max = 0;
  std::uint64_t disk_reserve_bytes = 0;
};

/// The free files of one log's folder.
class segment_pool {
 public:
  segment_pool(disk& on, std::string folder, pool_options options)
      : disk_(&on), folder_(std::move(folder)), options_(options) {}

  /// Takes over the free files that a scan found; those that fit nothing are removed.
  /// @errors io_error. Cost: a system call for each that is removed.
  [[nodiscard]] result<void> adopt(const std::vector<free_file>& found);

  /// Makes sure that a file of at least `bytes` is ready, or a smallest one where the disk has no
  /// room for more. Blocking: writes and syncs the whole file when none is.
  /// @errors disk_full (nothing is left behind), io_error.
  /// Cost: a write of the whole file and a sync, or nothing when one is ready.
  [[nodiscard]] result<void> prepare(std::size_t bytes);

  /// Takes a ready file for `needed` bytes, of the size that is wished, or makes one; where there
  /// is no room for that, the smallest that fits. `reserve` false: the reserve of the disk may be
  /// used, as recovery does. Cost: none for a ready file, else as prepare.
  /// @errors disk_full (nothing is left behind), io_error.
  [[nodiscard]] result<free_file> take(std::size_t needed, std::size_t wished, bool reserve);

  /// Returns a file under its free name, content of any kind. Removed when enough are there.
  /// @errors io_error. Cost: O(free files), a system call when one is removed.
  [[nodiscard]] result<void> give_back(free_file file);

  /// A name that no file of this folder has.
  [[nodiscard]] free_file next_name();

  /// True while the reserve or more is free on the disk. @errors io_error. Cost: one statvfs.
  [[nodiscard]] result<bool> has_room();

  /// The size of a segment that must hold `needed` bytes: a power of two times the smallest size,
  /// at least `wished`.
  [[nodiscard]] std::size_t size_for(std::size_t needed, std::size_t wished) const noexcept;

  [[nodiscard]] std::size_t ready_count();

 private:
  [[nodiscard]] bool has_ready(std::size_t bytes);
  [[nodiscard]] std::optional<free_file> take_ready(std::size_t bytes);
  [[nodiscard]] result<free_file> make(std::size_t bytes, bool reserve);
  [[nodiscard]] result<void> fill(const std::string& path, std::size_t bytes);

  disk* disk_;
  std::string folder_;
  pool_options options_;
  std::mutex mutex_;
  std::vector<free_file> ready_;
  std::atomic<std::uint64_t> next_number_ = 1;
};

} // namespace weft::persistence
