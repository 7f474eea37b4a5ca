#include "weft/actors/stream_proxy.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

constexpr std::chrono::milliseconds tick_often{50};
constexpr std::chrono::milliseconds tick_seldom{250};
constexpr std::int64_t us_per_ms = 1000;

/// Of all streams of a connection: the node cuts who does not take so much, and other answers are
/// on the way, too.
constexpr std::size_t windows_bytes_max = limits::connection_unread_bytes_max / 4 * 3;

} // namespace

std::size_t window_for(std::size_t asked, std::size_t in_use) noexcept {
  const auto left = windows_bytes_max - std::min(in_use, windows_bytes_max);
  return std::min(asked, std::max(left / 2, limits::stream_window_bytes_min));
}

stream_proxy_state::~stream_proxy_state() {
  for (auto& [session, at] : seats_)
    end(at, error{errc::closed, "the streams of the connection ended"});
}

stream_proxy_state::seat* stream_proxy_state::find(std::uint64_t session) {
  const auto at = seats_.find(session);
  return at == seats_.end() ? nullptr : &at->second;
}

promise<subscribed> stream_proxy_state::add(const subscribe& what) {
  auto answer = self->make_response_promise<promise<subscribed>>();
  std::size_t in_use = 0;
  for (const auto& [session, other] : seats_)
    in_use += other.how.window_bytes;
  const bool is_new =
      std::ranges::none_of(seats_, [&](const auto& e) { return e.second.who == what.who; });
  auto session = how.random();
  while (seats_.contains(session))
    ++session;
  auto& at =
      seats_
          .emplace(session,
                   seat{.session = session,
                        .who = what.who,
                        .how = what.how,
                        .deadline_us = how.steady().get() + how.answer_within.count() * us_per_ms,
                        .answer = free_promise(answer),
                        .to = delivery(what.who, what.how.notices, delivery::where::next),
                        .speaker = {}})
          .first->second;
  at.how.window_bytes =
      std::max(window_for(what.how.window_bytes, in_use), limits::stream_window_bytes_min);
  if (is_new)
    watch(self, what.who);
  start_ticking();
  connect(at, look());
  settle();
  return answer;
}

// -- one step ---

/// Drawing a number is a system call: one for all seats that have something to do now.
stream_proxy_state::machine::moment stream_proxy_state::look() const {
  return {.now_us = how.steady().get(), .random = how.random()};
}

template <class Event>
void stream_proxy_state::step(seat& at, const Event& what, const machine::moment& now) {
  if (!at.speaker || at.is_over)
    return;
  machine::effects effects;
  at.speaker->step(what, {now.now_us, now.random ^ at.session}, effects);
  for (auto& effect : effects)
    std::visit([&](auto& order) { perform(at, order); }, effect);
  if (std::exchange(at.wants_connection, false) && up_)
    step(at, machine::connected{}, now);
  has_ended_ = has_ended_ || at.is_over;
}

/// What was said in one go goes together, and what is over is forgotten.
void stream_proxy_state::settle() {
  if (!unsent_.empty())
    send(self, how.link, proxy_frames_out{std::exchange(unsent_, {})});
  if (!std::exchange(has_ended_, false))
    return;
  std::vector<actor> left;
  for (const auto& [session, at] : seats_)
    if (at.is_over)
      left.push_back(at.who);
  std::erase_if(seats_, [](const auto& entry) { return entry.second.is_over; });
  for (const auto& who : left)
    if (std::ranges::none_of(seats_, [&](const auto& e) { return e.second.who == who; }))
      unwatch(self, who);
}

// -- the connection ---

/// Opens its stream, as soon as there is a connection.
void stream_proxy_state::connect(seat& at, const machine::moment& now) {
  if (!up_)
    return;
  if (!at.speaker)
    at.speaker.emplace(machine::options{
        .session = at.session,
        .origin = {.database = up_->database, .lineage = up_->lineage, .shard = {}},
        .start = at.how.start,
        .filter = at.how.filter,
        .name = at.how.name,
        .window_bytes = at.how.window_bytes});
  step(at, machine::connected{}, now);
}

void stream_proxy_state::hear(const connection_up& news) {
  up_ = news;
  const auto now = look();
  for (auto& [session, at] : seats_)
    connect(at, now);
  settle();
}

void stream_proxy_state::hear_down() {
  up_.reset();
  const auto now = look();
  for (auto& [session, at] : seats_)
    step(at, machine::disconnected{}, now);
  settle();
}

void stream_proxy_state::hear(const connection_over& news) {
  for (auto& [session, at] : seats_)
    end(at, news.why);
  seats_.clear();
  self->quit();
}

