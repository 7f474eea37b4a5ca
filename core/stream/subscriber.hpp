// The subscriber's side of the protocol: asks for a stream, checks that nothing is missing, doubled
// or damaged, and hands on each commit exactly once and in order. A step machine without I/O.
//
//   subscriber s(options);                           // a random session number in the options
//   s.step(subscriber::connected{}, {now_us, random}, out);
//   for (auto& e : out) std::visit(perform, e);      // in order
//
// What it checks: the epoch and the sequence number of each frame; that each record continues the
// one before it; and by the chain hash that its bytes are those that were committed (with a filter:
// each record by itself). On loss, silence or a broken connection it opens again at its place, with
// a new epoch, after a pause that doubles and has jitter. Only errors of the cursor and others that
// will not pass end it.
//
// The consumer gets one message for each delivery; those with `ends_window` as a request, whose
// reply is the event `consumed`. That is all of flow control: credit follows what was consumed.
// Pausing closes the session and resuming opens one at the place: nothing is buffered meanwhile.
// Not thread-safe: confined to its owner. @source docs/formats/stream.md
#pragma once

#include "weft/core/stream/frame.hpp"

namespace weft::stream {

class subscriber {
 public:
  struct options {
    std::uint64_t session = 0; ///< drawn at random, once for each subscriber
    stream_origin origin;      ///< database zero: whichever answers
    start_at start;            ///< its origin, if it has one, counts for the one above
    attribute_filter filter = {};
    std::string name = {}; ///< of the cursor to acknowledge, at most cursor_name_bytes_max; or ""
    /// Clamped to limits::stream_window_bytes_min .. _max.
    std::size_t window_bytes = limits::stream_window_bytes_default;
    std::int64_t heartbeat_us = limits::stream_heartbeat_us;
    std::int64_t silence_us = limits::stream_silence_us;
    std::int64_t backoff_us_min = limits::stream_backoff_us_min;
    std::int64_t backoff_us_max = limits::stream_backoff_us_max;
  };
  /// When an event happened, and a number that nobody can foresee.
  struct moment {
    std::int64_t now_us; ///< of a clock that does not jump
    std::uint64_t random;
  };

  // -- events ---

  /// There is a connection to a publisher of the shard: at the start, and as answer to reconnect.
  struct connected {};
  /// The connection broke, or there is none to be had.
  struct disconnected {};
  struct received {
    server_frame what;
  };
  /// The consumer is done with everything up to the delivery that carried this token.
  struct consumed {
    std::uint64_t token;
  };
  /// The consumer's work up to t is durable: moves its named cursor. Only places that were
  /// delivered count.
  struct ack {
    tx_number t;
    std::uint64_t hash; ///< short_hash there
  };
  struct pause {};
  struct resume {};
  struct unsubscribe {};
  struct tick {}; ///< ten times a second is often enough

  // -- effects, in order ---

  struct send {
    client_frame what;
  };
  /// A commit for the consumer.
  struct delivery {
    wal_batch batch;
    std::uint64_t token = 0;
    bool ends_window = false; ///< ask for a reply, and tell `consumed` when it comes
  };
  /// Wanted: a new connection. `connected` or `disconnected` is the answer.
  struct reconnect {};

  // -- effects: control notices, which a consumer may ignore ---

  /// The stream is open, for the first time or again: everything after `at` will come.
  struct opened {
    stream_point at;
    tx_number head;
    std::uint32_t attempt;
  };
  /// It fell behind, and is served from the log.
  struct lagged {
    tx_number at;
    tx_number head;
  };
  /// Frames were lost or damaged: it opens again at its place, so nothing is missing.
  struct gap {
    stream_place at;
    error why;
  };
  /// Nothing was kept back up to here.
  struct watermark {
    stream_point at;
    tx_number head;
  };
  struct schema_changed {
    std::shared_ptr<const weft::schema> names;
  };
  /// The last thing it says. No reason: unsubscribed.
  struct closed {
    std::optional<error> reason;
  };

  using effect = std::variant<send, delivery, reconnect, opened, lagged, gap, watermark,
                              schema_changed, closed>;
  using effects = std::vector<effect>;

  enum class stage : std::uint8_t {
    unconnected, ///< before the first `connected`
    connecting,  ///< a new connection was asked for
    waiting,     ///< until it may try again
    opening,     ///< asked, not answered
    open,
    paused,
    closed,
  };

