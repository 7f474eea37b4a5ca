#include "weft/fabric/client/connection.hpp"

#include "weft/persistence/system.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::client {

namespace {

using persistence::steady_clock_us;
using protocol::client_session;

/// What is read at once.
constexpr std::size_t read_bytes = 64U << 10U;
/// The machine looks at the clock this often while somebody waits.
constexpr std::int64_t tick_us = 500'000;

instant in(std::int64_t us) {
  return instant(steady_clock_us().get() + us);
}

} // namespace

result<void> connect_options::go_on(const error* why) const {
  if (!while_waiting || while_waiting(why))
    return {};
  return fail(errc::interrupted, "the node was not waited for any longer");
}

// -- the beginning and the end ---

connection::connection(stream_socket socket, endpoint at, client_session machine)
    : socket_(std::move(socket)), at_(std::move(at)), machine_(std::move(machine)) {}

connection::~connection() {
  if (ended_ || socket_.descriptor() < 0)
    return;
  client_session::effects out;
  machine_.step(client_session::leave{}, out);
  perform(out);
  flush(steady_clock_us());
}

result<connection> connection::open(const connect_options& how) {
  connecting attempt(how);
  for (;;) {
    if (auto known = attempt.go_on(in(connect_options::look_us)))
      return std::move(*known);
    WEFT_CHECK(how.go_on(nullptr));
  }
}

/// Whether it is over, one way or the other. Without any time it is still moved on.
bool connection::shake_hands(instant until) {
  do {
    if (machine_.phase() != client_session::stage::handshake)
      return true;
    move_bytes(until);
  } while (steady_clock_us() < until);
  return machine_.phase() != client_session::stage::handshake;
}

void connection::break_off(const error& why) {
  client_session::effects out;
  machine_.step(client_session::broken{why}, out);
  perform(out);
}

// -- bytes ---

void connection::perform(client_session::effects& effects) {
  for (auto& e : effects) {
    if (auto* w = std::get_if<client_session::write>(&e))
      unsent_ += w->packets;
    else if (auto* by = std::get_if<client_session::welcomed>(&e))
      node_ = std::move(by->by);
    else if (auto* a = std::get_if<client_session::answered>(&e))
      answers_.emplace(a->id, std::move(a->what));
    else if (auto* f = std::get_if<client_session::stream_in>(&e))
      frames_.push_back(std::move(f->what));
    else
      ended_ = std::get<client_session::ended>(e).why;
  }
}

void connection::look() {
  flush(steady_clock_us());
  read_all();
}

void connection::forget(std::uint64_t id) {
  under_way_.erase(id);
  answers_.erase(id);
  machine_.forget(id);
}

/// What the socket took is not kept for the sake of what it does not take.
void connection::drop_sent() {
  if (sent_ < unsent_.size() / 2)
    return;
  unsent_.erase(0, sent_);
  sent_ = 0;
}

/// Sends what the socket takes, waiting for it until the deadline.
void connection::flush(instant deadline) {
  while (sent_ < unsent_.size()) {
    const auto n = socket_.write(bytes_view(unsent_).substr(sent_));
    if (!n) {
      unsent_.clear();
      sent_ = 0;
      return break_off(n.error());
    }
    sent_ += *n;
    if (*n == 0) {
      const auto ready = socket_.wait(true, deadline);
      if (ready.to_read)
        read_all(); // a node that cannot be heard takes nothing either
      if (ended_ || (!ready.to_read && !ready.to_write))
        return drop_sent();
    }
  }
  unsent_.clear();
  sent_ = 0;
}

void connection::read_all() {
  std::array<char, read_bytes> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (!ended_) {
    const auto n = socket_.read(piece);
    if (!n)
      return break_off(n.error());
    if (*n == 0)
      return;
    client_session::effects out;
    machine_.step(client_session::received{{piece.data(), *n}, steady_clock_us().get()}, out);
    perform(out);
    if (*n < piece.size())
      return;
  }
}

/// Sends, and waits for bytes until the deadline or the next look at the clock.
void connection::move_bytes(instant deadline) {
  flush(deadline);
  if (ended_)
    return;
  const auto until = std::min(deadline, in(tick_us));
  if (socket_.wait(sent_ < unsent_.size(), until).to_read)
    read_all();
  client_session::effects out;
  machine_.step(client_session::tick{steady_clock_us().get()}, out);
  perform(out);
}

// -- requests ---

result<std::uint64_t> connection::send(request_body what, std::int64_t within_us) {
  if (machine_.under_way() >= limits::connection_requests_max)
    return fail(errc::overloaded, "too many requests of this connection have no answer yet");
  const bool may_change = std::holds_alternative<protocol::transact_request>(what);
  client_session::effects out;
  const auto id = machine_.ask(std::move(what), out);
  if (!id)
    return fail(ended_ ? *ended_ : id.error());
  const auto before = unsent_.size();
  perform(out);
  under_way_.emplace(*id, request{may_change, unsent_.size() - before});
  flush(in(within_us));
  return *id;
}

