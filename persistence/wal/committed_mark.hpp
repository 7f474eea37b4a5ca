// DATA/wal/committed: how far others may read. One page with two checksummed slots, mapped by the
// writer and read by other processes without a lock: a slot is overwritten only when the other one
// holds a newer generation, so a reader always finds a whole one.
//
// The mark is stored after its entry is durable and committed, never before; it is never synced.
// So a mark that verifies proves that the log reaches that far, and a mark that is missing, old or
// damaged proves nothing and is no error.
#pragma once

#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/wal/format.hpp"

#include <optional>

namespace weft::persistence {

inline constexpr std::string_view mark_magic = "WEFT-CMT";
inline constexpr std::size_t mark_file_bytes = 4096;
inline constexpr std::size_t mark_slot_bytes = 128;
inline constexpr std::size_t mark_slot_distance = 2048;

/// What a slot says.
struct mark {
  std::uint64_t generation = 0;
  database_id database;
  shard_id shard;
  log_position position;         ///< everything up to here is committed
  std::uint64_t segment = 0;     ///< sequence of the segment that holds the entry
  std::uint64_t incarnation = 0; ///< of that segment
  std::uint64_t end_offset = 0;  ///< first byte after the entry in it
  bool operator==(const mark&) const noexcept = default;
};

/// The 128 bytes of a slot. @source docs/formats/log.md section 7
[[nodiscard]] bytes encode(const mark& m);

/// The mark in the first 128 bytes of `in`, when they verify.
[[nodiscard]] std::optional<mark> decode_mark(bytes_view in);

/// The newest slot of a mark file that verifies; none when the file is absent or damaged. Safe
/// while another process stores. @errors io_error. Cost: three system calls.
[[nodiscard]] result<std::optional<mark>> read_mark(disk& on, const std::string& path);

/// The writer's side; one per log. Confined to the log's thread.
class committed_mark {
 public:
  /// Opens or creates the file; a damaged one is written anew.
  /// @errors database_mismatch when a slot verifies and belongs to another database or shard;
  /// access_denied, disk_full, io_error. Cost: a few system calls; no sync.
  [[nodiscard]] static result<committed_mark> open(disk& on, const std::string& path,
                                                   database_id database, shard_id shard);

  /// The mark that was found by open(), or stored since.
  [[nodiscard]] const std::optional<mark>& current() const noexcept { return current_; }

  /// Stores `m` with the next generation. @errors none: it is memory. Cost: under a microsecond, no
  /// system call.
  void store(mark m);

 private:
  committed_mark() = default;

  std::unique_ptr<mapped_region> region_;
  std::optional<mark> current_;
  std::uint64_t generation_ = 0;
};

} // namespace weft::persistence
