#include "weft/fabric/client/log_tail.hpp"

#include "weft/persistence/system.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace weft::client {

namespace {

using persistence::steady_clock_us;
using stream::subscriber;

/// The machine looks at the clock this often.
constexpr std::int64_t tick_us = 100'000;

instant earlier(instant deadline, std::int64_t us) {
  return std::min(deadline, instant(steady_clock_us().get() + us));
}

} // namespace

result<log_tail> log_tail::open(tail_options how) {
  WEFT_CHECK(stream::check_open(how.start, {}));
  WEFT_TRY(auto made, connection::open(how.to));
  subscriber machine({.session = persistence::random64(),
                      .origin = {.database = made.node().database,
                                 .lineage = made.node().lineage,
                                 .shard = shard_id(0)},
                      .start = how.start,
                      .filter = how.filter,
                      .window_bytes = how.window_bytes});
  const auto endpoints = static_cast<std::int64_t>(how.to.endpoints.size());
  const instant deadline(steady_clock_us().get() + how.to.connect_us * endpoints);
  log_tail out(std::move(how), std::move(machine));
  out.node_ = made.node();
  out.at_ = made.at();
  out.now_ = std::move(made);
  out.step(subscriber::connected{});
  while (!out.is_open_ && !out.over_ && steady_clock_us() < deadline) {
    out.hear(deadline);
    if (!out.is_open_)
      WEFT_CHECK(out.how_.to.go_on(out.broken_ ? &*out.broken_ : nullptr));
  }
  if (out.over_)
    return fail(*out.over_);
  if (!out.is_open_)
    return fail(errc::unreachable, "the node did not open the stream in time");
  return out;
}

result<std::optional<wal_batch>> log_tail::next(instant deadline) {
  if (const auto token = std::exchange(window_end_, {}))
    step(subscriber::consumed{*token});
  for (;;) {
    if (!waiting_.empty()) {
      auto one = std::move(waiting_.front());
      waiting_.pop_front();
      given_ = one.batch.cursor();
      if (one.ends_window)
        window_end_ = one.token;
      return std::optional(std::move(one.batch));
    }
    if (over_)
      return fail(*over_);
    if (steady_clock_us() >= deadline)
      return std::nullopt;
    hear(deadline);
  }
}

// -- the machine ---

subscriber::moment log_tail::moment() const {
  return {steady_clock_us().get(), persistence::random64()};
}

template <class Event>
void log_tail::step(const Event& event) {
  subscriber::effects out;
  machine_.step(event, moment(), out);
  perform(std::move(out));
}

void log_tail::perform(subscriber::effects effects) {
  for (auto& e : effects) {
    if (const auto* out = std::get_if<subscriber::send>(&e)) {
      if (now_)
        static_cast<void>(now_->send(out->what)); // its end is seen by hear()
    } else if (auto* one = std::get_if<subscriber::delivery>(&e)) {
      caught_up_ = false;
      waiting_.push_back(std::move(*one));
    } else if (std::holds_alternative<subscriber::reconnect>(e)) {
      auto to = how_.to;
      to.database = node_.database;
      coming_.emplace(std::move(to));
    } else if (const auto* at = std::get_if<subscriber::opened>(&e)) {
      is_open_ = true;
      broken_.reset();
      head_ = at->head;
      if (!given_)
        given_ = machine_.cursor();
      caught_up_ = at->at.place.t == at->head;
    } else if (const auto* mark = std::get_if<subscriber::watermark>(&e)) {
      caught_up_ = mark->at.place.t == mark->head;
      head_ = mark->head;
    } else if (const auto* end = std::get_if<subscriber::closed>(&e)) {
      over_ = end->reason.value_or(error{errc::closed, "the stream is over"});
    } else if (const auto* lag = std::get_if<subscriber::lagged>(&e)) {
      head_ = lag->head;
    }
  }
}

// -- the connection ---

/// Goes on connecting until then.
void log_tail::reconnect(instant until) {
  auto known = coming_->go_on(until);
  if (!known)
    return;
  coming_.reset();
  if (*known) {
    now_ = std::move(**known);
    node_ = now_->node();
    at_ = now_->at();
    return step(subscriber::connected{});
  }
  if (info(known->error().code).retryable)
    return lose(known->error());
  over_ = known->error();
}

void log_tail::lose(const error& why) {
  now_.reset();
  if (!broken_)
    broken_ = why;
  step(subscriber::disconnected{});
}

/// What happens until the deadline, or the next look at the clock.
void log_tail::hear(instant deadline) {
  const auto until = earlier(deadline, tick_us);
  if (coming_) {
    now_.reset();
    reconnect(until);
  } else if (now_) {
    for (auto& frame : now_->frames(until))
      step(subscriber::received{std::move(frame)});
    if (now_ && now_->ended())
      lose(error(*now_->ended()));
  } else if (!over_) {
    const auto left = until.get() - steady_clock_us().get();
    std::this_thread::sleep_for(std::chrono::microseconds(std::max<std::int64_t>(left, 0)));
  }
  step(subscriber::tick{});
}

} // namespace weft::client
