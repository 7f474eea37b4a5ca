#include "weft/actors/raft_election.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

promise<started> raft_election_state::begin() {
  auto answer = self->make_response_promise<promise<started>>();
  const auto failed = [answer](const error& why) mutable { answer.deliver(to_caf(why)); };
  request(
      self, log, forever, attach{self},
      [this, answer](const attached& at) {
        term_ = at.term;
        committed_ = at.position;
        last_ = at.position;
        leaderships_ = at.last.leadership;
        void_through_ = at.void_through;
        catch_up(answer);
      },
      failed);
  return answer;
}

/// What another life of this actor had written and not given to the applier.
void raft_election_state::catch_up(promise<started> answer) {
  const auto failed = [answer](const error& why) mutable { answer.deliver(to_caf(why)); };
  request(
      self, applied_by, forever, ask_applied{},
      [this, answer, failed](const applied_position& now) {
        if (now.position.index >= committed_.index) {
          auto done = answer;
          done.deliver(started{});
          return;
        }
        request(
            self, old_log, forever, read_entries{now.position, committed_},
            [this, answer](const entries_read& missed) mutable {
              send(self, applied_by, apply{missed.entries});
              answer.deliver(started{});
            },
            failed);
      },
      failed);
}

// -- leading ---

promise<leadership> raft_election_state::give_lead() {
  ++leaderships_;
  auto answer = self->make_response_promise<promise<leadership>>();
  leads_.push_back({leaderships_, last_.index, answer});
  answer_leads();
  return answer;
}

/// Answers who asked to lead, when what was proposed before is committed or dropped.
void raft_election_state::answer_leads() {
  while (!leads_.empty() && (in_flight_.empty() || committed_.index >= leads_.front().after)) {
    auto asked = std::move(leads_.front());
    leads_.pop_front();
    if (asked.number != leaderships_) {
      asked.answer.deliver(to_caf(error{errc::no_leader, "another transactor leads"}));
      continue;
    }
    request(
        self, applied_by, forever, ask_applied{committed_.index, true},
        [this, asked](const applied_position& now) mutable {
          asked.answer.deliver(leadership{asked.number, term_, now.state});
        },
        [asked](const error& why) mutable { asked.answer.deliver(to_caf(why)); });
  }
}

raft_figures raft_election_state::figures() const {
  return {.term = term_, .committed = committed_, .leads = leaderships_ != 0};
}

void raft_election_state::take(const propose& order) {
  if (order.of.leadership == leaderships_ && order.of > void_through_)
    write(order.of, order.entries);
}

/// It follows whatever was proposed last, in the epoch that counts after it.
void raft_election_state::take(const propose_control& order) {
  auto of = std::max(latest_, epoch{.leadership = leaderships_, .generation = 1});
  if (of <= void_through_)
    of = {.leadership = void_through_.leadership, .generation = void_through_.generation + 1};
  write(of, {{order.kind, {}, order.payload}});
}

void raft_election_state::write(epoch of, const std::vector<proposal>& entries) {
  latest_ = of;
  for (const auto& entry : entries) {
    last_ = advance(last_, entry.kind, term_, *entry.payload);
    in_flight_.push_back({entry.kind, last_, entry.payload});
  }
  send(self, log, append{of, entries});
}

// -- what became of it ---

void raft_election_state::hear(const durable& news) {
  auto entries = std::make_shared<std::vector<committed_entry>>();
  while (!in_flight_.empty() && in_flight_.front().position.index <= news.position.index) {
    entries->push_back(std::move(in_flight_.front()));
    in_flight_.pop_front();
  }
  const auto last = entries->empty() ? committed_ : entries->back().position;
  if (last != news.position)
    return self->quit(to_caf(error{errc::log_corrupt,
                                   "the log has an entry that was not proposed, or dropped",
                                   {{"index", std::to_string(news.position.index.get())}}}));
  if (entries->empty())
    return;
  committed_ = news.position;
  send(self, applied_by, apply{std::move(entries)});
  answer_leads();
}

void raft_election_state::hear(const dropped& news) {
  void_through_ = news.of;
  in_flight_.clear();
  last_ = committed_;
  send(self, applied_by, news);
  answer_leads();
}

raft_election_actor::behavior_type
raft_election(pointer<raft_election_actor, raft_election_state> self, log_writer_actor log,
              log_reader_actor old_log, applier_actor applied_by) {
  auto& state = self->state;
  state.self = self;
  state.log = std::move(log);
  state.old_log = std::move(old_log);
  state.applied_by = std::move(applied_by);
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const lead&) { return state.give_lead(); },
          [&state](const ask_raft&) { return state.figures(); },
          [&state](const propose& m) { state.take(m); },
          [&state](const propose_control& m) { state.take(m); },
          [&state](const durable& m) { state.hear(m); },
          [&state](const dropped& m) { state.hear(m); }};
}

} // namespace weft::actors
