// DATA/hardstate: term and vote, which must never go back. Two checksummed copies in blocks of
// their own, written one after the other, each with its own fdatasync: a crash tears one of them
// at most, and rot in one loses nothing that was acknowledged.
//
// Thread rule: confined to the owner of term, vote and log. Blocking.
#pragma once

#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/wal/format.hpp"

#include <optional>

namespace weft::persistence {

inline constexpr std::string_view hard_state_magic = "WEFT-HRD";
inline constexpr std::size_t hard_state_block_bytes = 4096;

/// What a copy says.
struct hard_state {
  std::uint64_t generation = 0; ///< of the write; set by the file
  database_id database;
  shard_id shard;
  node_id node;
  weft::term term;
  node_id voted_for;   ///< in `term`; zero: nobody
  log_index committed; ///< the log must reach it; may lag behind
  bool operator==(const hard_state&) const noexcept = default;
};

/// The 4096 bytes of a copy. @source docs/formats/log.md section 8
[[nodiscard]] bytes encode(const hard_state& s);

/// The state in a block, when it verifies. Cost: a checksum of 4 KiB.
/// @errors hard_state_corrupt, unsupported_version.
[[nodiscard]] result<hard_state> decode_hard_state(bytes_view block);

/// The newest copy of a hard state file that verifies, without repairing the other one.
/// @errors not_found, hard_state_corrupt when both are bad, database_mismatch,
/// unsupported_version, access_denied, io_error. Cost: one read of 8 KiB.
[[nodiscard]] result<hard_state> read_hard_state(disk& on, const std::string& path,
                                                 database_id database, shard_id shard);

/// Why a hard state cannot be read, of a database that was made: it has had one from its first
/// moment, so not_found is hard_state_corrupt.
[[nodiscard]] error missing_is_damage(error e, const std::string& path);

/// See the top.
class hard_state_file {
 public:
  /// Makes the file with a first state; durable when it returns. An older file is replaced, so it
  /// is for a new database only. Cost: two syncs, file and folder.
  /// @errors disk_full, access_denied, io_error.
  [[nodiscard]] static result<hard_state_file> create(disk& on, const std::string& path,
                                                      hard_state first);

  /// Reads the file and writes both copies again: a copy that did not verify is repaired, and what
  /// was read is durable. Cost: two fdatasyncs.
  /// @errors not_found, hard_state_corrupt when both are bad, database_mismatch,
  /// unsupported_version, access_denied, disk_full, io_error.
  [[nodiscard]] static result<hard_state_file> open(disk& on, const std::string& path,
                                                    database_id database, shard_id shard);

  /// What was read or written last.
  [[nodiscard]] const hard_state& current() const noexcept { return current_; }

  /// True when open() found one copy damaged (a crash in write(), or rot).
  [[nodiscard]] bool repaired() const noexcept { return repaired_; }

  /// Replaces the state; durable when it returns. Term and committed do not go back.
  /// @errors invalid_argument when they would, or a vote of the same term would change;
  /// disk_full or io_error, after which everything answers storage_failed. Cost: two fdatasyncs.
  [[nodiscard]] result<void> write(hard_state next);

 private:
  hard_state_file() = default;
  [[nodiscard]] result<void> write_copies(const hard_state& state);

  std::unique_ptr<file> file_;
  hard_state current_;
  bool repaired_ = false;
  bool failed_ = false;
};

} // namespace weft::persistence
