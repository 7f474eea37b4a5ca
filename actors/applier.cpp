#include "weft/actors/applier.hpp"

#include <utility>

namespace weft::actors {

promise<started> applier_state::begin(const log_writer_actor& log) {
  auto answer = self->make_response_promise<promise<started>>();
  request(
      self, log, forever, recover{},
      [this, answer](const recovered& found) mutable {
        index_ = found.index;
        state_.emplace(*index_, std::move(*found.records), found.position);
        if (on_index)
          on_index(index_);
        answer.deliver(started{});
      },
      [answer](const error& why) mutable { answer.deliver(to_caf(why)); });
  return answer;
}

void applier_state::take(const apply& order) {
  for (const auto& entry : *order.entries)
    if (const auto done = state_->apply(entry); !done)
      return self->quit(to_caf(done.error()));
  if (listener)
    send(self, listener, applied{order.entries, index_->open()});
  std::erase_if(waiting_, [&](waiting& who) {
    if (state_->position().index < who.what.at_least)
      return false;
    who.answer.deliver(position_for(who.what));
    return true;
  });
}

reply<applied_position> applier_state::tell(const ask_applied& request) {
  if (state_->position().index >= request.at_least)
    return position_for(request);
  waiting_.push_back({request, self->make_response_promise<promise<applied_position>>()});
  return waiting_.back().answer;
}

applied_position applier_state::position_for(const ask_applied& request) const {
  applied_position out{.position = state_->position(), .state = {}};
  if (request.state)
    out.state = std::make_shared<transactor::state>(state_->transactor_state());
  return out;
}

applier_actor::behavior_type
applier(pointer<applier_actor, applier_state> self, log_writer_actor log,
        std::function<void(std::shared_ptr<memory_index>)> on_index) {
  auto& state = self->state;
  state.self = self;
  state.on_index = std::move(on_index);
  return {[&state, log](const start_up&) { return state.begin(log); },
          [&state](const ask_applied& m) { return state.tell(m); },
          [&state](const follow& m) {
            state.listener = m.who;
            return started{};
          },
          [&state](const apply& m) { state.take(m); },
          [&state](const dropped& m) {
            if (state.listener)
              send(state.self, state.listener, m);
          }};
}

} // namespace weft::actors
