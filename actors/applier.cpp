#include "weft/actors/applier.hpp"

#include <utility>

namespace weft::actors {

promise<started> applier_state::begin(const log_writer_actor& log) {
  auto answer = self->make_response_promise<promise<started>>();
  request(
      self, log, forever, recover{},
      [this, answer](const recovered& found) mutable {
        database_ = found.database;
        index_ = found.index;
        state_.emplace(*index_, std::move(*found.records), found.cursors, found.position);
        if (on_index)
          on_index(index_);
        answer.deliver(started{});
      },
      [answer](const error& why) mutable { answer.deliver(to_caf(why)); });
  return answer;
}

void applier_state::take(const apply& order) {
  const stage_times::span here(figures->stages, commit_stage::apply);
  std::vector<schema_change> changes;
  for (std::size_t i = 0; i < order.entries->size(); ++i) {
    const auto before = state_->schema();
    if (const auto done = state_->apply((*order.entries)[i]); !done)
      return self->quit(to_caf(done.error()));
    if (state_->schema() != before)
      changes.push_back({i, state_->schema()});
  }
  if (listener)
    send(self, listener, applied{order.entries, index_->open(), std::move(changes)});
  std::erase_if(waiting_, [&](waiting& who) {
    if (state_->position().index < who.what.at_least)
      return false;
    who.answer.deliver(position_for(who.what));
    return true;
  });
}

followed applier_state::follow_with(const applied_listener& who) {
  listener = who;
  return {.database = database_,
          .position = state_->position(),
          .when = index_->last_instant(),
          .now = index_->open(),
          .cursors = state_->cursors()};
}

/// Whoever reads goes on in a thread of its own, whatever thread this is.
promise<viewed> applier_state::show() {
  const auto answer = self->make_response_promise<promise<viewed>>();
  free_promise(answer).deliver(viewed{.now = index_->open(),
                                      .when = index_->last_instant(),
                                      .chain = state_->position().chain,
                                      .next = state_->ids()});
  return answer;
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

applier_actor::behavior_type applier(pointer<applier_actor, applier_state> self,
                                     log_writer_actor log,
                                     std::function<void(std::shared_ptr<memory_index>)> on_index,
                                     std::shared_ptr<node_figures> figures) {
  auto& state = self->state;
  state.self = self;
  state.on_index = std::move(on_index);
  state.figures = std::move(figures);
  return {[&state, log](const start_up&) { return state.begin(log); },
          [&state](const ask_applied& m) { return state.tell(m); },
          [&state](const ask_view&) { return state.show(); },
          [&state](const follow& m) { return state.follow_with(m.who); },
          [&state](const apply& m) { state.take(m); },
          [&state](const dropped& m) {
            if (state.listener)
              send(state.self, state.listener, m);
          }};
}

} // namespace weft::actors
