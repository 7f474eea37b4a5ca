#include "weft/actors/stream_proxy.hpp"

#include <utility>

namespace weft::actors {

namespace {

constexpr std::chrono::milliseconds tick_often{50};
constexpr std::chrono::milliseconds tick_seldom{250};
constexpr std::int64_t us_per_ms = 1000;

} // namespace

promise<subscribed> stream_proxy_state::begin(const subscribe& what) {
  answer_ = self->make_response_promise<promise<subscribed>>();
  asked_ = what;
  to_.emplace(what.who, what.how.notices, delivery::where::next);
  deadline_us_ = how.steady().get() + how.answer_within.count() * us_per_ms;
  watch(self, what.who);
  watch(self, how.link);
  send_later(self, tick_often, clock_tick{});
  return *answer_;
}

template <class Event>
void stream_proxy_state::step(const Event& what) {
  if (!machine_)
    return;
  machine::effects effects;
  machine_->step(what, {how.steady().get(), how.random()}, effects);
  for (auto& effect : effects)
    std::visit([this](auto& order) { perform(order); }, effect);
}

// -- the connection ---

void stream_proxy_state::hear(const connection_up& news) {
  if (!asked_)
    return;
  if (!machine_)
    machine_.emplace(machine::options{
        .session = how.session,
        .origin = {.database = news.database, .lineage = news.lineage, .shard = {}},
        .start = asked_->how.start,
        .filter = asked_->how.filter,
        .name = asked_->how.name,
        .window_bytes = asked_->how.window_bytes});
  step(machine::connected{});
}

void stream_proxy_state::hear_down() {
  step(machine::disconnected{});
}

void stream_proxy_state::hear(const connection_over& news) {
  end(news.why);
}

void stream_proxy_state::hear(const proxy_frame_in& frame) {
  step(machine::received{frame.what});
}

void stream_proxy_state::look_at_clock() {
  step(machine::tick{});
  if (answer_ && how.steady().get() >= deadline_us_)
    return end(error{errc::unreachable, "the stream was not opened in time; try again"});
  const bool open = machine_ && machine_->phase() == machine::stage::open;
  send_later(self, open ? tick_seldom : tick_often, clock_tick{});
}

// -- the subscriber ---

void stream_proxy_state::move_cursor(const acknowledge& what) {
  step(machine::ack{what.t, what.hash});
}

void stream_proxy_state::remove() {
  if (machine_)
    step(machine::unsubscribe{});
  else
    end(std::nullopt);
}

void stream_proxy_state::hear_end(const actor_address& who) {
  if (who == how.link.address())
    return end(error{errc::closed, "the database was closed"});
  to_.reset(); // nobody is to be told
  remove();
}

/// The last word, to who waits for the first or to who listens.
void stream_proxy_state::end(const std::optional<error>& why) {
  if (answer_)
    std::exchange(answer_, {})
        ->deliver(to_caf(why.value_or(error{errc::not_subscribed, "the subscriber ended"})));
  else if (to_)
    to_->close(why);
  self->quit();
}

// -- effects ---

void stream_proxy_state::perform(machine::send& what) {
  send(self, how.link, proxy_frame_out{std::move(what.what)});
}

void stream_proxy_state::perform(const machine::delivery& what) {
  if (!to_)
    return;
  to_->give(self, what.batch, what.ends_window, [this, token = what.token](bool taken) {
    if (taken)
      step(machine::consumed{token});
    else
      remove();
  });
}

void stream_proxy_state::perform(const machine::reconnect& /*what*/) {
  send(self, how.link, connection_wanted{stream_proxy_actor(self)});
}

void stream_proxy_state::perform(const machine::opened& what) {
  if (answer_)
    std::exchange(answer_, {})
        ->deliver(subscribed{how.session, what.at, what.head, machine_->origin()});
}

void stream_proxy_state::perform(const machine::lagged& what) {
  if (to_)
    to_->notify({stream_notice::lagged{what.at, what.head}});
}

void stream_proxy_state::perform(const machine::gap& what) {
  if (to_)
    to_->notify({stream_notice::gap{what.at, what.why}});
}

void stream_proxy_state::perform(const machine::watermark& what) {
  if (to_)
    to_->tell_watermark(self, {what.at, what.head, machine_->origin()});
}

/// It is told with the first batch that has these names.
void stream_proxy_state::perform(const machine::schema_changed& /*what*/) {}

void stream_proxy_state::perform(const machine::closed& what) {
  end(what.reason);
}

stream_proxy_actor::behavior_type stream_proxy(pointer<stream_proxy_actor, stream_proxy_state> self,
                                               stream_proxy_options how) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  return {[&state](const subscribe& m) { return state.begin(m); },
          [&state](const unsubscribe&) { state.remove(); },
          [&state](const acknowledge& m) { state.move_cursor(m); },
          [&state](const proxy_frame_in& m) { state.hear(m); },
          [&state](const connection_up& m) { state.hear(m); },
          [&state](const connection_down&) { state.hear_down(); },
          [&state](const connection_over& m) { state.hear(m); },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