std::optional<result<answer_body>> connection::take(std::uint64_t id) {
  if (!under_way_.contains(id))
    return fail(errc::invalid_argument, "no request of this number is under way");
  if (!answers_.contains(id) && !ended_)
    look();
  const auto at = answers_.find(id);
  if (at == answers_.end())
    return std::nullopt;
  auto answer = std::move(at->second);
  answers_.erase(at);
  under_way_.erase(id);
  if (const auto* why = std::get_if<wire_error>(&answer))
    return fail(why->reason(errc::unreachable));
  return answer;
}

std::optional<result<answer_body>> connection::take(std::uint64_t id, instant until) {
  for (;;) {
    if (auto answer = take(id))
      return answer;
    if (steady_clock_us() >= until)
      return std::nullopt;
    move_bytes(until);
  }
}

result<answer_body> connection::wait(std::uint64_t id, std::int64_t within_us) {
  if (auto answer = take(id, in(within_us)))
    return std::move(*answer);
  if (under_way_.at(id).may_change)
    return fail(errc::outcome_unknown, "the node did not answer in time; retry with the same id");
  return fail(errc::unreachable, "the node did not answer in time");
}

result<answer_body> connection::ask(request_body what, std::int64_t within_us) {
  const auto deadline = in(within_us);
  WEFT_TRY(const auto id, send(std::move(what), within_us));
  auto answer = wait(id, std::max<std::int64_t>(deadline.get() - steady_clock_us().get(), 0));
  forget(id); // that did not come in time
  return answer;
}

// -- streams ---

result<void> connection::send(const stream::client_frame& frame) {
  if (ended_)
    return fail(*ended_);
  client_session::effects out;
  machine_.step(client_session::stream_out{frame}, out);
  perform(out);
  flush(steady_clock_us());
  return {};
}

std::deque<stream::server_frame> connection::frames(instant deadline) {
  while (frames_.empty() && !ended_) {
    move_bytes(deadline);
    if (steady_clock_us() >= deadline)
      break;
  }
  return std::exchange(frames_, {});
}

// -- on the way ---

void connecting::add_reason(const error& why) {
  why_ = why_ ? error{why_->code, why_->detail + "; " + why.detail} : why;
}

/// Turns to the next endpoint. The error that ends it: there is none left.
std::optional<error> connecting::begin_next() {
  if (how_.endpoints.empty())
    return error{errc::invalid_argument, "there is no endpoint to connect to"};
  if (next_ == how_.endpoints.size())
    return why_;
  deadline_ = in(how_.connect_us);
  auto begun = dialing::begin(how_.endpoints[next_++]);
  if (begun)
    socket_.emplace(std::move(*begun));
  else
    add_reason(begun.error());
  return std::nullopt;
}

std::optional<result<connection>> connecting::go_on(instant until) {
  for (;;) {
    const auto here = std::min(until, deadline_);
    if (made_) {
      if (!made_->shake_hands(here)) {
        if (steady_clock_us() < deadline_)
          return std::nullopt;
        made_->break_off({errc::unreachable, made_->at_.to_string() + " did not answer in time"});
      }
      auto made = std::move(*std::exchange(made_, {}));
      if (!made.ended_)
        return made;
      if (!info(made.ended_->code).retryable)
        return fail(*made.ended_);
      add_reason(*made.ended_);
    } else if (socket_) {
      auto known = socket_->go_on(here);
      if (!known && steady_clock_us() < deadline_)
        return std::nullopt;
      const auto& at = how_.endpoints[next_ - 1];
      socket_.reset();
      if (known && *known)
        greet(std::move(**known), at);
      else
        add_reason(known ? known->error()
                         : error{errc::unreachable,
                                 "cannot connect to " + at.to_string() + ": timed out",
                                 {{"endpoint", at.to_string()}}});
    } else if (auto over = begin_next()) {
      return fail(std::move(*over));
    }
  }
}

/// Somebody is there: says hello.
void connecting::greet(stream_socket socket, const endpoint& at) {
  made_ = connection(std::move(socket), at,
                     client_session({.who = {.cluster = how_.cluster,
                                             .database = how_.database,
                                             .principal = how_.principal,
                                             .program = how_.program},
                                     .handshake_us = how_.connect_us},
                                    steady_clock_us().get()));
  client_session::effects out;
  made_->machine_.step(client_session::begin{}, out);
  made_->perform(out);
}

} // namespace weft::client
