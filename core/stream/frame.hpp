// The frames of the subscription protocol, as values and as bytes. In memory a frame shares the
// payloads of the records it carries, so inside a process nothing is copied and nothing encoded;
// encode() and decode() are for what is between processes.
//
//   bytes wire = encode(frame(credit_frame{epoch, 1 << 20}));
//   WEFT_TRY(const frame got, decode(std::make_shared<const bytes>(std::move(wire))));
//
// Decoding trusts nothing: no length, no count, no order. What it accepts encodes to the same bytes
// again. A transport says where a frame ends, and that it arrived undamaged: the checksum of a
// record is its chain hash, which subscriber checks. Functions of values: safe from any thread.
// @source docs/formats/stream.md
#pragma once

#include "weft/core/base/wire_error.hpp"
#include "weft/core/stream/wal_batch.hpp"

#include <optional>
#include <variant>

namespace weft::stream {

/// One attempt of a subscriber to have a session. The number of the session is drawn at random by
/// the subscriber; attempts count up from 1. A frame of another epoch than the newest is stale.
struct epoch {
  std::uint64_t session = 0;
  std::uint32_t attempt = 0;
  friend auto operator<=>(const epoch&, const epoch&) = default;
};

/// Where a stream begins: after a transaction, exclusively.
struct start_at {
  bool now = true;                        ///< after the newest one
  tx_number after;                        ///< else after this one
  std::optional<std::uint64_t> hash = {}; ///< short_hash that the chain must have there
  bool stored = false; ///< at the named cursor's position, if it has one; else as above
  /// Of what it is a position: nothing else is streamed. None: whichever database is there.
  std::optional<stream_origin> origin = {};
  bool operator==(const start_at&) const = default;

  [[nodiscard]] static start_at newest() { return {}; }
  /// After a bare t; 0: from the very first transaction on.
  [[nodiscard]] static start_at after_t(tx_number t) { return {.now = false, .after = t}; }
  /// After a place that is checked.
  [[nodiscard]] static start_at after_place(tx_number t, std::uint64_t short_hash) {
    return {.now = false, .after = t, .hash = short_hash};
  }
  /// After a cursor, in a shard: its database, lineage and place are checked. One that does not
  /// speak of that shard is refused as one of another shard. @pre at.valid()
  [[nodiscard]] static start_at after_cursor(const cursor& at, shard_id shard = {});
  /// The transaction t is the first; @pre t > 0.
  [[nodiscard]] static start_at from_t(tx_number t) { return after_t(tx_number(t.get() - 1)); }
  /// Where the named cursor stands; `otherwise` while it was never acknowledged.
  [[nodiscard]] static start_at named(start_at otherwise) {
    otherwise.stored = true;
    return otherwise;
  }
};

/// What no stream can begin with, and no cursor be called. @errors invalid_argument
[[nodiscard]] result<void> check_open(const start_at& start, std::string_view cursor_name);

/// A place, and when its transaction happened; instant(0) where nobody knows.
struct stream_point {
  stream_place place;
  instant when;
  bool operator==(const stream_point&) const = default;
};

/// A record of a slice and which of its datoms pass.
struct slice_item {
  record_ptr record;
  matched_runs matched;
};

/// A part of a log as one filter sees it: the records that pass between two places. Immutable and
/// shared by all sessions at that place.
struct stream_slice {
  stream_place from;             ///< exclusive
  stream_point through;          ///< the last item, or behind it: then what is between did not pass
  std::vector<slice_item> items; ///< at least one
};
using slice_ptr = std::shared_ptr<const stream_slice>;

// -- from the subscriber ---

struct open_frame {
  epoch of;
  stream_origin origin; ///< database zero: whichever it is, of any lineage
  start_at start;
  std::string name; ///< of the cursor it acknowledges; "" for none
  attribute_filter filter;
  std::uint64_t granted = 0; ///< as in credit_frame
};
/// How many bytes it may be sent in this epoch, all in all. Cumulative: one that is lost or
/// repeated does no harm, and the greatest counts.
struct credit_frame {
  epoch of;
  std::uint64_t granted = 0;
};
/// It is done with everything up to here: the named cursor moves.
struct ack_frame {
  epoch of;
  tx_number t;
  std::uint64_t hash = 0;
};
/// It is there. Says again what it last granted and acknowledged, in case that was lost.
struct heartbeat_frame {
  epoch of;
  std::uint64_t granted = 0;
  tx_number acked; ///< 0: nothing
  std::uint64_t acked_hash = 0;
};
/// It wants no more.
struct close_frame {
  epoch of;
};

// -- from the publisher: seq counts from 1 in each epoch ---

struct opened_frame {
  epoch of;
  std::uint64_t seq = 0;
  stream_origin origin;
  stream_point at; ///< the stream begins after it
  tx_number head;
};
/// Attributes that records from now on may use, or that changed.
struct schema_frame {
  epoch of;
  std::uint64_t seq = 0;
  std::shared_ptr<const std::vector<attribute>> attributes; ///< ascending by id, without checks
};
struct records_frame {
  epoch of;
  std::uint64_t seq = 0;
  slice_ptr what;
};
/// What a record that is too large for a frame begins with.
struct fragment_head {
  stream_place from; ///< the place before it, as a slice has
  stream_place record;
  hash128 before; ///< chain before the record
  matched_runs matched;
  std::uint32_t total = 0; ///< bytes of its payload
};
struct fragment_frame {
  epoch of;
  std::uint64_t seq = 0;
  std::optional<fragment_head> head; ///< of the first one
  std::uint32_t offset = 0;
  shared_bytes part;
};
/// Nothing was kept back up to `at`. The heartbeat, too.
struct watermark_frame {
  epoch of;
  std::uint64_t seq = 0;
  stream_point at;
  tx_number head;
};
/// It fell behind what is in memory, and is served from the log until it has caught up.
struct lagged_frame {
  epoch of;
  std::uint64_t seq = 0;
  tx_number at;
  tx_number head;
};
/// There is no such session (any more). seq 0: there was none.
struct closed_frame {
  epoch of;
  std::uint64_t seq = 0;
  wire_error why;

