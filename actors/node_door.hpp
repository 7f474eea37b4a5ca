// The door of a node for other actor systems: the one actor that is published. Whoever comes says
// hello, whole, and gets the node's answer in bytes (core/protocol); only who is welcome gets the
// handle of a session, which is spawned for it (docs/decisions/0140).
//
// The port stays the same when the door is started again. Asked to end, it takes nobody any more
// and ends when its sessions have answered what is under way.
#pragma once

#include "weft/actors/client_session.hpp"

#include <map>

namespace weft::actors {

struct node_door_options {
  /// Who the node is. Called when somebody knocks; no database yet: it is not open.
  std::function<protocol::server_identity()> who;
  listen_address at;
  std::shared_ptr<const session_services> node;
  /// Told where it listens, each time it begins.
  std::function<void(const listen_address&)> on_listening = {};
  std::size_t connections_max = limits::peer_connections_max;
};

struct node_door_state {
  static inline const char* name = "weft.node_door";

  ~node_door_state();

  [[nodiscard]] reply<started> begin();
  [[nodiscard]] reply<wire_bytes, actor> take(const wire_bytes& hello);
  void hear_end(const actor_address& who);
  void hear_stop();

  node_door_actor::pointer self = nullptr;
  actor_system* system = nullptr;
  node_door_options how;
  std::shared_ptr<std::uint16_t> port; ///< of the doors before it; 0: none

 private:
  [[nodiscard]] std::optional<error> objection(const actor& asker) const;
  void stop_listening();

  bool listening_ = false;
  bool ending_ = false;
  std::map<actor_address, client_session_actor> sessions_;
};

/// Spawn it detached: opening a port blocks. `port` is kept between doors of one place.
node_door_actor::behavior_type node_door(pointer<node_door_actor, node_door_state> self,
                                         node_door_options how,
                                         std::shared_ptr<std::uint16_t> port);

} // namespace weft::actors
