// A file system in memory that knows what a crash may leave: the base of recording_disk and
// simulated_disk. It keeps, beside what programs see, every 512-byte sector that was written and
// not synced (each version of it) and every change of a name that was not synced.
// For tests and the simulator; not part of the shipped library.
//
// May be used by several threads, one call at a time: what a subclass does in a call (a plan, an
// observer) happens while all others wait, and may look at the disk.
#pragma once

#include "weft/persistence/disk/disk.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace weft::persistence {

inline constexpr std::size_t sector_bytes = 512;

/// A sector that was written and not synced: what it held after one write.
struct sector_version {
  std::uint64_t sector = 0;
  bytes content;
};

/// A file's bytes: as seen, as durable, and what lies between.
struct memory_inode {
  bytes live;
  bytes durable;
  std::vector<sector_version> unsynced; ///< in the order of the writes
};

using inode_ptr = std::shared_ptr<memory_inode>;

/// A change of one folder's names that is not synced.
struct name_change {
  std::string from; ///< rename, remove: the name that goes
  std::string to;   ///< create, rename: the name that comes
  inode_ptr inode;  ///< none: a folder
};

/// Names of one folder, seen and durable.
struct memory_folder {
  std::map<std::string, inode_ptr> live; ///< a null pointer is a folder
  std::map<std::string, inode_ptr> durable;
  std::vector<name_change> unsynced;
};

enum class disk_call : std::uint8_t {
  open,
  create,
  read,
  write,
  sync_data,
  rename,
  remove,
  make_folder,
  sync_folder,
  map,
  store,
  size,
  list,
  exists,
  free_bytes,
  lock,
  is_locked,
};

/// "sync_data".
[[nodiscard]] std::string_view to_string(disk_call call) noexcept;

/// One call, before or after it is performed.
struct disk_operation {
  disk_call call = disk_call::open;
  std::string path;
  std::string to; ///< rename
  std::uint64_t offset = 0;
  std::size_t bytes_count = 0;
};

/// What really happens to a call; decided by a subclass.
struct disk_verdict {
  enum class action : std::uint8_t {
    perform,
    fail,        ///< nothing happens, `code` is returned
    fail_partly, ///< a write whose first half happens, and `code` is returned
    lose,        ///< a write or sync that pretends to have happened
    fail_keep,   ///< a failed sync: the data stays visible, and is never written
    fail_revert, ///< a failed sync: what is visible goes back to what is durable
  };
  action what = action::perform;
  errc code = errc::io_error;
  std::uint64_t offset = 0; ///< of a write: where it goes instead, when `misdirected`
  bool misdirected = false;
};

/// A complete state of a file system: what a crash left, or what a test made.
struct disk_image {
  std::set<std::string> folders;
  std::map<std::string, bytes> files;
  bool operator==(const disk_image&) const = default;
};

/// See the top. Folders exist from make_folder on; "" and "." and "/" always do.
class memory_disk : public disk {
 public:
  memory_disk() = default;
  explicit memory_disk(const disk_image& image);

  [[nodiscard]] result<std::unique_ptr<file>> open(const std::string& path,
                                                   open_mode mode) override;
  [[nodiscard]] result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] result<void> remove(const std::string& path) override;
  [[nodiscard]] result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] result<bool> exists(const std::string& path) override;
  [[nodiscard]] result<void> make_folder(const std::string& path) override;
  [[nodiscard]] result<void> sync_folder(const std::string& path) override;
  [[nodiscard]] result<std::uint64_t> free_bytes(const std::string& path) override;
  [[nodiscard]] result<std::unique_ptr<folder_lock>> lock(const std::string& path,
                                                          bytes_view text) override;
  [[nodiscard]] result<bool> is_locked(const std::string& path) override;
  [[nodiscard]] result<std::unique_ptr<mapped_region>> map(const std::string& path,
                                                           std::size_t bytes) override;

  /// Everything as programs see it now.
  [[nodiscard]] disk_image live_image() const;
  /// Only what is durable: the image of a crash that lost all it could.
  [[nodiscard]] disk_image durable_image() const;
  /// Folders by path; for crash_images, while nobody else calls.
  [[nodiscard]] const std::map<std::string, memory_folder>& folders() const noexcept {
    return folders_;
  }
  /// Size of a file as seen; 0 when it is absent.
  [[nodiscard]] std::uint64_t size_now(const std::string& path);
  /// Bytes of all files.
  [[nodiscard]] std::uint64_t used_bytes() const;
  /// The bytes of a file as seen, to be damaged at rest: changed in the durable copy too.
  void damage(const std::string& path, const std::function<void(bytes&)>& change);

 protected:
  /// No call happens while it is held; a call in a call may.
  [[nodiscard]] std::unique_lock<std::recursive_mutex> hold() const {
    return std::unique_lock(mutex_);
  }
  /// Decides what happens to a call that is about to be performed.
  [[nodiscard]] virtual disk_verdict admit(const disk_operation&) { return {}; }
  /// Told after a call that changed something or made something durable.
  virtual void performed(const disk_operation&) {}
  /// Told the bytes of a read, which may be changed.
  virtual void after_read(const disk_operation&, std::span<char>) {}

 private:
  friend class memory_file;
  friend class memory_region;
  friend class memory_lock;

  [[nodiscard]] result<void> may(const disk_operation& op);
  [[nodiscard]] result<void> write(const inode_ptr& to, const disk_operation& op, bytes_view data);
  [[nodiscard]] result<void> sync(const inode_ptr& of, const disk_operation& op);
  [[nodiscard]] memory_folder* folder_of(const std::string& path);
  [[nodiscard]] inode_ptr find(const std::string& path);
  void change_name(name_change change, const std::string& folder);

  mutable std::recursive_mutex mutex_; // guards everything
  std::map<std::string, memory_folder> folders_ = {{".", {}}, {"/", {}}};
  std::set<std::string> locks_;
};

/// The path of a name in a folder, as it is given to the disk: "." is not spelled.
[[nodiscard]] std::string path_in(const std::string& folder, const std::string& name);

/// Applies one change to a folder's names.
void apply_change(const name_change& change, std::map<std::string, inode_ptr>& names);

} // namespace weft::persistence
