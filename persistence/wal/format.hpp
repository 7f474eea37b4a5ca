// The bytes of the log: segment header, batch header, entry header (docs/formats/log.md).
//
//   segment = header block (4096 bytes), then batches up to the file's size
//   batch   = batch header, entries, zero bytes up to a multiple of 8
//   entry   = entry header, stored bytes (never none)
//
// Every checksum of a batch or an entry is seeded by the segment's incarnation and the offset in
// the file, so that bytes of an earlier life of the file, or of another place, never verify.
#pragma once

#include "weft/core/base/database_id.hpp"
#include "weft/core/base/result.hpp"
#include "weft/core/base/time.hpp"
#include "weft/core/shard/log_entry.hpp"

#include <array>
#include <optional>

namespace weft::persistence {

inline constexpr std::string_view segment_magic = "WEFT-SEG";
inline constexpr std::uint32_t batch_magic = 0x54414257; // "WBAT"
inline constexpr std::uint16_t log_format_version = 1;
inline constexpr std::uint16_t checksum_xxh3 = 1;
inline constexpr std::size_t segment_header_bytes = 4096;
inline constexpr std::size_t batch_header_bytes = 40;
inline constexpr std::size_t entry_header_bytes = 48;
inline constexpr std::size_t batch_alignment = 8;

/// First block of a segment file.
struct segment_header {
  database_id database;
  shard_id shard;
  std::uint64_t sequence = 0;          ///< as in the file's name; from 1
  std::uint64_t previous_sequence = 0; ///< the segment it continues; 0: nothing before counts
  std::uint64_t incarnation = 0;       ///< random, of this life of the file
  std::uint64_t file_bytes = 0;        ///< size of the file, header included
  log_position previous;               ///< where the log stood before the first entry here
  log_index synced_through;            ///< durable when the file got its name
  instant created;
  std::uint64_t key_id = 0; ///< 0: not encrypted

  [[nodiscard]] log_index first_index() const noexcept { return previous.index.next(); }
  bool operator==(const segment_header&) const noexcept = default;
};

/// Before the entries of one group commit. A batch without entries is a marker.
struct batch_header {
  std::uint32_t batch_bytes = 0; ///< header, entries and padding
  std::uint32_t count = 0;       ///< entries
  log_index first_index;         ///< of a marker: that of the next entry
  log_index synced_through;      ///< durable when the batch was written
  bool operator==(const batch_header&) const noexcept = default;
};

/// Before the stored bytes of one entry.
struct entry_header {
  std::uint32_t stored_bytes = 0;
  entry_kind kind = entry_kind::transaction;
  weft::term term;
  log_index index;
  std::array<char, 8> chain{}; ///< first 8 bytes of h_t after the entry
  std::uint64_t body_checksum = 0;
  bool operator==(const entry_header&) const noexcept = default;
};

/// The 4096 bytes of a segment's header block.
[[nodiscard]] bytes encode(const segment_header& h);

/// Reads a header block. Cost: a checksum of 4 KiB.
/// @errors log_corrupt (says what is wrong), unsupported_version, also for an encrypted segment.
[[nodiscard]] result<segment_header> decode_segment_header(bytes_view block);

/// Seed of the checksums at `offset` of a segment file.
[[nodiscard]] constexpr std::uint64_t checksum_seed(std::uint64_t incarnation,
                                                    std::uint64_t offset) noexcept {
  return incarnation ^ (offset * 0x9E3779B97F4A7C15ULL);
}

/// Appends the 40 bytes of a batch header with its checksum.
void encode(const batch_header& h, std::uint64_t seed, bytes& out);

/// The header, when the first 40 bytes of `in` are one with this seed.
[[nodiscard]] std::optional<batch_header> decode_batch_header(bytes_view in, std::uint64_t seed);

/// Appends the 48 bytes of an entry header with its checksum.
void encode(const entry_header& h, std::uint64_t seed, bytes& out);

/// The header, when the first 48 bytes of `in` are one with this seed.
[[nodiscard]] std::optional<entry_header> decode_entry_header(bytes_view in, std::uint64_t seed);

/// First 8 bytes of the canonical form of `h`.
[[nodiscard]] std::array<char, 8> chain_prefix(hash128 h) noexcept;

/// Where a batch begins at or after `offset`.
[[nodiscard]] constexpr std::uint64_t aligned(std::uint64_t offset) noexcept {
  return (offset + batch_alignment - 1) / batch_alignment * batch_alignment;
}

/// Bytes of a batch with `count` entries that hold `payload_bytes` together.
[[nodiscard]] constexpr std::size_t batch_size(std::size_t count,
                                               std::size_t payload_bytes) noexcept {
  return static_cast<std::size_t>(
      aligned(batch_header_bytes + count * entry_header_bytes + payload_bytes));
}

/// "000000000000001f.seg".
[[nodiscard]] std::string segment_name(std::uint64_t sequence);

/// The sequence in a segment's name; none for every other name.
[[nodiscard]] std::optional<std::uint64_t> sequence_of_name(std::string_view name) noexcept;

/// "free-000000000000001f.seg": a prewritten or recycled file, never log.
[[nodiscard]] std::string free_name(std::uint64_t number);

/// The number in a free file's name; none for every other name.
[[nodiscard]] std::optional<std::uint64_t> number_of_free_name(std::string_view name) noexcept;

} // namespace weft::persistence
