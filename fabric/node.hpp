// A node: the composition root. Which actors there are on this node, and who restarts whom:
//
//   node           rest_for_one
//     router       knows where the shards are
//     shard 0      (actors/shard.hpp)
//     gateway      takes requests of actors
//     query pool   reads for connections (actors/query_worker.hpp)
//     peer_edge    lets applications of actors in; only where it is wanted
//     client_edge  lets clients in that are no actors; likewise
//     telemetry    says how the node is; only where it is wanted
#pragma once

#include "weft/actors/query_worker.hpp"
#include "weft/actors/shard.hpp"
#include "weft/actors/telemetry.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/fabric/client_edge.hpp"
#include "weft/fabric/drain_time.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace weft::fabric {

inline constexpr std::chrono::seconds drain_within_default{10};

/// Who a node is for others, and how they get in.
struct serving_options {
  std::string cluster;
  std::string node;                           ///< its id
  std::optional<listen_address> peers = {};   ///< where applications of actors may connect
  std::optional<client_serving> clients = {}; ///< where clients that are no actors may
};

struct node_options {
  actors::shard_options shard;
  /// Bytes of requests that may be under way; more are refused with overloaded.
  std::shared_ptr<actors::byte_credit> credit;
  std::chrono::milliseconds wait_for_leader{5000};
  serving_options serving;
  /// What connections have to get their answers when the node ends.
  std::shared_ptr<drain_time> drain = std::make_shared<drain_time>(drain_within_default);
  /// Id of the node, and how it is told about; none: there is no telemetry. Figures, credit, index
  /// and log are those of the node.
  std::optional<actors::telemetry_options> telemetry = {};
  /// Told once when the node ends, by one of its actors: why, unless it was told to. May be null.
  std::function<void(std::optional<error>)> on_end = {};
};

/// The actors of a node that others talk to, as they are now. Thread-safe.
class node_doors {
 public:
  [[nodiscard]] actors::router_actor router() const;
  [[nodiscard]] actors::gateway_actor gateway() const;
  [[nodiscard]] actors::wal_publisher_actor publisher() const;
  [[nodiscard]] actors::applier_actor applier() const;
  [[nodiscard]] std::optional<listen_address> peers_at() const;
  [[nodiscard]] std::optional<listen_address> clients_at() const;
  /// What views are made of; null before the shard is open.
  [[nodiscard]] std::shared_ptr<memory_index> index() const;
  /// Null where there is none.
  [[nodiscard]] actors::telemetry_actor telemetry() const;
  /// Clients that are no actors, now.
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  /// Why the node ended, once it has.
  [[nodiscard]] std::optional<error> ended() const;

  void set(actors::router_actor x);
  void set(actors::gateway_actor x);
  void set(actors::wal_publisher_actor x);
  void set(actors::applier_actor x);
  void set_peers_at(listen_address x);
  void set_clients_at(listen_address x);
  void set_connections(std::size_t x) noexcept { connections_ = x; }
  void set(std::shared_ptr<memory_index> x);
  /// Those who read for connections.
  [[nodiscard]] const std::shared_ptr<actors::query_workers>& workers() const noexcept {
    return workers_;
  }

  void set(actors::telemetry_actor x);
  /// The node ended. Forgets all: an actor_system ends when nobody refers to its actors.
  void end(error why);

 private:
  mutable std::mutex mutex_; // guards all
  actors::router_actor router_;
  actors::gateway_actor gateway_;
  actors::wal_publisher_actor publisher_;
  actors::applier_actor applier_;
  std::optional<listen_address> peers_at_;
  std::optional<listen_address> clients_at_;
  std::shared_ptr<memory_index> index_;
  actors::telemetry_actor telemetry_;
  std::optional<error> ended_;
  std::atomic<std::size_t> connections_ = 0;
  const std::shared_ptr<actors::query_workers> workers_ = std::make_shared<actors::query_workers>();
};

/// Spawns the supervisor of a node, which sets `doors` as its children start. It is answered with
/// start_up when all are up. @errors none here
[[nodiscard]] actors::supervisor_actor spawn_node(actors::actor_system& in, node_options how,
                                                  const std::shared_ptr<node_doors>& doors);

} // namespace weft::fabric
