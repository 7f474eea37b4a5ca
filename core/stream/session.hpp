// A session: one subscriber's place in the log of a shard, and the credit it has left. Nothing is
// queued for it: what it gets next follows from its place. So it costs the same whether it is
// caught up, slow or stopped, and going from the log to live is nothing but moving on.
//
// What it is told are values (session_output). A subscriber in the same process takes them as they
// are; for others a frame_channel makes frames of them. A part of publisher.hpp, confined to its
// owner.
#pragma once

#include "weft/core/stream/frame.hpp"

#include <string>
#include <variant>

namespace weft::stream {

/// Whom a publisher's driver serves: an actor of this process, or a connection.
using peer_id = strong<struct peer_id_tag, std::uint64_t>;

/// A session of a peer: the number of its epoch; of a local one whatever the driver chooses.
struct session_key {
  peer_id peer;
  std::uint64_t session = 0;
  friend bool operator==(const session_key&, const session_key&) noexcept = default;
};

/// What a subscriber asks for.
struct subscription {
  start_at start;
  attribute_filter filter;
  std::string name = {};     ///< of the cursor that it acknowledges; "" for none
  std::uint64_t granted = 0; ///< bytes it may be sent, all in all
};

// -- what a session is told ---

/// Everything after `at` will come.
struct session_opened {
  stream_point at;
  tx_number head;
};
/// Some records, each once and in order. `batches` is for local sessions: one for each item, shared
/// by all that have the filter; null for others.
struct session_records {
  slice_ptr what;
  std::shared_ptr<const std::vector<wal_batch>> batches;
};
struct session_watermark {
  stream_point at;
  tx_number head;
};
struct session_lagged {
  tx_number at;
  tx_number head;
};
/// It ended, and is forgotten.
struct session_closed {
  error reason;
};
using session_output = std::variant<session_opened, session_records, session_watermark,
                                    session_lagged, session_closed>;

/// What one session got.
struct session_counts {
  std::uint64_t records = 0; ///< sent
  std::uint64_t skipped = 0; ///< that did not pass its filter
  std::uint64_t bytes = 0;   ///< of credit
  std::uint64_t lagged = 0;  ///< times it fell behind the ring
};

enum class session_state : std::uint8_t {
  opening, ///< its place is not checked yet: that takes a read of the log
  open,
};

struct filter_group;

/// Place, credit and name of a session.
struct session {
  session_key key;
  session_state state = session_state::opening;
  filter_group* filter = nullptr; ///< of filter_groups
  std::string name;               ///< of its cursor, or ""
  start_at start;                 ///< until it is open
  stream_point at;                ///< everything up to here was sent or did not pass
  std::uint64_t granted = 0;      ///< cumulative
  std::uint64_t sent = 0;         ///< cumulative; may exceed granted by one record
  bool reading = false;           ///< it waits for a read of the log
  bool live = false;              ///< it was served from the ring since it last fell behind
  bool told_idle = false;
  std::int64_t heard_us = 0;
  std::int64_t said_us = 0;
  session_counts counts;

  /// Bytes of credit left. As long as there is one, a record may be sent, of whatever size.
  [[nodiscard]] std::uint64_t credit() const noexcept {
    return granted > sent ? granted - sent : 0;
  }
  /// Grants in all `total` bytes; never less than before, never more than a window ahead.
  void grant(std::uint64_t total) noexcept;
  /// Moves on: `records` were sent, for `cost` bytes of credit, and `passed_over` did not pass.
  void move(const stream_point& to, std::uint64_t records, std::uint64_t cost,
            std::uint64_t passed_over) noexcept;
};

} // namespace weft::stream
