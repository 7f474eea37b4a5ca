// Finds the door of a node in another process, on a thread of its own. CAF connects one after the
// other in a whole process, each for as long as the operating system tries; so, but for addresses
// of this machine, where that is no time, it is looked first, without blocking and not for long,
// whether anybody is there.
#pragma once

#include "weft/actors/remote_messages.hpp"

namespace weft::actors {

/// Whether somebody takes connections there. Blocks at most `within`, and while a name is resolved.
/// @errors unreachable{address}
[[nodiscard]] result<void> look(const listen_address& at, std::chrono::milliseconds within);

/// Cuts the TCP connections of this process to that address, and waits until they are gone, though
/// not for long. A process has one to each node, which CAF gives to everybody who connects again,
/// also when the node hears nothing on it. (CAF 0.17 calls a connection by its descriptor. When one
/// ends while the next one is accepted, with the same descriptor, the node may forget the new one:
/// it takes the bytes, and knows nobody to answer.) Cost: a system call for each open file; blocks
/// up to half a second.
void cut_connections(const listen_address& to);

struct connector_state {
  static inline const char* name = "weft.connector";

  [[nodiscard]] reply<node_reached> find(const reach_node& what);

  actor_system* system = nullptr;
};

/// Spawn it detached.
connector_actor::behavior_type connector(pointer<connector_actor, connector_state> self,
                                         actor_system* system);

} // namespace weft::actors
