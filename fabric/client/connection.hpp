// A connection of a program without actors to a node: requests, their answers, streams. There is no
// thread: bytes move while somebody waits here.
//
//   WEFT_TRY(auto node, connection::open({.endpoints = {*parse_endpoint("127.0.0.1:7400")}}));
//   WEFT_TRY(const auto answer, node.ask(status_request{}));              // sends, and waits
//
//   WEFT_TRY(const auto first, node.send(transact_request{...}));         // many under way
//   WEFT_TRY(const auto second, node.send(transact_request{...}));
//   WEFT_TRY(const auto done, node.wait(first));
//
// When it breaks, everything under way is answered: a transaction with outcome_unknown, the rest
// with unreachable; later requests are unreachable. The same two say that an answer did not come in
// time; a late one is dropped. Who is silent for
// limits::connection_silence_us, and does not wait here meanwhile, is cut by the node.
// Blocking, confined to one thread. @source docs/formats/protocol.md
#pragma once

#include "weft/core/protocol/client_session.hpp"
#include "weft/fabric/client/stream_socket.hpp"

#include <deque>
#include <functional>
#include <map>

namespace weft::client {

using protocol::answer_body;
using protocol::request_body;

struct connect_options {
  std::vector<endpoint> endpoints = {}; ///< tried in turn
  std::string cluster = {};             ///< the name it must have; "": whichever
  database_id database = {};            ///< likewise; zero: whichever
  std::string principal = {};
  std::string program = {};
  std::int64_t connect_us = limits::handshake_us; ///< for each endpoint, handshake included
  /// Called about ten times a second while open() of a connection, a database or a tail waits, and
  /// what has no time of its own to come back (database.hpp); `why` there is no connection, or
  /// null. False ends what waits, with interrupted.
  std::function<bool(const error* why)> while_waiting = {};

  /// How long one waits until while_waiting is asked.
  static constexpr std::int64_t look_us = 100'000;
  /// Whether to go on waiting. @errors interrupted
  [[nodiscard]] result<void> go_on(const error* why) const;
};

class connecting;

class connection {
 public:
  /// Tries the endpoints in turn, until a node welcomes it. Cost: up to connect_us for each.
  /// @errors unreachable (with every reason), cluster_mismatch, database_mismatch,
  /// protocol_mismatch, access_denied; invalid_argument without endpoints; interrupted
  [[nodiscard]] static result<connection> open(const connect_options& how);

  connection(connection&&) noexcept = default;
  connection& operator=(connection&&) noexcept = default;
  /// Says goodbye, if that is possible at once.
  ~connection();

  [[nodiscard]] const protocol::welcome_message& node() const noexcept { return node_; }
  [[nodiscard]] const endpoint& at() const noexcept { return at_; }
  /// Why it is over, once it is.
  [[nodiscard]] const std::optional<error>& ended() const noexcept { return ended_; }

  /// Sends a request; the number that its answer has. Cost: its bytes; waits for `within` when the
  /// node does not take them: what is left then goes with the next bytes.
  /// @errors unreachable, input_too_large, nesting_too_deep; overloaded when
  /// limits::connection_requests_max are under way, those that nobody waits for among them
  [[nodiscard]] result<std::uint64_t> send(request_body what, std::int64_t within_us = patience_us);
  /// Waits for the answer, for `within` at most. An answer is taken once; after `within` it may be
  /// waited for again. @errors those the node answered; when the connection broke or after
  /// `within`, outcome_unknown of a transaction, and unreachable of what changes nothing;
  /// invalid_argument for a number that is not under way
  [[nodiscard]] result<answer_body> wait(std::uint64_t id, std::int64_t within_us);
  /// The answer; nothing: it is `until` of the steady clock. @errors as wait, but for the time
  [[nodiscard]] std::optional<result<answer_body>> take(std::uint64_t id, instant until);
  /// The answer, if it is there; moves bytes without waiting. @errors as wait
  [[nodiscard]] std::optional<result<answer_body>> take(std::uint64_t id);
  /// Takes what has come, without waiting: so one that broke is known to have. Cost: a system call.
  void look();
  /// Nobody will take this answer.
  void forget(std::uint64_t id);
  /// send() and wait(), for `within` together, and forget() what did not come in time.
  [[nodiscard]] result<answer_body> ask(request_body what, std::int64_t within_us = patience_us);

  /// Requests of this connection without an answer, those that nobody waits for among them.
  [[nodiscard]] std::size_t under_way() const noexcept { return machine_.under_way(); }
  /// Bytes of a request that is under way.
  [[nodiscard]] std::size_t bytes_of(std::uint64_t id) const { return under_way_.at(id).bytes; }

  /// Sends a frame of a stream; what the node does not take at once goes with the next bytes.
  /// @errors unreachable
  [[nodiscard]] result<void> send(const stream::client_frame& frame);
  /// Frames that came, in order; waits for the first one until `deadline` of the steady clock.
  [[nodiscard]] std::deque<stream::server_frame> frames(instant deadline);

  /// How long ask() waits.
  static constexpr std::int64_t patience_us = 60'000'000;

 private:
  friend class connecting;
  connection(stream_socket socket, endpoint at, protocol::client_session machine);

  struct request {
    bool may_change;
    std::size_t bytes;
  };
  [[nodiscard]] bool shake_hands(instant until);
  void perform(protocol::client_session::effects& effects);
  void move_bytes(instant deadline);
  void flush(instant deadline);
  void drop_sent();
  void read_all();
  void break_off(const error& why);

  stream_socket socket_;
  endpoint at_;
  protocol::client_session machine_;
  protocol::welcome_message node_;
  bytes unsent_;
  std::size_t sent_ = 0; ///< of unsent_
  std::map<std::uint64_t, answer_body> answers_;
  std::map<std::uint64_t, request> under_way_;
  std::deque<stream::server_frame> frames_;
  std::optional<error> ended_;
};

/// A connection on its way: endpoints are tried in turn, and it may be left and come back to.
/// Confined to one thread.
class connecting {
 public:
  explicit connecting(connect_options how) : how_(std::move(how)) {}

  /// The connection, or why there is none; then it is over. Nothing: at `until` of the steady clock
  /// it is not known yet. Waits longer only for the resolver of a name. @errors as connection::open
  [[nodiscard]] std::optional<result<connection>> go_on(instant until);

 private:
  [[nodiscard]] std::optional<error> begin_next();
  void add_reason(const error& why);
  void greet(stream_socket socket, const endpoint& at);

  connect_options how_;
  std::size_t next_ = 0; ///< endpoint
  instant deadline_ = {};
  std::optional<dialing> socket_;
  std::optional<connection> made_; ///< which shakes hands
  std::optional<error> why_;       ///< the ones before failed
};

} // namespace weft::client
