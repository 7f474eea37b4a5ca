// The one interface for I/O of persistence. Three implementations run the same code above it:
// posix_disk (real files), recording_disk (every legal crash image) and simulated_disk (faults).
//
// Cost: one system call or a few for each call, unless said. What waits for the disk is sync_data()
// and sync_folder(): where this was written, 83 us for an append into blocks that were written
// before, 131 us where the file grew.
//
// Beside the errors that are named, every call that opens something answers access_denied (on a
// file system that became read-only, too) and overloaded (no descriptor, no memory: it may pass).
//
// Promises: a write is durable only after sync_data() of its file returned; a created, renamed or
// removed name only after sync_folder() of its folder returned. Nothing else is promised.
// Thread rule: a file is confined to one thread; a disk may be used by several.
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weft::persistence {

/// How a file is opened. Files are created with mode 0600, folders with 0700.
enum class open_mode : std::uint8_t {
  read,   ///< must exist
  write,  ///< must exist; read and write
  create, ///< must not exist; read and write
};

/// An open file; closed by its destructor.
class file {
 public:
  file() = default;
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  virtual ~file() = default;

  /// Reads at `offset` and returns the number of bytes read: less than asked only at the end.
  /// @errors io_error.
  [[nodiscard]] virtual result<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;

  /// Writes all of `data` at `offset`; not durable. After an error any part may be written.
  /// @errors disk_full, io_error.
  [[nodiscard]] virtual result<void> write(std::uint64_t offset, bytes_view data) = 0;

  /// fdatasync: what was written is durable, and the size that is needed to read it.
  /// @errors io_error, also for ENOSPC of a delayed allocation (no_room_at_sync): what was written
  /// may be gone, so it must never be retried (rule R2).
  [[nodiscard]] virtual result<void> sync_data() = 0;

  /// Bytes of the file, written and not synced ones included. @errors io_error.
  [[nodiscard]] virtual result<std::uint64_t> size() = 0;
};

/// A small region of a file that other processes see as soon as it is stored: no system call, no
/// order between stores on the disk, never durable by promise.
class mapped_region {
 public:
  mapped_region() = default;
  mapped_region(const mapped_region&) = delete;
  mapped_region& operator=(const mapped_region&) = delete;
  virtual ~mapped_region() = default;

  /// Stores whole 8-byte words at an offset that is a multiple of 8, inside the region. Another
  /// process sees each word whole, and may see some words of a store before the others.
  /// @errors none. Cost: no system call.
  virtual void store(std::uint64_t offset, bytes_view words) = 0;
};

/// Held as long as it lives.
class folder_lock {
 public:
  folder_lock() = default;
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;
  virtual ~folder_lock() = default;
};

/// A file system. Paths are given as the implementation's own: for posix_disk those of the system.
/// Any call may also end with access_denied: this user may not do that there.
class disk {
 public:
  disk() = default;
  disk(const disk&) = delete;
  disk& operator=(const disk&) = delete;
  virtual ~disk() = default;

  /// Opens or makes a file. @errors not_found (read, write), invalid_argument when it exists
  /// (create), disk_full, io_error.
  [[nodiscard]] virtual result<std::unique_ptr<file>> open(const std::string& path,
                                                           open_mode mode) = 0;
  /// Replaces `to` when it exists. Durable after sync_folder. @errors not_found, disk_full,
  /// io_error.
  [[nodiscard]] virtual result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file. Durable after sync_folder. @errors not_found, io_error.
  [[nodiscard]] virtual result<void> remove(const std::string& path) = 0;
  /// Names in a folder, sorted, without "." and "..". Cost: O(n log n) names.
  /// @errors not_found, io_error.
  [[nodiscard]] virtual result<std::vector<std::string>> list(const std::string& folder) = 0;
  /// True when a file or folder is there. @errors io_error.
  [[nodiscard]] virtual result<bool> exists(const std::string& path) = 0;
  /// Makes one folder; one that exists already is no error. @errors not_found, disk_full, io_error.
  [[nodiscard]] virtual result<void> make_folder(const std::string& path) = 0;
  /// fsync of a folder: names created, renamed and removed in it are durable. @errors io_error.
  [[nodiscard]] virtual result<void> sync_folder(const std::string& path) = 0;
  /// Bytes that an unprivileged process may still write. @errors io_error.
  [[nodiscard]] virtual result<std::uint64_t> free_bytes(const std::string& path) = 0;
  /// Takes the exclusive lock of `path` (created when absent) and writes `text` into it.
  /// @errors locked, with the text of the holder in field "holder"; disk_full, io_error.
  [[nodiscard]] virtual result<std::unique_ptr<folder_lock>> lock(const std::string& path,
                                                                  bytes_view text) = 0;
  /// True while somebody holds the lock of `path`, without taking it. @errors io_error.
  [[nodiscard]] virtual result<bool> is_locked(const std::string& path) = 0;
  /// Maps the first `bytes` of a file, which must be written that far already.
  /// @errors not_found, io_error.
  [[nodiscard]] virtual result<std::unique_ptr<mapped_region>> map(const std::string& path,
                                                                   std::size_t bytes) = 0;
};

/// "folder/name".
[[nodiscard]] inline std::string join(const std::string& folder, std::string_view name) {
  std::string out = folder;
  if (!out.empty() && out.back() != '/')
    out += '/';
  out += name;
  return out;
}

/// `path` without slashes at its end; "/" stays.
[[nodiscard]] inline std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path;
}

/// The folder that holds `path`, which may end with slashes; "." when its name stands alone.
[[nodiscard]] inline std::string parent_of(const std::string& path) {
  const auto named = without_trailing_slashes(path);
  const auto slash = named.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return without_trailing_slashes(named.substr(0, slash + 1));
}

/// The error of a sync that found the disk full: io_error, with the cause kept for who wrote
/// nothing that anybody relies on. The second function tells it from others.
[[nodiscard]] error no_room_at_sync(error of);
[[nodiscard]] bool is_no_room_at_sync(const error& e) noexcept;

/// The first `bytes_max` bytes of a file, or all of it. For small files. Cost: three system calls,
/// and memory for `bytes_max`. @errors those of open and read.
[[nodiscard]] result<bytes> read_file(disk& on, const std::string& path, std::size_t bytes_max);

} // namespace weft::persistence
