#include "weft/fabric/node.hpp"

#include "weft/actors/gateway.hpp"
#include "weft/actors/router.hpp"
#include "weft/fabric/serving.hpp"

#include <utility>

namespace weft::fabric {

using actors::child_actor;

// -- doors ---

actors::router_actor node_doors::router() const {
  const std::lock_guard lock(mutex_);
  return router_;
}
actors::gateway_actor node_doors::gateway() const {
  const std::lock_guard lock(mutex_);
  return gateway_;
}
actors::wal_publisher_actor node_doors::publisher() const {
  const std::lock_guard lock(mutex_);
  return publisher_;
}
actors::applier_actor node_doors::applier() const {
  const std::lock_guard lock(mutex_);
  return applier_;
}
std::optional<listen_address> node_doors::peers_at() const {
  const std::lock_guard lock(mutex_);
  return peers_at_;
}
std::optional<listen_address> node_doors::clients_at() const {
  const std::lock_guard lock(mutex_);
  return clients_at_;
}
std::shared_ptr<memory_index> node_doors::index() const {
  const std::lock_guard lock(mutex_);
  return index_;
}
actors::telemetry_actor node_doors::telemetry() const {
  const std::lock_guard lock(mutex_);
  return telemetry_;
}
void node_doors::set(actors::telemetry_actor x) {
  const std::lock_guard lock(mutex_);
  telemetry_ = std::move(x);
}
void node_doors::set(actors::router_actor x) {
  const std::lock_guard lock(mutex_);
  router_ = std::move(x);
}
void node_doors::set(actors::gateway_actor x) {
  const std::lock_guard lock(mutex_);
  gateway_ = std::move(x);
}
void node_doors::set(actors::wal_publisher_actor x) {
  const std::lock_guard lock(mutex_);
  publisher_ = std::move(x);
}
void node_doors::set(actors::applier_actor x) {
  const std::lock_guard lock(mutex_);
  applier_ = std::move(x);
}
void node_doors::set_peers_at(listen_address x) {
  const std::lock_guard lock(mutex_);
  peers_at_ = std::move(x);
}
void node_doors::set_clients_at(listen_address x) {
  const std::lock_guard lock(mutex_);
  clients_at_ = std::move(x);
}
void node_doors::set(std::shared_ptr<memory_index> x) {
  const std::lock_guard lock(mutex_);
  index_ = std::move(x);
}
std::optional<error> node_doors::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}
void node_doors::end(error why) {
  const std::lock_guard lock(mutex_);
  ended_ = std::move(why);
  router_ = nullptr;
  gateway_ = nullptr;
  publisher_ = nullptr;
  applier_ = nullptr;
  peers_at_.reset();
  clients_at_.reset();
  workers_->clear();
  telemetry_ = nullptr;
}

// -- the tree ---

namespace {

/// A shard closes its log before it ends.
constexpr std::chrono::seconds shard_stops_within{40};

actors::child_spec telemetry_spec(actors::actor_system& in,
                                  const std::shared_ptr<const node_options>& options,
                                  const std::shared_ptr<node_doors>& doors) {
  return {.rule = {.name = "telemetry"}, .start = [&in, options, doors]() -> child_actor {
            auto how = *options->telemetry;
            how.figures = options->shard.figures;
            how.credit = options->credit;
            how.index = [doors] { return doors->index(); };
            how.log = options->shard.log;
            auto made = actors::spawn(in, actors::telemetry, std::move(how), doors->gateway());
            doors->set(made);
            return made;
          }};
}

} // namespace

actors::supervisor_actor spawn_node(actors::actor_system& in, node_options how,
                                    const std::shared_ptr<node_doors>& doors) {
  how.shard.storage.known = std::make_shared<std::optional<database_id>>();
  how.shard.locals = std::make_shared<actors::local_subscribers>();
  how.shard.on_index = [doors](std::shared_ptr<memory_index> made) { doors->set(std::move(made)); };
  how.shard.on_applier = [doors](const actors::applier_actor& made) { doors->set(made); };
  how.shard.on_publisher = [doors](const actors::wal_publisher_actor& made) { doors->set(made); };
  const auto options = std::make_shared<const node_options>(std::move(how));
  std::vector<actors::child_spec> children;
  children.push_back({.rule = {.name = "router"}, .start = [&in, options, doors]() -> child_actor {
                        auto made = actors::spawn(
                            in, actors::router,
                            actors::router_options{.wait_for_leader = options->wait_for_leader});
                        doors->set(made);
                        return made;
                      }});
  children.push_back({.rule = {.name = "shard 0", .stop_within = shard_stops_within},
                      .start = [&in, options, doors]() -> child_actor {
                        return actors::spawn_shard(in, options->shard, doors->router());
                      },
                      .is_supervisor = true});
  children.push_back({.rule = {.name = "gateway"}, .start = [&in, options, doors]() -> child_actor {
                        auto made =
                            actors::spawn(in, actors::gateway, options->credit, doors->router());
                        doors->set(made);
                        return made;
                      }});
  children.push_back(query_pool_spec(in, options, doors));
  if (options->serving.peers)
    children.push_back(peer_edge_spec(in, options, doors));
  if (options->serving.clients)
    children.push_back(client_edge_spec(in, options, doors));
  if (options->telemetry)
    children.push_back(telemetry_spec(in, options, doors));
  return actors::spawn_supervisor(
      in, "node", actors::supervision_options{.how = actors::strategy::rest_for_one},
      std::move(children),
      [doors, told = options->on_end](std::optional<error> why) {
        doors->end(why.value_or(error{errc::closed, "the database is closed"}));
        if (told)
          told(std::move(why));
      },
      options->shard.log);
}

} // namespace weft::fabric