void stream_proxy_state::hear(const proxy_frames_in& news) {
  const auto now = look();
  // Many subscribers run in all workers, not one after the other in this one.
  const auto where = news.frames.size() > few_frames ? delivery::where::beside //
                                                     : delivery::where::next;
  for (const auto& frame : news.frames)
    if (auto* at = find(stream::epoch_of(frame).session); at != nullptr) {
      if (at->to)
        at->to->run(where);
      step(*at, machine::received{frame}, now);
    }
  settle();
}

void stream_proxy_state::start_ticking() {
  if (!std::exchange(is_ticking_, true))
    send_later(self, tick_often, clock_tick{});
}

void stream_proxy_state::look_at_clock() {
  bool all_open = true;
  const auto now = look();
  for (auto& [session, at] : seats_) {
    step(at, machine::tick{}, now);
    if (at.answer && now.now_us >= at.deadline_us)
      leave(at, error{errc::unreachable, "the stream was not opened in time; try again"});
    all_open = all_open && at.speaker && at.speaker->phase() == machine::stage::open;
  }
  settle();
  is_ticking_ = !seats_.empty();
  if (is_ticking_)
    send_later(self, all_open ? tick_seldom : tick_often, clock_tick{});
}

// -- subscribers ---

void stream_proxy_state::move_cursor(const acknowledge& what) {
  if (auto* at = find(what.session); at != nullptr)
    step(*at, machine::ack{what.t, what.hash}, look());
  settle();
}

void stream_proxy_state::remove(std::uint64_t session) {
  if (auto* at = find(session); at != nullptr)
    leave(*at);
  settle();
}

/// The node hears so, if it knows of the session.
void stream_proxy_state::leave(seat& at, std::optional<error> why) {
  at.why = std::move(why);
  if (at.speaker)
    step(at, machine::unsubscribe{}, look());
  else
    end(at, at.why);
  has_ended_ = true;
}

void stream_proxy_state::hear_end(const actor_address& who) {
  if (who == how.link.address())
    return hear(connection_over{{errc::closed, "the database was closed"}});
  for (auto& [session, at] : seats_)
    if (at.who.address() == who) {
      at.to.reset(); // nobody is to be told
      leave(at);
    }
  settle();
}

/// The last word, to who waits for the first or to who listens.
void stream_proxy_state::end(seat& at, const std::optional<error>& why) {
  if (std::exchange(at.is_over, true))
    return;
  if (at.answer)
    std::exchange(at.answer, {})
        ->deliver(to_caf(why.value_or(error{errc::not_subscribed, "the subscriber ended"})));
  else if (at.to)
    at.to->close(why);
}

// -- effects ---

void stream_proxy_state::perform(seat& /*at*/, machine::send& what) {
  unsent_.push_back(std::move(what.what));
}

void stream_proxy_state::perform(seat& at, const machine::delivery& what) {
  if (!at.to)
    return;
  const auto handled = [this, session = at.session, token = what.token](bool taken) {
    auto* of = find(session);
    if (of == nullptr)
      return;
    if (taken)
      step(*of, machine::consumed{token}, look());
    else
      leave(*of);
    settle();
  };
  at.to->give(self, what.batch, what.ends_window, handled);
}

void stream_proxy_state::perform(seat& at, const machine::reconnect& /*what*/) {
  at.wants_connection = true;
}

void stream_proxy_state::perform(seat& at, const machine::opened& what) {
  if (at.answer)
    std::exchange(at.answer, {})
        ->deliver(subscribed{at.session, what.at, what.head, at.speaker->origin()});
}

void stream_proxy_state::perform(seat& at, const machine::lagged& what) {
  if (at.to)
    at.to->notify({stream_notice::lagged{what.at, what.head}});
}

void stream_proxy_state::perform(seat& at, const machine::gap& what) {
  if (at.to)
    at.to->notify({stream_notice::gap{what.at, what.why}});
}

void stream_proxy_state::perform(seat& at, const machine::watermark& what) {
  if (at.to)
    at.to->tell_watermark(self, {what.at, what.head, at.speaker->origin()});
}

/// It is told with the first batch that has these names.
void stream_proxy_state::perform(seat& /*at*/, const machine::schema_changed& /*what*/) {}

void stream_proxy_state::perform(seat& at, const machine::closed& what) {
  end(at, at.why ? at.why : what.reason);
}

stream_proxy_actor::behavior_type stream_proxy(pointer<stream_proxy_actor, stream_proxy_state> self,
                                               stream_proxy_options how) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  watch(self, state.how.link);
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  return {[&state](const subscribe& m) { return state.add(m); },
          [&state](const unsubscribe& m) { state.remove(m.session); },
          [&state](const acknowledge& m) { state.move_cursor(m); },
          [&state](const proxy_frames_in& m) { state.hear(m); },
          [&state](const connection_up& m) { state.hear(m); },
          [&state](const connection_down&) { state.hear_down(); },
          [&state](const connection_over& m) { state.hear(m); },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
