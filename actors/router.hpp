// The router of a node: knows the transactor of each shard, and gives it the transactions of its
// shard. While a shard has none (it restarts), transactions wait here, within the credit they hold
// and not for long.
#pragma once

#include "weft/actors/messages.hpp"

#include <deque>

namespace weft::actors {

struct router_options {
  /// How long a request waits for a transactor; then it is refused with no_leader.
  std::chrono::milliseconds wait_for_leader{5000};
};

struct router_state {
  static inline const char* name = "weft.router";

  ~router_state();

  void take(const submit& order);
  void hear(const route& news);
  void hear(const unroute& news);
  void hear_end(const actor_address& who);
  void give_up(std::uint64_t through);

  router_actor::pointer self = nullptr;
  router_options how;

 private:
  struct waiting {
    std::uint64_t number;
    std::shared_ptr<call> who;
  };
  transactor_actor transactions_; ///< null while there is none
  std::optional<error> closed_;
  std::deque<waiting> waiting_;
  std::uint64_t next_number_ = 1;
};

router_actor::behavior_type router(pointer<router_actor, router_state> self, router_options how);

} // namespace weft::actors
