// A shard of this node: its actors, and who restarts whom.
//
//   shard                rest_for_one
//     storage            one_for_all    log_writer, log_reader, applier
//     raft_election
//     replication        one_for_one    one child for each follower: none with one voter
//     wal_publisher
//     transactor
//     shard_door         tells the router that the shard takes transactions (again)
//
// When a part of the storage ends, all of it is opened again from the disk, and what stands on it
// is started anew; when the transactor ends, it alone is.
#pragma once

#include "weft/actors/log_writer.hpp"
#include "weft/actors/supervisor.hpp"
#include "weft/actors/transactor.hpp"
#include "weft/actors/wal_publisher.hpp"

namespace weft::actors {

struct shard_options {
  shard_id shard = shard_id(0);
  storage_options storage;
  transactor_options transactions;
  wal_publisher_options streams;
  /// How often its parts may fail before the shard gives up.
  unsigned restarts_max = 3;
  std::chrono::milliseconds restarts_within{5000};
  /// Told, by one of its actors, each time the shard was opened: what views are made of.
  std::function<void(std::shared_ptr<memory_index>)> on_index = {};
  /// Told each time there is another applier: whom to ask for the database as it is.
  std::function<void(const applier_actor&)> on_applier = {};
  /// Told each time there is another publisher: whom to ask for streams.
  std::function<void(const wal_publisher_actor&)> on_publisher = {};
  /// The subscribers of this process, who outlive the shard's actors; a table of its own by
  /// default.
  std::shared_ptr<local_subscribers> locals = {};
  /// Told what happens to its parts, and where they count; given to all of them.
  std::shared_ptr<log_sink> log = null_log();
  std::shared_ptr<node_figures> figures = std::make_shared<node_figures>();
};

/// Spawns the supervisor of a shard. `router` may be null.
/// Cost: that of opening comes with start_up. @errors none here: start_up answers them
[[nodiscard]] supervisor_actor spawn_shard(actor_system& in, shard_options how,
                                           const router_actor& router);

} // namespace weft::actors
