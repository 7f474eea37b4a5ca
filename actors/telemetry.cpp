#include "weft/actors/telemetry.hpp"

#include <utility>

namespace weft::actors {

namespace {

/// First the tree, then its parts: a part that has not answered by then is missing in the sample.
/// Who asks for one waits for limits::health_answer_us_max, and has it by then.
constexpr std::chrono::milliseconds answer_within{limits::health_answer_us_max / 1000 * 2 / 5};

/// The part of this name, wherever it is.
actor find(const tree& in, std::string_view name) {
  if (in.name == name)
    return in.who;
  for (const auto& below : in.children)
    if (auto found = find(below, name))
      return found;
  return {};
}

} // namespace

started telemetry_state::begin() {
  top_ = asker_of(self).address();
  if (how.facts_interval)
    send_later(self, *how.facts_interval, facts_due{});
  return {};
}

promise<node_sample> telemetry_state::sample() {
  auto answer = self->make_response_promise<promise<node_sample>>();
  waiting_.push_back(answer);
  gather();
  return answer;
}

// -- a sample ---

/// One at a time; who asks meanwhile gets the same.
void telemetry_state::gather() {
  if (missing_ != 0)
    return;
  missing_ = 1;
  now_ = {};
  const auto top = alive(top_);
  if (!top)
    return one_answered();
  request(
      self, top, answer_within, ask_tree{answer_within},
      [this](const tree& all) {
        now_.parts = all;
        ask_parts();
        ask_what_waits(now_.parts);
        one_answered();
      },
      [this](const error& /*why*/) { one_answered(); });
}

void telemetry_state::ask_what_waits(tree& above) {
  for (auto& part : above.children) {
    ask_what_waits(part);
    if (!part.who)
      continue;
    ++missing_;
    request_first(
        self, part.who, answer_within, ask_waiting{},
        [this, to = &part](const waiting_messages& now) { // now_ is the same until all answered
          to->waiting = now.count;
          one_answered();
        },
        [this](const error& /*why*/) { one_answered(); });
  }
}

/// Asks a part that is there; `put` gets its answer.
template <class Reply, class Message, class Function>
void telemetry_state::ask(std::string_view part, const Message& question, Function put) {
  const auto who = find(now_.parts, part);
  if (!who)
    return;
  ++missing_;
  request(
      self, who, answer_within, question,
      [this, put](const Reply& answer) {
        put(answer);
        one_answered();
      },
      [this](const error& /*why*/) { one_answered(); });
}

void telemetry_state::ask_parts() {
  ask<raft_figures>("raft_election", ask_raft{}, [this](const auto& x) { now_.raft = x; });
  ask<applied_position>("applier", ask_applied{},
                        [this](const auto& x) { now_.applied = x.position.index; });
  ask<streams>("wal_publisher", ask_streams{}, [this](const auto& x) { now_.published = x; });
}

void telemetry_state::one_answered() {
  if (--missing_ == 0)
    finish();
}

void telemetry_state::finish() {
  if (const auto index = how.index()) {
    now_.index = index->stats();
    now_.head = index->head();
  }
  now_.credit_in_use = how.credit->in_use();
  now_.credit_limit = how.credit->limit();
  now_.credit_refusals = how.credit->refusals();
  if (metrics)
    metrics->update(now_, *how.figures);
  for (auto& who : std::exchange(waiting_, {}))
    who.deliver(now_);
  if (std::exchange(facts_wanted_, false))
    transact_facts();
  now_ = {}; // it refers to actors
}

// -- facts ---

void telemetry_state::state_facts() {
  send_later(self, *how.facts_interval, facts_due{});
  if (facts_under_way_)
    return;
  facts_wanted_ = true;
  gather();
}

void telemetry_state::transact_facts() {
  const auto index = how.index();
  if (!index || !now_.raft)
    return;
  auto request_of = facts->next(now_, *how.figures, index->open().schema());
  if (!request_of)
    return;
  facts_under_way_ = true;
  request(
      self, door, forever,
      transact{std::make_shared<const tx_request>(std::move(*request_of)), std::nullopt},
      [this](const transacted_message&) {
        facts_under_way_ = false;
        facts->hear_stated();
      },
      [this](const error& why) { hear_refused(why); });
}

void telemetry_state::hear_refused(const error& why) {
  facts_under_way_ = false;
  facts->hear_refused();
  note(*how.log, log_event::telemetry_fact_failed, "facts about the node were not transacted",
       {{"errc", info(why.code).name}, {"why", why.to_string()}});
}

telemetry_actor::behavior_type telemetry(pointer<telemetry_actor, telemetry_state> self,
                                         telemetry_options how, gateway_actor door) {
  auto& state = self->state;
  state.self = self;
  state.door = std::move(door);
  if (how.registry)
    state.metrics = std::make_unique<node_metrics>(how.registry, how.started, how.commit);
  state.facts.emplace(how.node, how.started);
  state.how = std::move(how);
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const ask_sample&) { return state.sample(); },
          [&state](const facts_due&) { state.state_facts(); }};
}

} // namespace weft::actors
