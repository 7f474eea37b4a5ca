// The publisher of a shard: sends committed records to everybody who subscribed. A step machine
// without I/O: events in, effects out.
//
// There is one sequencing point. A session is a place in the log, and the log is the truth; a ring
// of recent records is a hint that saves reading it. Whoever needs what the ring does not hold any
// more asks for the log (read_log), together with all others at the same place. So replay becomes
// live without modes, gap or overlap, and a slow subscriber costs no memory.
//
//   publisher p(state, options);
//   publisher::effects out;
//   p.step(publisher::committed{records}, out);   // several at once: one frame for many
//   perform(out);                                 // in the order of each vector
//   out.clear();                                  // and used again: no allocation
//
// Two kinds of subscribers share all of this: connections that speak frames (received), and actors
// of the same process that take values (subscribe). Time comes with tick; nothing else looks at a
// clock. Not thread-safe: confined to its owner.
// @source docs/formats/stream.md; docs/decisions/0090, 0091
#pragma once

#include "weft/core/stream/filter_groups.hpp"
#include "weft/core/stream/frame_channel.hpp"
#include "weft/core/stream/log_reads.hpp"
#include "weft/core/stream/named_cursors.hpp"
#include "weft/core/stream/recent_records.hpp"
#include "weft/core/stream/session.hpp"

#include <span>
#include <unordered_map>

namespace weft::stream {

class publisher {
 public:
  struct options {
    std::size_t ring_bytes = limits::stream_ring_bytes;
    std::size_t read_bytes = limits::stream_read_bytes_max;
    std::size_t sessions_max = limits::stream_sessions_max;
    std::int64_t idle_us = limits::stream_idle_us;
    std::int64_t heartbeat_us = limits::stream_heartbeat_us;
    std::int64_t silence_us = limits::stream_silence_us;
  };
  /// What recovery knows.
  struct state {
    stream_origin origin;
    stream_point head;                          ///< the newest committed transaction
    std::shared_ptr<const weft::schema> schema; ///< after it
    std::vector<named_cursor> cursors = {};     ///< that the cluster keeps for this shard
    std::int64_t now_us = 0;                    ///< of a clock that does not jump
  };

  // -- events ---

  /// A committed transaction. `schema_after` only when it changed the schema, else null.
  struct committed_record {
    tx_number t;
    instant when;
    hash128 chain; ///< h_t
    std::shared_ptr<const bytes> payload;
    std::shared_ptr<const weft::schema> schema_after = {};
  };
  /// Everything that was committed since the last one, in order, after it is durable.
  struct committed {
    std::span<const committed_record> records;
  };
  /// A subscriber of this process. It is never silent: tell `gone` when it ends.
  struct subscribe {
    session_key who;
    subscription what;
  };
  struct credit {
    session_key who;
    std::uint64_t granted; ///< cumulative
  };
  struct ack {
    session_key who;
    tx_number t;
    std::uint64_t hash; ///< short_hash there
  };
  struct unsubscribe {
    session_key who;
  };
  /// A frame arrived from a connection.
  struct received {
    peer_id from;
    client_frame what;
  };
  /// A connection broke, or a local subscriber ended: all its sessions are forgotten.
  struct gone {
    peer_id who;
  };
  /// The answer to read_log: the records after `after`, in order and without gap, as many as there
  /// are up to its size; at least one if there is one.
  struct log_read {
    stream_place after; ///< t as it was asked for, and the chain there
    std::vector<record_ptr> records;
  };
  /// log_pruned{earliest} when the log does not reach back; a retryable error is tried again with
  /// the next tick; any other ends the sessions that need it.
  struct log_failed {
    tx_number after;
    error reason;
  };
  /// What store_cursor asked for is durable, or it failed (and is asked for again after a tick).
  struct cursor_stored {
    named_cursor what;
    bool durable = true;
  };
  struct tick {
    std::int64_t now_us; ///< monotonic; ten times a second is often enough
  };

  // -- effects ---

  struct send {
    peer_id to;
    server_frame what;
  };
  struct tell {
    session_key who;
    session_output what;
  };
  /// Wanted: the records after `after`, about `bytes` of them. One answer each.
  struct read_log {
    tx_number after;
    std::size_t bytes;
  };
  /// Wanted: this position of a named cursor, durable. One at a time for each name, the newest.
  struct store_cursor {
    named_cursor what;
  };
  /// A session is over; what it got. Said of sessions of both kinds, after what they were told.
  struct session_ended {
    session_key who;
    error reason; ///< closed when it left by itself
    session_counts counts;
  };
  struct effects {
    std::vector<send> sends;
    std::vector<tell> tells;
    std::vector<read_log> reads;
    std::vector<store_cursor> stores;
    std::vector<session_ended> ended;
    void clear() noexcept;
  };

