// A cursor: a position in a database, to resume from. It names the database, its lineage, and for
// each shard the last transaction that was taken with the first 8 bytes of the chain hash there. So
// a cursor of another database, or of one that was restored or repaired into another history, is
// noticed and never silently wrong.
//
//   const auto token = batch.cursor().to_token();      // "AQEj..": opaque, safe in a URL
//   WEFT_TRY(const auto at, cursor::parse(token));
//
// Resuming is exclusive: everything after it. Where there is one shard a bare t is accepted, too
// (parse_position). A value: const is thread-safe. @source docs/formats/cursor.md
#pragma once

#include "weft/core/base/database_id.hpp"
#include "weft/core/base/result.hpp"
#include "weft/core/base/strong.hpp"

#include <optional>
#include <vector>

namespace weft {

/// The history that a database had when nothing was restored yet; each restore to an earlier point
/// begins a new one.
inline constexpr std::uint64_t first_lineage = 1;

/// The first 8 bytes of a chain hash, as a number whose high byte is the first.
[[nodiscard]] constexpr std::uint64_t short_hash(hash128 chain) noexcept {
  return chain.high;
}
/// In the order in which a chain hash is written.
void write_short_hash(byte_writer& out, std::uint64_t hash);
[[nodiscard]] std::uint64_t read_short_hash(byte_reader& in) noexcept;

/// A place in the log of a shard: after the transaction t. {0, 0} is before the first.
struct shard_place {
  shard_id shard;
  tx_number t;
  std::uint64_t hash = 0; ///< short_hash of h_t; 0 when t is 0
  bool operator==(const shard_place&) const = default;
};

struct cursor {
  database_id database;
  std::uint64_t lineage = first_lineage;
  std::vector<shard_place> shards = {}; ///< ascending by shard; at least one

  /// Cost: O(shards). @pre valid(): shards ascend, all is in range
  [[nodiscard]] bytes to_bytes() const;
  /// The binary form in the base64url alphabet. Cost: O(shards). @pre as to_bytes
  [[nodiscard]] std::string to_token() const;

  /// Reads what to_bytes wrote, in its one form. @errors cursor_invalid, unsupported_version
  [[nodiscard]] static result<cursor> from_bytes(bytes_view in);
  /// Reads a token. @errors cursor_invalid, unsupported_version. Cost: O(size), bounded by
  /// limits::cursor_token_bytes_max.
  [[nodiscard]] static result<cursor> parse(std::string_view token);

  /// Whether it has a form: a database, ascending shards, everything in range. Cost: O(shards).
  [[nodiscard]] bool valid() const noexcept;
  /// The place in a shard; nothing when the cursor does not speak of it. Cost: O(log shards).
  [[nodiscard]] std::optional<shard_place> at(shard_id shard) const noexcept;

  bool operator==(const cursor&) const = default;
};

/// What people give as a position: a cursor, or a bare t, which has no hash to be checked by.
struct position_text {
  std::optional<cursor> exact;
  tx_number t; ///< of a bare t
  bool operator==(const position_text&) const = default;
};

/// A token, or decimal digits up to limits::transactions_max. @errors cursor_invalid,
/// unsupported_version. Cost: O(size).
[[nodiscard]] result<position_text> parse_position(std::string_view text);

} // namespace weft
