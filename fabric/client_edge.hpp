// A door of a node: the sockets of edge.hpp, and a session (actors/client_session.hpp) for each who
// comes. A node has one for clients (the command line, other languages), and one for applications
// of actors (connect.hpp); what is said at both is the same.
//
// Who is one too many hears that, and comes again. The port stays the same when the door is started
// again. Asked to end, it takes nobody any more and ends when its sessions have answered what is
// under way.
#pragma once

#include "weft/actors/client_session.hpp"
#include "weft/fabric/edge.hpp"

#include <map>
#include <set>

namespace weft::fabric {

/// How others reach a node, and what one may cost.
struct client_serving {
  std::optional<listen_address> address = {}; ///< port 0: the system picks one
  std::string socket_path = {};               ///< of a Unix socket; "": none
  std::size_t connections_max = limits::client_connections_default;
  /// Bytes of requests of one connection that may be under way.
  std::size_t request_bytes_max = limits::connection_request_bytes_max;
  /// What may wait to be written to one before it is read from no more.
  std::size_t unsent_bytes_max = limits::connection_unsent_bytes_max;
  std::int64_t handshake_us = limits::handshake_us;
  std::int64_t silence_us = limits::connection_silence_us;
};

struct client_edge_options {
  std::string name; ///< of the thread of its sockets
  std::function<protocol::server_identity()> who;
  client_serving how;
  std::shared_ptr<const actors::session_services> node;
  /// Told where it listens, each time it begins.
  std::function<void(const listen_address&)> on_listening = {};
  /// Told how many clients there are, each time that changes.
  std::function<void(std::size_t)> on_count = {};
};

/// A client has come.
struct client_came {
  std::shared_ptr<byte_connection> who;
};

using client_edge_actor =
    actors::interface<actors::answers<actors::start_up, actors::started>, //
                      actors::takes<client_came>,         // of the thread of its sockets
                      actors::takes<actors::clock_tick>>; // of its own clock

struct client_edge_state {
  static inline const char* name = "weft.client_edge";

  ~client_edge_state();

  [[nodiscard]] actors::reply<actors::started> begin();
  void take(const client_came& news);
  void hear_end(const actors::actor_address& who);
  void hear_stop();
  void end_when_closed();
  void tell_count() const;
  [[nodiscard]] std::size_t admitted() const noexcept { return sessions_.size() - refused_.size(); }

  client_edge_actor::pointer self = nullptr;
  client_edge_options how;
  std::shared_ptr<std::uint16_t> port; ///< of the doors before it; 0: none

 private:
  std::shared_ptr<actors::runner> here_; ///< of the thread of the sockets
  std::unique_ptr<edge> sockets_;
  bool ending_ = false;
  std::map<actors::actor_address, actors::client_session_actor> sessions_;
  std::set<actors::actor_address> refused_; ///< of these, those that are too many
};

/// Spawn it detached: opening sockets blocks. `port` is kept between doors of one place.
client_edge_actor::behavior_type
client_edge(actors::pointer<client_edge_actor, client_edge_state> self, client_edge_options how,
            std::shared_ptr<std::uint16_t> port);

} // namespace weft::fabric

WEFT_LOCAL_MESSAGE(weft::fabric::client_came)