  /// What happened so far.
  struct counters {
    std::uint64_t records = 0;     ///< committed
    std::uint64_t sent = 0;        ///< records, to each session
    std::uint64_t skipped = 0;     ///< records that did not pass, for each session
    std::uint64_t evaluations = 0; ///< of a filter on a record
    std::uint64_t slices = 0;      ///< made; sessions at one place share one
    std::uint64_t frames = 0;
    std::uint64_t reads = 0; ///< of the log
    std::uint64_t lagged = 0;
    std::uint64_t opened = 0;
    std::uint64_t refused = 0; ///< subscriptions
    std::uint64_t silent = 0;  ///< sessions that were given up
    std::uint64_t stale_frames = 0;
    std::uint64_t acks_refused = 0; ///< beyond what was sent, or of another history
  };

  publisher(const state& from, options how);

  /// Events add their effects to `out`. @errors none of their own: what goes wrong is told to
  /// whom it concerns. Refusals of a subscription: cursor_invalid (another database),
  /// cursor_diverged, cursor_ahead{head}, cursor_too_old{earliest}, overloaded.
  /// Cost of committed: O(records + sessions that wait for them), one slice for each filter.
  void step(const committed& event, effects& out);
  void step(const subscribe& event, effects& out);
  void step(const credit& event, effects& out);
  void step(const ack& event, effects& out);
  void step(const unsubscribe& event, effects& out);
  void step(const received& event, effects& out);
  void step(const gone& event, effects& out);
  void step(const log_read& event, effects& out);
  void step(const log_failed& event, effects& out);
  void step(const cursor_stored& event, effects& out);
  /// Cost: O(sessions).
  void step(const tick& event, effects& out);

  [[nodiscard]] const stream_point& head() const noexcept { return head_; }
  [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }
  [[nodiscard]] counters counts() const noexcept;
  /// Bytes of the ring.
  [[nodiscard]] std::size_t ring_bytes() const noexcept { return recent_.bytes(); }
  /// What a session got so far; nothing when there is none. Cost: O(1).
  [[nodiscard]] std::optional<session_counts> counts_of(const session_key& who) const;

 private:
  /// A session with what turns its outputs into frames; a local one has none.
  struct seat {
    stream::session session;
    std::optional<frame_channel> channel;
    bool over = false; ///< to be forgotten at the end of the step
  };
  struct key_hash {
    std::size_t operator()(const session_key& k) const noexcept;
  };

  // -- publisher.cpp: what is sent ---
  void pump(seat& to, effects& out);
  [[nodiscard]] bool advance(seat& to, const record_source& source, tx_number last, effects& out);
  void read_for(seat& to, effects& out);
  void say(seat& to, session_output what, effects& out);
  void finish(effects& out);
  void take_read(seat& to, const log_read& event, std::span<record_entry> entries, effects& out);
  [[nodiscard]] seat* waits_for(const session_key& key, tx_number after) const;
  [[nodiscard]] std::optional<std::vector<record_entry>> entries_of(const log_read& event) const;

  // -- publisher_sessions.cpp: who is there ---
  void open(const session_key& key, const subscription& what, std::optional<frame_channel> channel,
            effects& out);
  void begin(seat& at, const stream_point& from, effects& out);
  void refuse(const session_key& key, const std::optional<frame_channel>& channel, const error& why,
              effects& out);
  void end(seat& at, const error& why, bool tell_it, effects& out);
  void acknowledge(seat& by, tx_number t, std::uint64_t hash, effects& out);
  void receive(peer_id from, const open_frame& f, effects& out);
  void receive(seat& at, const client_frame& f, effects& out);
  [[nodiscard]] std::optional<error> objection(const subscription& what) const;
  [[nodiscard]] std::optional<stream_point> known_point(tx_number t) const noexcept;
  [[nodiscard]] seat* find(const session_key& key) const;

  options how_;
  stream_origin origin_;
  stream_point head_;
  std::int64_t now_us_;
  recent_records recent_;
  schema_history schema_;
  filter_groups filters_;
  named_cursors cursors_;
  log_reads reads_;
  stream_context_ptr context_; ///< of batches that are made now
  std::vector<std::unique_ptr<seat>> sessions_;
  std::unordered_map<session_key, std::size_t, key_hash> by_key_;
  std::size_t over_ = 0;                  ///< seats that are over
  std::vector<server_frame> frames_;      ///< between a channel and the effects
  std::vector<log_reads::wanted> wanted_; ///< likewise
  std::vector<named_cursor> to_store_;    ///< likewise
  counters counts_;
};

} // namespace weft::stream
