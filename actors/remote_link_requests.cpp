// What a remote_link asks of the node: transactions, until they have an outcome, and the rest.
#include "weft/actors/gateway.hpp"
#include "weft/actors/remote_link.hpp"
#include "weft/core/base/assert.hpp"
#include "weft/persistence/system.hpp"

#include <utility>

namespace weft::actors {

namespace {

constexpr std::int64_t us_per_ms = 1000;
/// A node that has no transactor is asked again, but not in a loop.
constexpr std::int64_t ask_again_us = 50'000;

/// Nobody executed it, or whoever did will know its id.
bool is_to_be_sent_again(errc code) {
  return code == errc::outcome_unknown || code == errc::unreachable || code == errc::closed ||
         code == errc::no_leader;
}

} // namespace

// -- transactions ---

void remote_link_state::take(const submit& order) {
  if (ended_)
    return order.what->answer(fail(*ended_));
  const auto id =
      order.what->id().value_or(persistence::make_id(how.clock(), how.random(), how.random()));
  const auto number = next_transaction_++;
  const auto deadline = now() + how.answer_within.count() * us_per_ms;
  const auto made = transactions_.emplace(number, transaction{order.what, id, deadline}).first;
  if (phase_ != stage::open) {
    unsent_.insert(number);
    return;
  }
  session::effects effects; // those that wait now, wait for their time
  if (!send_one(made->second, number, effects))
    transactions_.erase(made);
  perform(std::move(effects));
}

promise<transacted_message> remote_link_state::take(const transact& request) {
  auto answer = self->make_response_promise<promise<transacted_message>>();
  if (const auto order = admit(how.credit, request.request, request.id, answer_through(answer)))
    take(*order);
  return answer;
}

/// All that may be sent now. Cost: O(those that wait).
void remote_link_state::send_waiting() {
  // Who welcomed us may have said goodbye with the same breath.
  if (phase_ != stage::open || machine_->phase() != session::stage::open)
    return;
  session::effects effects;
  for (auto at = unsent_.begin(); at != unsent_.end();) {
    const auto found = transactions_.find(*at);
    if (found != transactions_.end() && found->second.again_us > now()) {
      ++at;
      continue;
    }
    if (found != transactions_.end() && !send_one(found->second, *at, effects))
      transactions_.erase(found);
    at = unsent_.erase(at);
  }
  perform(std::move(effects));
}

/// False when it cannot be sent at all, and was answered.
bool remote_link_state::send_one(transaction& what, std::uint64_t number,
                                 session::effects& effects) {
  // The request lives as long as the call.
  const std::shared_ptr<const tx_request> request(what.who, &what.who->request());
  const auto wire = machine_->ask(protocol::transact_request{request, what.id}, effects);
  if (!wire) {
    what.who->answer(fail(wire.error()));
    return false;
  }
  what.who->was_proposed();
  what.was_sent = true;
  asked_.insert_or_assign(*wire, number);
  return true;
}

void remote_link_state::hear(session::answered news) {
  const auto at = asked_.find(news.id);
  if (at == asked_.end())
    return;
  auto who = asked_.extract(at);
  if (const auto* number = std::get_if<std::uint64_t>(&who.mapped()))
    hear_outcome(*number, std::move(news.what));
  else if (auto* promised = std::get_if<free_promise>(&who.mapped()))
    promised->deliver(node_answer{std::move(news.what), connection_});
}

void remote_link_state::hear_outcome(std::uint64_t number, protocol::answer_body what) {
  const auto at = transactions_.find(number);
  if (at == transactions_.end())
    return;
  auto& mine = at->second;
  if (auto* done = std::get_if<protocol::transacted_answer>(&what)) {
    mine.who->answer(
        transacted{done->t, done->when, std::move(done->tempids), std::move(done->payload)});
  } else if (const auto* no = std::get_if<wire_error>(&what)) {
    auto why = no->reason(errc::outcome_unknown);
    mine.uncertain = mine.uncertain || why.code == errc::outcome_unknown;
    // While an earlier try may have been executed, only its own outcome is an answer.
    if (is_to_be_sent_again(why.code) || (mine.uncertain && info(why.code).retryable)) {
      mine.last = std::move(why);
      mine.again_us = now() + ask_again_us;
      unsent_.insert(number);
      return;
    }
    mine.who->answer(fail(std::move(why)));
  } else {
    mine.who->answer(
        fail(errc::outcome_unknown, "the node answered something else; retry with the same id"));
  }
  transactions_.erase(at);
}

void remote_link_state::look_at_deadlines() {
  const auto time = now();
  // All have the same time to be answered, so the first ones are over first.
  while (!transactions_.empty() && transactions_.begin()->second.deadline_us <= time) {
    auto over = transactions_.extract(transactions_.begin());
    unsent_.erase(over.key());
    give_up(over.mapped(), over.mapped().last.value_or(
                               error{errc::unreachable, "the node did not answer in time"}));
  }
}

void remote_link_state::give_up(transaction& what, const error& why) {
  if (!what.was_sent)
    return what.who->answer(fail(why));
  what.who->answer(fail(errc::outcome_unknown, "the transaction was sent, and no answer came (" +
                                                   why.to_string() + "); retry with the same id"));
}

// -- other requests ---

promise<node_answer> remote_link_state::take(const ask_node& request) {
  auto answer = self->make_response_promise<promise<node_answer>>();
  if (phase_ != stage::open) {
    answer.deliver(to_caf(ended_.value_or(
        error{errc::unreachable, "there is no connection to the node; try again"})));
    return answer;
  }
  if (request.connection != 0 && request.connection != connection_) {
    answer.deliver(to_caf(error{
        errc::unreachable, "the connection that the view was opened on is gone; open another"}));
    return answer;
  }
  session::effects effects;
  const auto wire = machine_->ask(request.what, effects);
  if (wire)
    asked_.insert_or_assign(*wire, free_promise(answer));
  else
    answer.deliver(to_caf(wire.error()));
  perform(std::move(effects));
  return answer;
}

} // namespace weft::actors
