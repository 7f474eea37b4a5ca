// A query worker: reads for connections, so that those who carry bytes and those who write never
// wait for a scan. Each message is a bounded piece of work: about limits::read_chunk_bytes_max of
// datoms, or the figures of the node.
//
//   query pool     one_for_one    1 to 4 workers, as many as the machine has threads
#pragma once

#include "weft/actors/figures.hpp"
#include "weft/actors/remote_messages.hpp"
#include "weft/actors/supervisor.hpp"

#include <mutex>

namespace weft::actors {

/// What workers need of their node. Thread-safe functions that never block.
struct query_services {
  std::function<applier_actor()> applier; ///< null while there is none
  /// Figures of the node beside those of its database; by name.
  std::function<std::vector<protocol::status_answer::figure>()> figures;
  bool strict = false; ///< undeclared attributes are refused
  /// Why nothing can be written; nothing: it can.
  std::function<std::optional<error>()> not_writable;
  /// Where it counts how long answers take.
  std::shared_ptr<node_figures> counts = std::make_shared<node_figures>();
};

struct query_worker_state {
  static inline const char* name = "weft.query_worker";

  [[nodiscard]] promise<query_answered> run(const run_query& what);

  query_worker_actor::pointer self = nullptr;
  std::shared_ptr<const query_services> node;

 private:
  template <class Make>
  [[nodiscard]] promise<query_answered> of_now(query_kind what, Make make);
};

query_worker_actor::behavior_type query_worker(pointer<query_worker_actor, query_worker_state> self,
                                               std::shared_ptr<const query_services> node);

/// The workers of a node, for whoever has something to read. Thread-safe.
class query_workers {
 public:
  /// One after the other; null while that one restarts.
  [[nodiscard]] query_worker_actor any();
  void set(std::size_t place, query_worker_actor x);
  /// Forgets all: an actor_system ends when nobody refers to its actors.
  void clear();

 private:
  std::mutex mutex_; // guards all
  std::vector<query_worker_actor> workers_;
  std::size_t next_ = 0;
};

/// Spawns their supervisor; `as` is set as they start. @errors none here
[[nodiscard]] supervisor_actor spawn_query_pool(actor_system& in, std::size_t workers,
                                                const std::shared_ptr<const query_services>& node,
                                                const std::shared_ptr<query_workers>& as);

} // namespace weft::actors
