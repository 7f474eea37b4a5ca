// DATA: the folder of one database on one node. VERSION says whose it is, LOCK that one process
// has it open; VERSION is written last when a database is made, so that a folder with VERSION
// holds a whole database.
//
//   DATA/VERSION  DATA/LOCK  DATA/hardstate  DATA/wal/...
//
// Blocking; confined to one thread.
#pragma once

#include "weft/core/base/database_id.hpp"
#include "weft/core/base/time.hpp"
#include "weft/persistence/disk/disk.hpp"

#include <functional>
#include <optional>

namespace weft::persistence {

/// The version of the data folder's layout that this program writes and reads.
inline constexpr std::uint32_t data_format_version = 1;

/// What VERSION says.
struct version_file {
  std::uint32_t format = data_format_version;
  database_id database;
  instant created;
  bool operator==(const version_file&) const = default;
};

/// Four lines of text: "weft 1", "database <hex>", "created <microseconds>", "checksum <hex>".
/// @source docs/formats/log.md section 9
[[nodiscard]] bytes encode(const version_file& v);

/// What the text of a VERSION says. Cost: O(size).
/// @errors not_a_database when the text is no VERSION or its checksum is wrong;
/// unsupported_version.
[[nodiscard]] result<version_file> decode_version_file(bytes_view text);

/// Reads VERSION without taking the lock: for read-only use.
/// @errors not_a_database{path} when there is none, unsupported_version{path}, access_denied,
/// io_error. Cost: three system calls.
[[nodiscard]] result<version_file> read_version_file(disk& on, const std::string& data);

/// An open data folder; unlocked by its destructor.
class data_folder {
 public:
  /// Opens the database in `data`. `holder` is the process id that LOCK will say. Cost: a few
  /// system calls. @errors not_a_database, unsupported_version, locked{holder}, access_denied,
  /// disk_full, io_error.
  [[nodiscard]] static result<data_folder> open(disk& on, const std::string& data,
                                                const std::string& holder);

  /// Makes a database in `data`, which is absent, empty or what a crash in create() left.
  /// `fill` makes everything but VERSION (hard state, log) and runs before VERSION is there; what
  /// an unfinished creation left is removed before.
  /// @errors invalid_argument when there is a database already; not_a_database when there are files
  /// of somebody else, or VERSION is missing and hard state or log are those of a database that was
  /// used: nothing is touched; locked{holder}, not_found (the folder above is missing), disk_full,
  /// access_denied, io_error, and those of `fill`. Cost: three syncs, and that of `fill`.
  [[nodiscard]] static result<data_folder> create(disk& on, const std::string& data,
                                                  const std::string& holder,
                                                  const version_file& version,
                                                  const std::function<result<void>()>& fill);

  [[nodiscard]] const version_file& version() const noexcept { return version_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  data_folder() = default;

  std::string path_;
  version_file version_;
  std::unique_ptr<folder_lock> lock_;
};

} // namespace weft::persistence
