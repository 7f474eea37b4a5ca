// One connection of a client, on the node: an actor around protocol::server_session. It executes
// what the machine says, and knows nothing of what carries the bytes.
//
//   transactions   as far as there is credit, to the router; answered through the call
//   views, reads   query workers; a view lives as long as the connection, or until it is closed
//   streams        the publisher of the shard, to which a connection is one peer with many sessions
//
// When the publisher is replaced, the sessions it had hear `not_subscribed`, and their subscribers
// open them again at their places with the next one.
#pragma once

#include "weft/actors/carrier.hpp"
#include "weft/actors/figures.hpp"
#include "weft/actors/remote_messages.hpp"
#include "weft/core/base/log.hpp"
#include "weft/core/protocol/server_session.hpp"

#include <deque>
#include <functional>
#include <map>

namespace weft::actors {

/// What a session needs of its node. The functions are called from its actor, and never block.
struct session_services {
  std::function<instant()> steady; ///< a clock that does not jump
  std::shared_ptr<byte_credit> credit;
  std::function<router_actor()> router;
  std::function<wal_publisher_actor()> publisher; ///< null while there is none
  std::function<query_worker_actor()> worker;     ///< any; null while there is none
  /// Whether small transactions may be resolved in the thread that has read them: not where they
  /// may call functions.
  bool resolves_where_read = true;
  std::shared_ptr<log_sink> log = null_log();
  std::shared_ptr<node_figures> figures = std::make_shared<node_figures>();
};

struct client_session_state {
  static inline const char* name = "weft.client_session";

  ~client_session_state();

  void hear(const wire_bytes& piece);
  void hear(const request_answered& news);
  void hear(stream_frames_out news);
  void send_frames();
  void hear(const carrier_broken& news);
  void hear(const drain_session& order);
  void hear_end(const actor_address& who);
  void look_at_clock();
  void write_out();

  client_session_actor::pointer self = nullptr;
  std::shared_ptr<const session_services> node;
  carrier bytes_to;
  std::optional<protocol::server_session> machine;
  bool flush_sent = false; ///< it is in the mailbox

 private:
  using session = protocol::server_session;

  template <class Event>
  void step(Event&& what);
  /// `more`: there is more to write, now.
  void perform(session::effects effects, bool more = false);
  void execute(session::execute order);
  void execute(std::uint64_t id, const protocol::transact_request& what);
  void execute(std::uint64_t id, const protocol::open_view_request& what);
  void execute(std::uint64_t id, const protocol::close_view_request& what);
  void execute(std::uint64_t id, const protocol::read_request& what);
  void execute(std::uint64_t id, const protocol::status_request& what);
  template <class Done>
  void ask_worker(std::uint64_t id, run_query what, Done done);
  void answer(std::uint64_t id, protocol::answer_body what);
  void pass_on(std::vector<stream::client_frame> frames);
  void read_on(std::size_t bytes);
  void refuse(const stream::epoch& of);
  void lose_publisher();
  void hang_up();
  void note_opened(const protocol::hello_message& by) const;
  void note_over(const std::optional<error>& why) const;

  struct held_frames {
    std::vector<stream::server_frame> frames;
    std::size_t next = 0;
    std::size_t bytes = 0;                      ///< that they keep alive, about
    std::vector<request_answered> answers = {}; ///< that came after them
  };
  std::deque<held_frames> outgoing_;               ///< not written: the carrier is full
  std::size_t outgoing_bytes_ = 0;                 ///< of these
  bytes unwritten_;                                ///< of answers that waited together
  std::size_t untaken_ = 0;                        ///< of the piece that is handled now
  std::size_t held_ = 0;                           ///< of pieces that the publisher has now
  wal_publisher_actor publisher_;                  ///< watched; the one that has the streams
  actor_address ended_publisher_;                  ///< not asked again
  std::map<std::uint64_t, std::uint32_t> streams_; ///< session -> attempt, of publisher_
  std::map<std::uint32_t, std::shared_ptr<const weft::view>> views_;
  std::uint32_t next_view_ = 1;
  std::size_t opening_ = 0; ///< views
};

/// Spawned by what accepts connections.
client_session_actor::behavior_type
client_session(pointer<client_session_actor, client_session_state> self,
               protocol::server_session machine, carrier bytes_to,
               std::shared_ptr<const session_services> node);

} // namespace weft::actors
