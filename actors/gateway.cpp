#include "weft/actors/gateway.hpp"

#include <utility>

namespace weft::actors {

call::answer_function answer_through(const promise<transacted_message>& answer) {
  return [to = free_promise(answer)](result<transacted> outcome) mutable {
    if (outcome)
      to.deliver(transacted_message{std::move(*outcome)});
    else
      to.deliver(to_caf(outcome.error()));
  };
}

std::optional<submit> admit(const std::shared_ptr<byte_credit>& credit,
                            std::shared_ptr<const tx_request> request,
                            const std::optional<request_id>& id, call::answer_function told) {
  auto permitted = take_credit(credit, approximate_bytes(*request));
  if (!permitted) {
    told(fail(permitted.error()));
    return std::nullopt;
  }
  return submit{
      std::make_shared<call>(std::move(request), id, std::move(*permitted), std::move(told))};
}

promise<transacted_message> gateway_state::take(const transact& what) {
  auto answer = self->make_response_promise<promise<transacted_message>>();
  if (const auto order = admit(credit, what.request, what.id, answer_through(answer)))
    send(self, routed_by, *order);
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
