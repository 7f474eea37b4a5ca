// Finds the door of a node in another process, on a thread of its own. CAF connects one after the
// other in a whole process, each for as long as the operating system tries; so it is looked first,
// without blocking and not for long, whether anybody is there.
#pragma once

#include "weft/actors/remote_messages.hpp"

namespace weft::actors {

/// Whether somebody takes connections there. Blocks at most `within`, and while a name is resolved.
/// @errors unreachable{address}
[[nodiscard]] result<void> look(const listen_address& at, std::chrono::milliseconds within);

struct connector_state {
  static inline const char* name = "weft.connector";

  [[nodiscard]] reply<node_reached> find(const reach_node& what);

  actor_system* system = nullptr;
};

/// Spawn it detached.
connector_actor::behavior_type connector(pointer<connector_actor, connector_state> self,
                                         actor_system* system);

} // namespace weft::actors
