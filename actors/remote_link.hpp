// The client's end of a connection to a database in another process: an actor around
// protocol::client_session, for all who use the database here.
//
// It connects to the endpoints in turn, again when the connection breaks, after pauses that double
// and have jitter. Every transaction has a request id. One whose answer did not come is sent again
// with its id, on whatever connection there is, until its deadline; then its outcome is unknown.
// Other requests end with their connection. Streams go on at their places (stream_proxy.hpp).
//
// What a retry does not mend ends it for good: another cluster, another database, no version of the
// protocol in common, at all endpoints. The database that was found first is the one it stays with.
#pragma once

#include "weft/actors/remote_messages.hpp"
#include "weft/core/protocol/client_session.hpp"

#include <map>
#include <set>
#include <unordered_map>

namespace weft::actors {

/// Makes a connection, and returns at once: `who` is sent carrier_up, then carried as bytes come,
/// and at last, or if nobody is there `within` that time, carrier_down; all with `number`.
/// @errors of carrier_down: unreachable
using dial_function = std::function<void(const listen_address& at, std::chrono::milliseconds within,
                                         std::uint64_t number, const remote_link_actor& who)>;

struct remote_link_options {
  std::vector<listen_address> endpoints; ///< at least one
  protocol::hello_message who;
  dial_function dial = {};
  std::chrono::milliseconds connect_within{5000}; ///< one endpoint, handshake included
  std::chrono::milliseconds answer_within{30000}; ///< a transaction, a subscription
  std::shared_ptr<byte_credit> credit;            ///< of transactions of `transact`
  std::function<instant()> clock;                 ///< wall clock, for request ids
  std::function<instant()> steady;                ///< one that does not jump
  std::function<std::uint64_t()> random;
};

struct remote_link_state {
  static inline const char* name = "weft.remote_link";

  ~remote_link_state();

  [[nodiscard]] promise<started> begin();
  void take(const submit& order);
  [[nodiscard]] promise<transacted_message> take(const transact& request);
  [[nodiscard]] promise<node_answer> take(const ask_node& request);
  [[nodiscard]] reply<subscribed> add(const subscribe& what);
  void remove(const unsubscribe& what);
  void move_cursor(const acknowledge& what);
  void hear(const proxy_frames_out& said);
  void hear(const carrier_up& news);
  void hear(const carried& piece);
  void hear(const carrier_down& news);
  void hear_end(const actor_address& who);
  void hear_stop();
  void look_at_clock();
  [[nodiscard]] tree show() const;

  remote_link_actor::pointer self = nullptr;
  actor_system* system = nullptr;
  remote_link_options how;

 private:
  using session = protocol::client_session;
  enum class stage : std::uint8_t { waiting, reaching, open, ended };

  /// A transaction that is not answered.
  struct transaction {
    std::shared_ptr<call> who;
    request_id id;
    std::int64_t deadline_us;
    std::int64_t again_us = 0;      ///< not to be sent before
    bool was_sent = false;          ///< it may be committed
    bool uncertain = false;         ///< a try of it may have been executed
    std::optional<error> last = {}; ///< why it has no answer yet
  };
  using asked = std::variant<std::uint64_t, free_promise>; ///< a transaction, or who asked

  // -- remote_link.cpp: the connection ---
  [[nodiscard]] std::int64_t now() const { return how.steady().get(); }
  void begin_round();
  void try_next();
  void fail_endpoint(error why);
  void end_round();
  void open(const protocol::welcome_message& by);
  void lose(const error& why);
  void drop_carrier();
  void end_for_good(const error& why);
  template <class Event>
  void step(const Event& what);
  void perform(session::effects effects);
  void pass_on(std::vector<stream::server_frame> frames);
  void tick_in(std::chrono::milliseconds time);

  // -- remote_link_requests.cpp: what is asked ---
  void send_waiting();
  [[nodiscard]] bool send_one(transaction& what, std::uint64_t number, session::effects& effects);
  void hear(session::answered news);
  void hear_outcome(std::uint64_t number, protocol::answer_body what);
  void look_at_deadlines();
  void give_up(transaction& what, const error& why);

  stage phase_ = stage::waiting;
  std::optional<session> machine_; ///< while there is a carrier
  carrier bytes_to_;
  std::uint64_t connection_ = 0; ///< counts all that were tried
  std::int64_t dialed_us_ = 0;   ///< the last one
  std::size_t next_endpoint_ = 0;
  std::vector<error> refusals_; ///< of this round
  unsigned failures_ = 0;       ///< rounds, since the last connection
  std::int64_t retry_us_ = 0;
  std::optional<error> ended_;
  std::optional<protocol::welcome_message> welcome_;
  std::vector<free_promise> begun_;
  std::map<std::uint64_t, transaction> transactions_; ///< in the order they came
  std::set<std::uint64_t> unsent_;                    ///< of these, those to be sent (again)
  std::uint64_t next_transaction_ = 1;
  std::unordered_map<std::uint64_t, asked> asked_; ///< by number on this connection
  stream_proxy_actor proxy_;                       ///< of all streams; null while there was none
};

/// Answers start_up when it is connected, or when nobody at the endpoints is who was looked for.
remote_link_actor::behavior_type remote_link(pointer<remote_link_actor, remote_link_state> self,
                                             remote_link_options how);

} // namespace weft::actors
