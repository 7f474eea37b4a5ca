// The door of a node: takes transactions of outsiders as far as there is credit for them, and gives
// them to the transactor of their shard. While a shard has none (it restarts), requests wait here,
// within the same credit and not for long.
#pragma once

#include "weft/actors/messages.hpp"

#include <deque>

namespace weft::actors {

struct gateway_options {
  /// What requests under way may take, those that wait here and those in the shard.
  std::shared_ptr<byte_credit> credit;
  /// How long a request waits for a transactor; then it is refused with no_leader.
  std::chrono::milliseconds wait_for_leader{5000};
};

struct gateway_state {
  static inline const char* name = "weft.gateway";

  ~gateway_state();

  [[nodiscard]] promise<transacted_message> take(const transact& request);
  void take(const submit& order);
  void hear(const route& news);
  void hear(const unroute& news);
  void hear_end(const actor_address& who);
  void give_up(std::uint64_t through);

  gateway_actor::pointer self = nullptr;
  gateway_options how;

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

gateway_actor::behavior_type gateway(pointer<gateway_actor, gateway_state> self,
                                     gateway_options how);

} // namespace weft::actors
