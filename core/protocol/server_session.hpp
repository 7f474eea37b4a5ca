// The node's side of one connection: shakes hands, numbers what is under way, refuses what is too
// much, and notices when nobody is there any more. A step machine without I/O; what carries the
// bytes and what executes requests is around it.
//
//   server_session s(options, now_us);
//   s.step(server_session::received{piece}, effects);
//   for (auto& e : effects) std::visit(perform, e);          // in order
//   ...
//   s.step(server_session::answered{id, what}, effects);     // later, in any order
//
// A client that lies, is slow or silent costs a bounded amount: one message that is not whole,
// limits::connection_* of requests under way, and its own streams' windows. It has to say hello
// within the handshake time, and something within the silence time, or is cut.
// Not thread-safe: confined to its owner. @source docs/formats/protocol.md
#pragma once

#include "weft/core/protocol/message.hpp"
#include "weft/core/protocol/packet.hpp"
#include "weft/core/stream/frame.hpp"

#include <map>
#include <span>

namespace weft::protocol {

/// Who a node is, for the handshake.
struct server_identity {
  std::string cluster = {};
  database_id database = {};
  std::uint64_t lineage = 1;
  std::string node = {};
  std::uint16_t shards = 1;
};

class server_session {
 public:
  struct options {
    server_identity who;
    std::size_t requests_max = limits::connection_requests_max;
    std::size_t request_bytes_max = limits::connection_request_bytes_max;
    std::size_t streams_max = limits::connection_streams_max;
    std::int64_t handshake_us = limits::handshake_us;
    std::int64_t silence_us = limits::connection_silence_us;
    std::optional<error> refused = {}; ///< what its hello is answered with, if not with a welcome
  };

  // -- events ---

  /// Bytes of the client, as they came.
  struct received {
    bytes_view piece;
    std::int64_t now_us; ///< of a clock that does not jump
  };
  /// What became of a request that was to be executed. One for each; others are ignored.
  struct answered {
    std::uint64_t id;
    answer_body what;
  };
  /// Frames of the publisher for this client, in order, at least one.
  struct streamed {
    std::span<const stream::server_frame> frames;
  };
  /// The node wants to end: no more requests are taken, what is under way is answered first.
  struct drain {
    error why;
  };
  struct tick {
    std::int64_t now_us;
  };

  // -- effects, in order ---

  /// Bytes for the client.
  struct write {
    bytes packets;
  };
  /// To be executed, and answered.
  struct execute {
    std::uint64_t id;
    request_body what;
  };
  /// For the publisher.
  struct stream_in {
    stream::client_frame what;
  };
  /// The client was welcomed.
  struct opened {
    hello_message by;
  };
  /// It is over: nothing more is written or executed. Frees what belongs to it: views, streams.
  struct ended {
    std::optional<error> why; ///< none: it left by itself
  };
  using effect = std::variant<write, execute, stream_in, opened, ended>;
  using effects = std::vector<effect>;

  enum class stage : std::uint8_t { handshake, open, draining, ended };

  struct counters {
    std::uint64_t requests = 0;
    std::uint64_t refused = 0; ///< overloaded
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  };

  server_session(options how, std::int64_t now_us);

  /// Events add their effects to `out`. @errors none of their own. What a client does wrong ends
  /// the connection with goodbye{why}. Cost of received: O(bytes).
  void step(const received& event, effects& out);
  void step(answered event, effects& out);
  /// Takes as many of the first frames as go together in one; how many. So what is written at a
  /// time stays small, however much there is for all streams.
  [[nodiscard]] std::size_t step(const streamed& event, effects& out);
  void step(const drain& event, effects& out);
  void step(const tick& event, effects& out);

  [[nodiscard]] stage phase() const noexcept { return phase_; }
  [[nodiscard]] const counters& counts() const noexcept { return counts_; }
  /// Requests that are executed.
  [[nodiscard]] std::size_t under_way() const noexcept { return pending_.size(); }
  [[nodiscard]] const hello_message& client() const noexcept { return client_; }

 private:
  void take(bytes wire, effects& out);
  void take_frame(bytes wire, effects& out);
  void take_hello(hello_message m, effects& out);
  void take_request(request_message m, std::size_t size, effects& out);
  [[nodiscard]] std::optional<error> objection(const hello_message& m) const;
  void say(const message& m, effects& out);
  void send(write packed, effects& out);
  void end(std::optional<error> why, effects& out);
  void end_when_drained(effects& out);

  options how_;
  stage phase_ = stage::handshake;
  packet_reader in_;
  hello_message client_;
  std::map<std::uint64_t, std::size_t> pending_; ///< id -> bytes of the request
  std::size_t pending_bytes_ = 0;
  std::map<std::uint64_t, std::uint32_t> streams_; ///< session -> newest attempt
  std::optional<error> draining_;
  std::int64_t began_us_;
  std::int64_t heard_us_;
  std::int64_t asked_us_ = 0; ///< when the last ping was sent
  counters counts_;
};

} // namespace weft::protocol
