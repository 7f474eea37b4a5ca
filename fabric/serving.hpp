// What of a node serves connections: its query workers, its doors, and what a session needs of the
// node.
#pragma once

#include "weft/actors/client_session.hpp"
#include "weft/fabric/node.hpp"

namespace weft::fabric {

/// What sessions of this node stand on. Thread-safe.
[[nodiscard]] std::shared_ptr<const actors::session_services>
services_of(const node_options& how, const std::shared_ptr<node_doors>& doors);

/// Who the node is; no database before the shard is open. Thread-safe.
[[nodiscard]] protocol::server_identity identity_of(const node_options& how);

/// Children of the node's supervisor.
[[nodiscard]] actors::child_spec query_pool_spec(actors::actor_system& in,
                                                 const std::shared_ptr<const node_options>& options,
                                                 const std::shared_ptr<node_doors>& doors);
/// Requires options->serving.peers.
[[nodiscard]] actors::child_spec peer_edge_spec(actors::actor_system& in,
                                                const std::shared_ptr<const node_options>& options,
                                                const std::shared_ptr<node_doors>& doors);

/// Requires options->serving.clients.
[[nodiscard]] actors::child_spec
client_edge_spec(actors::actor_system& in, const std::shared_ptr<const node_options>& options,
                 const std::shared_ptr<node_doors>& doors);

} // namespace weft::fabric
