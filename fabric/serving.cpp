#include "weft/fabric/serving.hpp"

#include "weft/actors/node_door.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace weft::fabric {

using actors::child_actor;

namespace {

constexpr unsigned workers_max = 4;
/// Transactions that are under way are answered first.
constexpr std::chrono::seconds door_stops_within{10};

std::int64_t as_figure(std::uint64_t x) {
  return static_cast<std::int64_t>(x);
}

std::vector<protocol::status_answer::figure> figures_of(const node_options& how,
                                                        const node_doors& doors) {
  std::vector<protocol::status_answer::figure> out;
  if (const auto index = doors.index()) {
    const auto stats = index->stats();
    out.push_back({"facts", as_figure(stats.facts_live)});
    out.push_back({"facts_history", as_figure(stats.facts_history)});
    out.push_back({"index_bytes", as_figure(stats.bytes)});
  }
  out.push_back({"request_bytes", as_figure(how.credit->in_use())});
  out.push_back({"request_bytes_max", as_figure(how.credit->limit())});
  out.push_back({"requests_refused", as_figure(how.credit->refusals())});
  return out;
}

} // namespace

std::shared_ptr<const actors::session_services>
services_of(const node_options& how, const std::shared_ptr<node_doors>& doors) {
  return std::make_shared<const actors::session_services>(
      actors::session_services{.steady = how.shard.streams.steady,
                               .credit = how.credit,
                               .router = [doors] { return doors->router(); },
                               .publisher = [doors] { return doors->publisher(); },
                               .worker = [doors] { return doors->workers()->any(); }});
}

protocol::server_identity identity_of(const node_options& how) {
  return {.cluster = how.serving.cluster,
          .database = how.shard.storage.known->value_or(database_id{}),
          .lineage = first_lineage,
          .node = how.serving.node};
}

actors::child_spec query_pool_spec(actors::actor_system& in,
                                   const std::shared_ptr<const node_options>& options,
                                   const std::shared_ptr<node_doors>& doors) {
  const auto services = std::make_shared<const actors::query_services>(
      actors::query_services{.applier = [doors] { return doors->applier(); },
                             .figures = [options, doors] { return figures_of(*options, *doors); },
                             .not_writable = [doors] { return doors->ended(); }});
  const auto workers = std::clamp(std::thread::hardware_concurrency(), 1U, workers_max);
  return {.rule = {.name = "query pool"},
          .start = [&in, services, doors, workers]() -> child_actor {
            return actors::spawn_query_pool(in, workers, services, doors->workers());
          },
          .is_supervisor = true};
}

actors::child_spec node_door_spec(actors::actor_system& in,
                                  const std::shared_ptr<const node_options>& options,
                                  const std::shared_ptr<node_doors>& doors) {
  const auto port = std::make_shared<std::uint16_t>(std::uint16_t{0});
  return {.rule = {.name = "node_door", .stop_within = door_stops_within},
          .start = [&in, options, doors, port]() -> child_actor {
            return actors::spawn_detached(
                in, actors::node_door,
                actors::node_door_options{
                    .who = [options] { return identity_of(*options); },
                    .at = *options->serving.peers,
                    .node = services_of(*options, doors),
                    .on_listening = [doors](const listen_address& at) { doors->set_peers_at(at); }},
                port);
          }};
}

actors::child_spec client_edge_spec(actors::actor_system& in,
                                    const std::shared_ptr<const node_options>& options,
                                    const std::shared_ptr<node_doors>& doors) {
  const auto port = std::make_shared<std::uint16_t>(std::uint16_t{0});
  return {
      .rule = {.name = "client_edge", .stop_within = door_stops_within},
      .start = [&in, options, doors, port]() -> child_actor {
        return actors::spawn_detached(
            in, client_edge,
            client_edge_options{
                .who = [options] { return identity_of(*options); },
                .how = *options->serving.clients,
                .node = services_of(*options, doors),
                .on_listening = [doors](const listen_address& at) { doors->set_clients_at(at); }},
            port);
      }};
}

} // namespace weft::fabric
