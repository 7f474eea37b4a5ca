// The door of a node for actors: takes their transactions as far as there is credit, and gives them
// to the router. The answer goes from whoever has it to who asked.
#pragma once

#include "weft/actors/messages.hpp"

namespace weft::actors {

/// What is to be sent to a router, if there is credit for the request; else `told` is called.
/// Cost: O(operands). @errors overloaded, through `told`
[[nodiscard]] std::optional<submit> admit(const std::shared_ptr<byte_credit>& credit,
                                          std::shared_ptr<const tx_request> request,
                                          const std::optional<request_id>& id,
                                          call::answer_function told);

/// Answers who asked for `transact`, from any thread.
[[nodiscard]] call::answer_function answer_through(const promise<transacted_message>& answer);

struct gateway_state {
  static inline const char* name = "weft.gateway";

  [[nodiscard]] promise<transacted_message> take(const transact& request);

  gateway_actor::pointer self = nullptr;
  std::shared_ptr<byte_credit> credit; ///< of all requests under way, those of others included
  router_actor routed_by;
};

gateway_actor::behavior_type gateway(pointer<gateway_actor, gateway_state> self,
                                     std::shared_ptr<byte_credit> credit, router_actor routed_by);

} // namespace weft::actors
