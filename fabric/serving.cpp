#include "weft/fabric/serving.hpp"

#include "weft/persistence/disk/disk.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace weft::fabric {

using actors::child_actor;

namespace {

constexpr unsigned workers_max = 4;
/// A door ends when transactions that are under way are answered, or are given up.
std::function<std::chrono::milliseconds()> time_of(const node_options& how) {
  return [drain = how.drain] { return drain->left(); };
}

std::int64_t as_figure(std::uint64_t x) {
  return static_cast<std::int64_t>(x);
}

/// What the disk does not tell counts as 0.
void add_log_figures(const actors::storage_options& how,
                     std::vector<protocol::status_answer::figure>& out) {
  const auto wal = persistence::join(how.folder, "wal");
  std::uint64_t bytes = 0;
  std::int64_t segments = 0;
  for (const auto& name : how.disk->list(wal).value_or(std::vector<std::string>{})) {
    if (name.starts_with("free-") || !name.ends_with(".seg"))
      continue;
    const auto opened = how.disk->open(persistence::join(wal, name), persistence::open_mode::read);
    bytes += opened ? (*opened)->size().value_or(0) : 0;
    ++segments;
  }
  out.push_back({"log_bytes", as_figure(bytes)});
  out.push_back({"log_segments", segments});
}

std::vector<protocol::status_answer::figure> figures_of(const node_options& how,
                                                        const node_doors& doors) {
  std::vector<protocol::status_answer::figure> out;
  if (const auto index = doors.index()) {
    const auto stats = index->stats();
    out.push_back({"facts", as_figure(stats.facts_live)});
    out.push_back({"facts_history", as_figure(stats.facts_history)});
    out.push_back({"index_bytes", as_figure(stats.bytes)});
    out.push_back({"datoms_applied", as_figure(stats.datoms)});
  }
  add_log_figures(how.shard.storage, out);
  out.push_back({"connections", as_figure(doors.connections())});
  out.push_back({"subscribers", as_figure(how.shard.figures->subscribers.read())});
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
                               .worker = [doors] { return doors->workers()->any(); },
                               .resolves_where_read = how.shard.storage.runs_what_follows,
                               .log = how.shard.log,
                               .figures = how.shard.figures});
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
                             .strict = options->shard.transactions.mode == schema_mode::strict,
                             .not_writable = [doors] { return doors->ended(); },
                             .counts = options->shard.figures});
  const auto workers = std::clamp(std::thread::hardware_concurrency(), 1U, workers_max);
  return {.rule = {.name = "query pool"},
          .start = [&in, services, doors, workers]() -> child_actor {
            return actors::spawn_query_pool(in, workers, services, doors->workers());
          },
          .is_supervisor = true};
}

namespace {

actors::child_spec edge_spec(actors::actor_system& in,
                             const std::shared_ptr<const node_options>& options,
                             client_edge_options how, const char* name) {
  const auto port = std::make_shared<std::uint16_t>(std::uint16_t{0});
  return {.rule = {.name = name},
          .start = [&in, options, how = std::move(how), port]() -> child_actor {
            options->drain->restart();
            return actors::spawn_detached(in, client_edge, how, port);
          },
          .stop_within = time_of(*options)};
}

} // namespace

actors::child_spec peer_edge_spec(actors::actor_system& in,
                                  const std::shared_ptr<const node_options>& options,
                                  const std::shared_ptr<node_doors>& doors) {
  const auto others = options->serving.clients.value_or(client_serving{});
  return edge_spec(in, options,
                   {.name = "weft.peers",
                    .who = [options] { return identity_of(*options); },
                    .how = {.address = options->serving.peers,
                            .connections_max = limits::peer_connections_max,
                            // Silence is counted: they are heard until they are cut.
                            .unsent_bytes_max = limits::connection_unread_bytes_max,
                            .handshake_us = others.handshake_us,
                            .silence_us = others.silence_us},
                    .node = services_of(*options, doors),
                    .on_listening = [doors](const listen_address& at) { doors->set_peers_at(at); }},
                   "peer_edge");
}

actors::child_spec client_edge_spec(actors::actor_system& in,
                                    const std::shared_ptr<const node_options>& options,
                                    const std::shared_ptr<node_doors>& doors) {
  return edge_spec(
      in, options,
      {.name = "weft.clients",
       .who = [options] { return identity_of(*options); },
       .how = *options->serving.clients,
       .node = services_of(*options, doors),
       .on_listening = [doors](const listen_address& at) { doors->set_clients_at(at); },
       .on_count = [doors](std::size_t n) { doors->set_connections(n); }},
      "client_edge");
}

} // namespace weft::fabric