  struct counters {
    std::uint64_t records = 0; ///< delivered
    std::uint64_t bytes = 0;   ///< of credit
    std::uint64_t stale = 0;   ///< frames of other epochs, ignored
    std::uint64_t doubled = 0; ///< frames that came twice, ignored
    std::uint64_t gaps = 0;    ///< frames that were missing
    std::uint64_t broken = 0;  ///< frames that did not fit or were damaged
    std::uint64_t silences = 0;
    std::uint64_t refused = 0; ///< by the publisher, to be tried again
    std::uint64_t opened = 0;
    std::uint64_t reassembled = 0; ///< records that came in fragments
  };

  explicit subscriber(options how);

  /// Events add their effects to `out`. @errors none of their own: an end is told by `closed`.
  /// Cost of received: O(bytes of the frame).
  void step(const connected& event, moment at, effects& out);
  void step(const disconnected& event, moment at, effects& out);
  void step(const received& event, moment at, effects& out);
  void step(const consumed& event, moment at, effects& out);
  void step(const ack& event, moment at, effects& out);
  void step(const pause& event, moment at, effects& out);
  void step(const resume& event, moment at, effects& out);
  void step(const unsubscribe& event, moment at, effects& out);
  void step(const tick& event, moment at, effects& out);

  [[nodiscard]] stage phase() const noexcept { return phase_; }
  /// To resume after everything that was delivered; nothing before the stream was first opened.
  [[nodiscard]] std::optional<weft::cursor> cursor() const;
  /// Of what the stream is; database zero while nobody has answered.
  [[nodiscard]] const stream_origin& origin() const noexcept { return how_.origin; }
  /// Its place; nothing before the stream was first opened.
  [[nodiscard]] const std::optional<stream_point>& at() const noexcept { return at_; }
  [[nodiscard]] const counters& counts() const noexcept { return counts_; }
  /// Bytes delivered and not consumed.
  [[nodiscard]] std::uint64_t outstanding() const noexcept { return delivered_ - consumed_; }

 private:
  /// A record that arrives in fragments.
  struct partial {
    fragment_head head;
    bytes so_far;
  };
  /// Why a frame cannot be what the publisher sent; nothing: it was taken.
  using verdict = std::optional<error>;

  void open(moment at, effects& out);
  void lose(const error& why, bool connection, moment at, effects& out);
  void give_up(std::optional<error> why, effects& out);
  void know(std::shared_ptr<const schema> names);
  void grant(moment at, effects& out);
  void say(client_frame what, moment at, effects& out);
  void deliver(record_ptr record, matched_runs matched, effects& out);
  [[nodiscard]] std::uint64_t allowance() const noexcept;
  [[nodiscard]] bool is_next(const server_frame& what, moment at, effects& out);
  [[nodiscard]] verdict take(const opened_frame& f, effects& out);
  [[nodiscard]] verdict take(const schema_frame& f, effects& out);
  [[nodiscard]] verdict take(const records_frame& f, effects& out);
  [[nodiscard]] verdict take(const fragment_frame& f, effects& out);
  [[nodiscard]] verdict take(const watermark_frame& f, effects& out);
  [[nodiscard]] verdict take(const lagged_frame& f, effects& out);
  [[nodiscard]] verdict move_to(const stream_point& to);
  [[nodiscard]] verdict take_item(const slice_item& item);
  void refused(const closed_frame& f, moment at, effects& out);

  options how_;
  stage phase_ = stage::unconnected;
  bool connected_ = false;
  std::uint32_t attempt_ = 0;
  std::uint64_t next_seq_ = 1;
  std::optional<stream_point> at_;
  stream_context_ptr context_; ///< of the batches that come next
  std::optional<partial> partial_;
  std::uint64_t received_ = 0;  ///< bytes of credit, in this epoch
  std::uint64_t granted_ = 0;   ///< in this epoch
  std::uint64_t delivered_ = 0; ///< bytes of credit, ever
  std::uint64_t consumed_ = 0;
  std::uint64_t window_ends_ = 0; ///< of the last delivery that ended a window
  std::optional<ack> acked_;
  std::uint32_t failures_ = 0; ///< attempts since something arrived
  std::int64_t retry_us_ = 0;
  std::int64_t heard_us_ = 0;
  std::int64_t said_us_ = 0;
  counters counts_;
};

} // namespace weft::stream
