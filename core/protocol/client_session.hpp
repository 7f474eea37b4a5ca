// The client's side of one connection: shakes hands, numbers requests, and gives each exactly one
// answer, if only that the connection broke. A step machine without I/O.
//
//   client_session c(options, now_us);
//   c.step(client_session::begin{}, effects);                        // says hello
//   c.step(client_session::received{piece, now_us}, effects);        // welcomed, answered, ...
//   const auto id = c.ask(transact_request{...}, effects);
//
// Requests are taken when the client was welcomed, not before. A request whose answer never came is
// answered with outcome_unknown when it may have been executed (retry with the same request id,
// on another connection), else with unreachable.
// Not thread-safe: confined to its owner. @source docs/formats/protocol.md
#pragma once

#include "weft/core/protocol/message.hpp"
#include "weft/core/protocol/packet.hpp"
#include "weft/core/stream/frame_bundle.hpp"

#include <map>

namespace weft::protocol {

class client_session {
 public:
  struct options {
    hello_message who = {};
    std::int64_t handshake_us = limits::handshake_us;
    std::int64_t silence_us = limits::connection_silence_us;
  };

  // -- events ---

  /// The carrier is connected.
  struct begin {};
  struct received {
    bytes_view piece;
    std::int64_t now_us;
  };
  /// A frame for the publisher.
  struct stream_out {
    stream::client_frame what;
  };
  /// The client has had enough.
  struct leave {};
  /// The carrier broke.
  struct broken {
    error why;
  };
  struct tick {
    std::int64_t now_us;
  };

  // -- effects, in order ---

  struct write {
    bytes packets;
  };
  struct welcomed {
    welcome_message by;
  };
  struct answered {
    std::uint64_t id;
    answer_body what;
  };
  struct stream_in {
    stream::server_frame what;
  };
  /// It is over; every request that was under way was answered before.
  struct ended {
    error why; ///< closed when the client left
  };
  using effect = std::variant<write, welcomed, answered, stream_in, ended>;
  using effects = std::vector<effect>;

  enum class stage : std::uint8_t { handshake, open, ended };

  client_session(options how, std::int64_t now_us);

  /// Events add their effects to `out`. @errors none of their own. What the node does wrong ends
  /// the session. Cost of received: O(bytes).
  void step(const begin& event, effects& out);
  void step(const received& event, effects& out);
  void step(const stream_out& event, effects& out);
  void step(const leave& event, effects& out);
  void step(const broken& event, effects& out);
  void step(const tick& event, effects& out);

  /// Sends a request; its number. Cost: O(size).
  /// @errors unreachable when the client is not welcome (any more); input_too_large;
  /// nesting_too_deep of a transaction
  [[nodiscard]] result<std::uint64_t> ask(request_body what, effects& out);

  /// The bytes of a request that ask() would take. Cost: O(size).
  /// @errors input_too_large; nesting_too_deep of a transaction
  [[nodiscard]] static result<bytes> encoded(std::uint64_t id, request_body what);

  /// Nobody waits for this answer any more: it is dropped when it comes. Cost: O(log n).
  void forget(std::uint64_t id);

  [[nodiscard]] stage phase() const noexcept { return phase_; }
  /// Requests without an answer, those that nobody waits for among them.
  [[nodiscard]] std::size_t under_way() const noexcept { return pending_.size(); }

 private:
  struct asked {
    bool may_change;
    bool wanted = true;
  };
  void take(bytes wire, effects& out);
  void take_frame(bytes wire, effects& out);
  void take_welcome(welcome_message m, effects& out);
  void take_answer(answer_message m, effects& out);
  [[nodiscard]] std::optional<error> objection(const welcome_message& m) const;
  void say(const message& m, effects& out);
  void send(bytes_view wire, effects& out);
  void end(const error& why, effects& out);

  options how_;
  stage phase_ = stage::handshake;
  packet_reader in_;
  stream::slice_memory last_records_; ///< other streams of this connection may get the same
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, asked> pending_; ///< by id
  std::int64_t began_us_;
  std::int64_t heard_us_;
  std::int64_t asked_us_ = 0;
};

} // namespace weft::protocol
