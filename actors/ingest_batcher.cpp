#include "weft/actors/ingest_batcher.hpp"

#include "weft/actors/call.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

request_id any_id() {
  return persistence::make_id(persistence::wall_clock_us(), persistence::random64(),
                              persistence::random64());
}

} // namespace

ingest_batcher_state::~ingest_batcher_state() {
  const auto why = to_caf({errc::outcome_unknown, "the ingest batcher ended; retry with an id"});
  for (auto& [ticket, who] : asked_)
    who.deliver(why);
  for (auto& each : flushes_)
    each.who.deliver(why);
}

promise<transacted_message> ingest_batcher_state::take(const transact& item) {
  auto answer = self->make_response_promise<promise<transacted_message>>();
  if (is_ending_) {
    answer.deliver(to_caf({errc::closed, "the ingest batcher is ending"}));
    return answer;
  }
  const auto ticket = ++last_ticket_;
  asked_.emplace(ticket, answer);
  step(ingest::batcher::offered{ticket, item.request, item.id, approximate_bytes(*item.request)});
  return answer;
}

promise<items_flushed> ingest_batcher_state::take(const flush_items& /*order*/) {
  auto answer = self->make_response_promise<promise<items_flushed>>();
  flushes_.push_back({last_ticket_, free_promise(answer)});
  step(ingest::batcher::hurry{});
  return answer;
}

ingest_figures ingest_batcher_state::show() const {
  return {machine->counts(), machine->waiting_bytes()};
}

void ingest_batcher_state::look_at_clock() {
  alarm_us_.reset();
  step(ingest::batcher::tick{});
}

void ingest_batcher_state::hear_stop() {
  is_ending_ = true;
  step(ingest::batcher::hurry{});
}

/// One after the other, also those that come of a step: as many as there are items may.
void ingest_batcher_state::step(event what) {
  events_.push_back(std::move(what));
  if (std::exchange(is_stepping_, true))
    return;
  for (; !events_.empty(); events_.pop_front()) {
    ingest::batcher::effects out;
    const ingest::batcher::moment now{how.steady().get(), how.make_id()};
    std::visit([&](const auto& news) { machine->step(news, now, out); }, events_.front());
    for (auto& news : out.settled)
      perform(news);
    for (const auto& order : out.attempts)
      perform(order);
  }
  is_stepping_ = false;
  answer_flushes();
  set_alarm();
  if (is_ending_ && machine->is_idle())
    self->quit();
}

void ingest_batcher_state::perform(const ingest::batcher::attempt& order) {
  const auto number = order.number;
  const auto to = how.gateway();
  if (!to)
    return step(ingest::batcher::answered{number, fail(errc::no_leader, "there is no gateway")});
  request(
      self, to, forever, transact{order.request, order.id},
      [this, number](const transacted_message& m) {
        step(ingest::batcher::answered{number, m.outcome});
      },
      [this, number](const error& why) {
        step(ingest::batcher::answered{number, fail(why)});
      });
}

void ingest_batcher_state::perform(ingest::batcher::settlement& news) {
  auto who = asked_.extract(news.ticket);
  if (news.outcome)
    who.mapped().deliver(transacted_message{std::move(*news.outcome)});
  else
    who.mapped().deliver(to_caf(news.outcome.error()));
}

void ingest_batcher_state::answer_flushes() {
  const auto is_done = [this](flush_wait& each) {
    if (!asked_.empty() && asked_.begin()->first <= each.through)
      return false;
    each.who.deliver(items_flushed{});
    return true;
  };
  flushes_.erase(std::remove_if(flushes_.begin(), flushes_.end(), is_done), flushes_.end());
}

void ingest_batcher_state::set_alarm() {
  const auto due = machine->next_wake_us();
  if (!due || (alarm_us_ && *alarm_us_ <= *due))
    return;
  alarm_us_ = *due;
  const std::chrono::microseconds left{std::max<std::int64_t>(0, *due - how.steady().get())};
  send_later(self, std::chrono::ceil<std::chrono::milliseconds>(left), clock_tick{});
}

ingest_batcher_actor::behavior_type
ingest_batcher(pointer<ingest_batcher_actor, ingest_batcher_state> self,
               ingest_batcher_options how) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  if (!state.how.steady)
    state.how.steady = persistence::steady_clock_us;
  if (!state.how.make_id)
    state.how.make_id = any_id;
  state.machine.emplace(state.how.batches);
  on_asked_to_end(self, [&state] { state.hear_stop(); });
  return {[](const start_up&) { return started{}; },
          [&state](const transact& m) { return state.take(m); },
          [&state](const flush_items& m) { return state.take(m); },
          [&state](const ask_ingest&) { return state.show(); },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
