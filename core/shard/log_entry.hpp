// What a shard's log holds: entries, and where one stands after an entry.
// An entry is proposed, written, replicated and streamed with the same payload bytes.
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/checksum.hpp"
#include "weft/core/base/strong.hpp"

#include <string_view>

namespace weft {

/// What an entry means. The numbers are in files and frames (docs/formats/log.md); never reused.
enum class entry_kind : std::uint8_t {
  transaction = 1,   ///< a record; the only kind that advances t and the chain hash
  no_op = 2,         ///< first entry of a leader's term
  configuration = 3, ///< members of the group
  cursor = 4,        ///< positions of durable consumers
  schema = 5,        ///< version of the schema that later records use
  retention = 6,     ///< history horizon
  excise = 7,        ///< reserved: legal erasure
};

inline constexpr std::uint8_t entry_kind_max = 7;

/// "transaction", "no_op", ...; "unknown" for a number that is no kind.
[[nodiscard]] constexpr std::string_view to_string(entry_kind kind) noexcept {
  switch (kind) {
  case entry_kind::transaction:
    return "transaction";
  case entry_kind::no_op:
    return "no_op";
  case entry_kind::configuration:
    return "configuration";
  case entry_kind::cursor:
    return "cursor";
  case entry_kind::schema:
    return "schema";
  case entry_kind::retention:
    return "retention";
  case entry_kind::excise:
    return "excise";
  }
  return "unknown";
}

/// One entry, as it is given to a log. `payload` is borrowed.
struct log_entry {
  entry_kind kind = entry_kind::transaction;
  weft::term term;
  log_index index;
  tx_number t; ///< of a transaction: its number; of the other kinds: ignored
  bytes_view payload;
};

/// Where a log stands: after the entry `index`. All zero is "before the first entry".
struct log_position {
  log_index index;
  weft::term term; ///< of the entry at `index`
  tx_number t;     ///< of the last transaction at or before `index`
  hash128 chain;   ///< h_t
  friend bool operator==(const log_position&, const log_position&) noexcept = default;
};

/// Where a log stands after one more entry of this kind, term and payload. Cost: O(payload).
[[nodiscard]] log_position advance(const log_position& from, entry_kind kind, weft::term of,
                                   bytes_view payload) noexcept;

} // namespace weft
