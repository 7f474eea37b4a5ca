#include "weft/fabric/client/connection.hpp"

#include "weft/persistence/system.hpp"

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
  if (how.endpoints.empty())
    return fail(errc::invalid_argument, "there is no endpoint to connect to");
  std::optional<error> why;
  for (const auto& to : how.endpoints) {
    const auto deadline = in(how.connect_us);
    auto socket = stream_socket::connect(to, deadline);
    if (!socket) {
      why = why ? error{why->code, why->detail + "; " + socket.error().detail} : socket.error();
      continue;
    }
    connection made(std::move(*socket), to,
                    client_session({.who = {.cluster = how.cluster,
                                            .database = how.database,
                                            .principal = how.principal,
                                            .program = how.program},
                                    .handshake_us = how.connect_us},
                                   steady_clock_us().get()));
    const auto welcome = made.shake_hands(deadline);
    if (welcome)
      return made;
    if (!info(welcome.error().code).retryable)
      return fail(welcome.error());
    why = why ? error{why->code, why->detail + "; " + welcome.error().detail} : welcome.error();
  }
  return fail(*why);
}

result<void> connection::shake_hands(instant deadline) {
  client_session::effects out;
  machine_.step(client_session::begin{}, out);
  perform(out);
  while (machine_.phase() == client_session::stage::handshake && steady_clock_us() < deadline)
    move_bytes(deadline);
  if (machine_.phase() == client_session::stage::handshake)
    break_off({errc::unreachable, at_.to_string() + " did not answer in time"});
  if (ended_)
    return fail(*ended_);
  return {};
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
      keep(a->id, std::move(a->what));
    else if (auto* f = std::get_if<client_session::stream_in>(&e))
      frames_.push_back(std::move(f->what));
    else
      ended_ = std::get<client_session::ended>(e).why;
  }
}

void connection::keep(std::uint64_t id, answer_body what) {
  if (unwanted_.erase(id) == 0)
    answers_.emplace(id, std::move(what));
}

void connection::look() {
  flush(steady_clock_us());
  read_all();
}

void connection::forget(std::uint64_t id) {
  if (under_way_.erase(id) != 0 && answers_.erase(id) == 0)
    unwanted_.insert(id);
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
      if (!ready.to_read && !ready.to_write)
        return;
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

result<std::uint64_t> connection::send(request_body what) {
  client_session::effects out;
  const auto id = machine_.ask(std::move(what), out);
  if (!id)
    return fail(ended_ ? *ended_ : id.error());
  perform(out);
  under_way_.insert(*id);
  flush(in(patience_us));
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

result<answer_body> connection::wait(std::uint64_t id, std::int64_t within_us) {
  const auto deadline = in(within_us);
  for (;;) {
    if (auto answer = take(id))
      return std::move(*answer);
    if (steady_clock_us() >= deadline)
      return fail(errc::outcome_unknown, "the node did not answer in time");
    move_bytes(deadline);
  }
}

result<answer_body> connection::ask(request_body what, std::int64_t within_us) {
  WEFT_TRY(const auto id, send(std::move(what)));
  return wait(id, within_us);
}

// -- streams ---

result<void> connection::send(const stream::client_frame& frame) {
  if (ended_)
    return fail(*ended_);
  client_session::effects out;
  machine_.step(client_session::stream_out{frame}, out);
  perform(out);
  flush(in(patience_us));
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

} // namespace weft::client
