#include "weft/actors/gateway.hpp"

#include <utility>

namespace weft::actors {

promise<transacted_message> gateway_state::take(const transact& what) {
  auto answer = self->make_response_promise<promise<transacted_message>>();
  auto permitted = take_credit(credit, approximate_bytes(*what.request));
  if (!permitted) {
    answer.deliver(to_caf(permitted.error()));
    return answer;
  }
  auto tell = [to = free_promise(answer)](result<transacted> outcome) mutable {
    if (outcome)
      to.deliver(transacted_message{std::move(*outcome)});
    else
      to.deliver(to_caf(outcome.error()));
  };
  send(self, routed_by,
       submit{
           std::make_shared<call>(what.request, what.id, std::move(*permitted), std::move(tell))});
  return answer;
}

gateway_actor::behavior_type gateway(pointer<gateway_actor, gateway_state> self,
                                     std::shared_ptr<byte_credit> credit, router_actor routed_by) {
  auto& state = self->state;
  state.self = self;
  state.credit = std::move(credit);
  state.routed_by = std::move(routed_by);
  return {[](const start_up&) { return started{}; },
          [&state](const transact& m) { return state.take(m); }};
}

} // namespace weft::actors
