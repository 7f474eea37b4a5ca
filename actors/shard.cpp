#include "weft/actors/shard.hpp"

#include "weft/actors/applier.hpp"
#include "weft/actors/log_reader.hpp"
#include "weft/actors/raft_election.hpp"

#include <utility>

namespace weft::actors {

namespace {

/// The handles of a shard's actors, each set when it is spawned. Only the supervisors of the shard
/// touch them, when they start a child; those before it are up then.
struct handles {
  log_writer_actor log;
  log_reader_actor old_log;
  applier_actor applied_by;
  raft_election_actor raft;
  wal_publisher_actor published_by;
  transactor_actor transactions;
};

child_actor::behavior_type shard_door(child_actor::pointer self, router_actor router, route way) {
  return {[=](const start_up&) {
    if (router)
      send(self, router, way);
    return started{};
  }};
}

/// Closing a log takes a sync or two, on a busy disk.
constexpr std::chrono::seconds log_stops_within{30};

child_actor spawn_storage(actor_system& in, const shard_options& how,
                          const std::shared_ptr<handles>& all) {
  std::vector<child_spec> children;
  children.push_back({.rule = {.name = "log_writer", .stop_within = log_stops_within},
                      .start = [&in, how = how.storage, all]() -> child_actor {
                        auto mine = how;
                        mine.previous = all->log;
                        return all->log = spawn_detached(in, log_writer, std::move(mine));
                      }});
  children.push_back(
      {.rule = {.name = "log_reader"}, .start = [&in, how = how.storage, all]() -> child_actor {
         return all->old_log = spawn_detached(in, log_reader, how);
       }});
  children.push_back({.rule = {.name = "applier"}, .start = [&in, how, all]() -> child_actor {
                        return all->applied_by =
                                   spawn(in, applier, all->log, how.on_index, how.figures);
                      }});
  return spawn_supervisor(in, "storage",
                          supervision_options{.how = strategy::one_for_all, .restarts_max = 0},
                          std::move(children), {}, how.log);
}

} // namespace

supervisor_actor spawn_shard(actor_system& in, shard_options how, const router_actor& router) {
  const auto all = std::make_shared<handles>();
  if (!how.storage.known)
    how.storage.known = std::make_shared<std::optional<database_id>>();
  if (!how.locals)
    how.locals = std::make_shared<local_subscribers>();
  how.storage.log = how.log;
  how.streams.log = how.log;
  how.storage.figures = how.figures;
  how.transactions.figures = how.figures;
  how.streams.figures = how.figures;
  const auto options = std::make_shared<const shard_options>(std::move(how));
  const auto locals = options->locals;
  std::vector<child_spec> children;
  children.push_back({.rule = {.name = "storage", .stop_within = log_stops_within},
                      .start = [&in, options, all] { return spawn_storage(in, *options, all); },
                      .is_supervisor = true});
  children.push_back({.rule = {.name = "raft_election"}, .start = [&in, all]() -> child_actor {
                        return all->raft = spawn(in, raft_election, all->log, all->old_log,
                                                 all->applied_by);
                      }});
  children.push_back({.rule = {.name = "replication"},
                      .start = [&in]() -> child_actor {
                        return spawn_supervisor(in, "replication", supervision_options{},
                                                std::vector<child_spec>{});
                      },
                      .is_supervisor = true});
  children.push_back(
      {.rule = {.name = "wal_publisher"}, .start = [&in, options, all, locals]() -> child_actor {
         all->published_by = spawn(in, wal_publisher, options->streams, locals, all->old_log,
                                   all->applied_by, all->raft);
         return all->published_by;
       }});
  children.push_back(
      {.rule = {.name = "transactor"}, .start = [&in, options, all]() -> child_actor {
         return all->transactions = spawn(in, transactor, options->transactions, all->old_log,
                                          all->published_by, all->raft);
       }});
  children.push_back(
      {.rule = {.name = "shard_door"}, .start = [&in, options, all, router]() -> child_actor {
         if (options->on_applier) // all of the shard is up
           options->on_applier(all->applied_by);
         if (options->on_publisher)
           options->on_publisher(all->published_by);
         return spawn(in, shard_door, router,
                      route{options->shard, all->transactions, all->published_by});
       }});
  return spawn_supervisor(in, "shard " + std::to_string(options->shard.get()),
                          supervision_options{.how = strategy::rest_for_one,
                                              .restarts_max = options->restarts_max,
                                              .restarts_within = options->restarts_within},
                          std::move(children), {}, options->log);
}

} // namespace weft::actors