  [[nodiscard]] static closed_frame because(epoch of, std::uint64_t seq, const error& why) {
    return {of, seq, wire_error::because(why)};
  }
};

using client_frame =
    std::variant<open_frame, credit_frame, ack_frame, heartbeat_frame, close_frame>;
using server_frame = std::variant<opened_frame, schema_frame, records_frame, fragment_frame,
                                  watermark_frame, lagged_frame, closed_frame>;
using frame = std::variant<client_frame, server_frame>;

/// The bytes of a frame, at most limits::frame_bytes_max. Cost: O(size), one allocation.
/// @pre its contents keep the rules of docs/formats/stream.md, as all frames do that a publisher,
/// a subscriber or decode() made (asserted)
[[nodiscard]] bytes encode(const client_frame& f);
[[nodiscard]] bytes encode(const server_frame& f);

/// A frame that shares `wire`, which may not be null: its payloads point into it. It begins at
/// `from` and takes all that follows. @pre from <= wire->size()
/// @errors malformed_frame{section}, unsupported_version{version}; malformed_record and
/// unsupported_version{..} of a record's head. Cost: O(size).
[[nodiscard]] result<frame> decode(std::shared_ptr<const bytes> wire, std::size_t from = 0);
/// As decode(), of one side's frames only: malformed_frame for the other's.
[[nodiscard]] result<client_frame> decode_client(std::shared_ptr<const bytes> wire,
                                                 std::size_t from = 0);
[[nodiscard]] result<server_frame> decode_server(std::shared_ptr<const bytes> wire,
                                                 std::size_t from = 0);

/// The session and attempt a frame is about. Cost: O(1).
[[nodiscard]] epoch epoch_of(const client_frame& f) noexcept;
[[nodiscard]] epoch epoch_of(const server_frame& f) noexcept;
/// Its number in its epoch. Cost: O(1).
[[nodiscard]] std::uint64_t seq_of(const server_frame& f) noexcept;

/// An upper bound of what an item takes in a frame, its payload included. Cost: O(runs).
[[nodiscard]] std::size_t frame_bytes(const slice_item& item) noexcept;
/// What a frame takes beside its items, at most.
inline constexpr std::size_t frame_head_bytes = 128;

} // namespace weft::stream
