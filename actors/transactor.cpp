#include "weft/actors/transactor.hpp"

#include "weft/core/base/assert.hpp"

#include <utility>

namespace weft::actors {

namespace {

/// Transactions that are proposed together at most.
constexpr std::size_t gathered_max = 16;

error failed_storage(const error& why) {
  return {errc::storage_failed,
          "the storage failed and takes no more transactions until the database is opened again: " +
              why.to_string()};
}

error unknown_outcome(const error& why) {
  return {errc::outcome_unknown, "the storage failed while the transaction was written (" +
                                     why.to_string() + "); retry it with the same id"};
}

/// The answer to a transaction that was executed before, from its record.
result<transacted> outcome_of(std::shared_ptr<const bytes> payload) {
  WEFT_TRY(const auto rec, record_view::decode(*payload));
  return transacted{rec.t(), rec.when(), rec.tempids(), std::move(payload)};
}

} // namespace

promise<started> transactor_state::begin() {
  auto answer = self->make_response_promise<promise<started>>();
  const auto failed = [answer](const error& why) mutable { answer.deliver(to_caf(why)); };
  request(
      self, port, forever, lead{},
      [this, answer, failed](const leadership& mine) {
        now_ = {.leadership = mine.number, .generation = 1};
        machine_.emplace(std::move(*mine.state),
                         weft::transactor::options{.mode = how.mode,
                                                   .functions = how.functions.get(),
                                                   .clock = &function_clock});
        request(
            self, published_by, forever, follow{self},
            [answer](const followed&) mutable { answer.deliver(started{}); }, failed);
      },
      failed);
  return answer;
}

// -- requests ---

void transactor_state::take(const submit& order) {
  if (failed_)
    return refuse(order.what, *failed_);
  if (ending_ || !machine_)
    return; // it is answered when nobody has it any more: nothing was proposed
  resolve(order.what);
}

void transactor_state::refuse(const std::shared_ptr<call>& who, error why) const {
  how.figures->rejected(why.code);
  who->answer(fail(std::move(why)));
}

void transactor_state::resolve(std::shared_ptr<call> who) {
  const stage_times::span here(how.figures->stages, commit_stage::resolve);
  const auto number = std::exchange(next_ticket_, next_ticket_.next());
  const auto begun = how.steady();
  auto out = machine_->step(weft::transactor::submit{.who = number,
                                                     .request = who->request(),
                                                     .id = who->id(),
                                                     .now = how.clock(),
                                                     .steady = begun});
  if (!out.propose) {
    unanswered_.emplace(number, std::move(who));
    return perform(out.answers);
  }
  auto& tx = *out.propose;
  who->was_proposed();
  gathered_.push_back({entry_kind::transaction, tx.t, tx.payload});
  on_their_way_.push_back(
      {std::move(who), {tx.t, tx.when, std::move(tx.tempids), std::move(tx.payload)}, begun});
  pass_on_soon();
}

/// Transactions that waited together are proposed together, a few at a time: the disk need not wait
/// for all of them.
void transactor_state::pass_on_soon() {
  if (gathered_.size() >= gathered_max || !has_more(self))
    pass_on();
  else if (!std::exchange(flush_sent, true))
    send(self, self, flush{});
}

void transactor_state::pass_on() {
  if (!gathered_.empty())
    send(self, port, propose{now_, std::exchange(gathered_, {})});
}

std::shared_ptr<call> transactor_state::claim(ticket who) {
  const auto it = unanswered_.find(who);
  WEFT_ASSERT(it != unanswered_.end());
  auto out = std::move(it->second);
  unanswered_.erase(it);
  return out;
}

void transactor_state::perform(const std::vector<weft::transactor::answer>& answers) {
  for (const auto& answer : answers) {
    const auto who = claim(answer.who);
    if (const auto* refused = std::get_if<error>(&answer.what))
      refuse(who, *refused);
    else
      answer_again(who, std::get<tx_number>(answer.what));
  }
}

/// It was executed before: the log has what came of it.
void transactor_state::answer_again(const std::shared_ptr<call>& who, tx_number t) {
  ++fetching_;
  const auto answer = [this, who](result<transacted> outcome) {
    --fetching_;
    who->answer(std::move(outcome));
    end_if_done();
  };
  request(
      self, old_log, forever, fetch{t},
      [answer](const fetched& found) { answer(outcome_of(found.payload)); },
      [answer](const error& why) { answer(fail(why)); });
}

// -- the end ---

void transactor_state::hear_stop() {
  ending_ = true;
  end_if_done();
}

void transactor_state::hear_end() {
  alone_ = true;
  end_if_done();
}

void transactor_state::end_if_done() {
  if (ending_ && (alone_ || (on_their_way_.empty() && unanswered_.empty() && fetching_ == 0)))
    self->quit();
}

// -- what became of them ---

void transactor_state::hear(const applied& news) {
  const stage_times::span here(how.figures->stages, commit_stage::answer);
  const turn mine(self); // who is answered runs next
  perform(machine_->step(weft::transactor::committed{news.now}).answers);
  const auto now = how.steady().get();
  while (!on_their_way_.empty() && on_their_way_.front().outcome.t <= news.now.basis()) {
    auto& done = on_their_way_.front();
    how.figures->committed.add();
    how.figures->committed_bytes.add(done.outcome.payload->size());
    how.figures->commit_ns.observe(static_cast<std::uint64_t>(now - done.begun.get()) * 1000);
    done.who->answer(std::move(done.outcome));
    on_their_way_.pop_front();
  }
  end_if_done();
}

void transactor_state::hear(const dropped& news) {
  if (news.of < now_ || failed_)
    return; // it is known
  now_.generation = news.of.generation + 1;
  gathered_.clear();
  const bool for_good = !info(news.reason.code).retryable;
  const auto again = machine_->step(weft::transactor::lost{}).again;
  std::vector<std::shared_ptr<call>> to_resolve;
  for (const auto who : again)
    to_resolve.push_back(claim(who));
  lose(news.reason);
  if (for_good)
    failed_ = failed_storage(news.reason);
  for (auto& who : to_resolve)
    take({std::move(who)});
  end_if_done();
}

/// Nothing of what is on its way is committed here. The first is the one that was refused or lost;
/// those after it were resolved on top of it.
void transactor_state::lose(const error& why) {
  const bool for_good = !info(why.code).retryable;
  for (auto& lost : std::exchange(on_their_way_, {})) {
    if (!for_good)
      lost.who->was_dropped();
    refuse(lost.who, for_good ? unknown_outcome(why) : why);
  }
}

transactor_actor::behavior_type transactor(pointer<transactor_actor, transactor_state> self,
                                           transactor_options how, log_reader_actor old_log,
                                           wal_publisher_actor published_by,
                                           raft_election_actor port) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  state.function_clock = [steady = state.how.steady] { return steady().get(); };
  state.old_log = std::move(old_log);
  state.published_by = std::move(published_by);
  state.port = std::move(port);
  on_asked_to_end(self, [&state] { state.hear_stop(); });
  on_end_of_watched(self, [&state](const actor_address&, const end_reason&) { state.hear_end(); });
  watch(self, state.old_log);
  watch(self, state.published_by);
  watch(self, state.port);
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const submit& m) { state.take(m); },
          [&state](const applied& m) { state.hear(m); },
          [&state](const dropped& m) { state.hear(m); },
          [&state](const flush&) {
            state.flush_sent = false;
            state.pass_on();
          }};
}

} // namespace weft::actors
