#include "weft/actors/client_session.hpp"

#include "weft/actors/gateway.hpp"

#include <set>
#include <span>
#include <utility>

namespace weft::actors {

namespace {

constexpr std::chrono::milliseconds tick_every{500};
/// What is written at once, about.
constexpr std::size_t gathered_bytes_max = 64U << 10U;
/// While so much waits to be sent, frames of streams wait as they are, not as bytes of each.
constexpr std::size_t unsent_bytes_max = 1U << 20U;
/// More is resolved in a worker, not in the thread that has read it.
constexpr std::size_t small_transaction_bytes = 16U << 10U;

protocol::answer_body answer_of(result<transacted> outcome) {
  if (!outcome)
    return wire_error::because(outcome.error());
  return protocol::transacted_answer{outcome->t, outcome->when, std::move(outcome->tempids),
                                     std::move(outcome->payload)};
}

/// What frames keep alive, about: sessions that are at the same place share it.
std::size_t kept_by(std::span<const stream::server_frame> frames) {
  std::set<const void*> seen;
  std::size_t bytes = 0;
  for (const auto& frame : frames) {
    bytes += sizeof frame;
    if (const auto* records = std::get_if<stream::records_frame>(&frame)) {
      if (seen.insert(records->what->items.front().record->payload().data()).second)
        for (const auto& item : records->what->items)
          bytes += stream::frame_bytes(item);
    } else if (const auto* part = std::get_if<stream::fragment_frame>(&frame)) {
      if (seen.insert(part->part.view.data()).second)
        bytes += part->part.view.size();
    }
  }
  return bytes;
}

protocol::answer_body no_view(std::uint32_t number) {
  return wire_error::because(
      {errc::not_found, "this connection has no view " + std::to_string(number) + "; open one"});
}

} // namespace

client_session_state::~client_session_state() {
  if (bytes_to.hang_up) // it was killed
    note_over(error{errc::closed, "its session was ended"});
  hang_up();
}

// -- what happens ---

void client_session_state::hear(const wire_bytes& piece) {
  const stage_times::span here(node->figures->stages, commit_stage::receive);
  untaken_ = piece.part.size();
  step(session::received{piece.part, node->steady().get()});
  read_on(std::exchange(untaken_, 0));
}

/// The piece is done with.
void client_session_state::read_on(std::size_t bytes) {
  if (bytes != 0 && bytes_to.taken)
    bytes_to.taken(bytes);
}

/// A writer hears of its commit after who subscribed on the same connection.
void client_session_state::hear(const request_answered& news) {
  const stage_times::span here(node->figures->stages, commit_stage::answer);
  if (!outgoing_.empty() && std::holds_alternative<protocol::transacted_answer>(news.what))
    outgoing_.back().answers.push_back(news);
  else
    step(session::answered{news.id, news.what});
}

void client_session_state::hear(const carrier_broken& news) {
  note_over(news.why);
  hang_up();
  self->quit();
}

void client_session_state::hear(const drain_session& order) {
  step(session::drain{order.why});
}

void client_session_state::look_at_clock() {
  step(session::tick{node->steady().get()});
  send_later(self, tick_every, clock_tick{});
}

void client_session_state::hear_end(const actor_address& who) {
  if (!publisher_ || publisher_.address() != who)
    return; // of a publisher before
  ended_publisher_ = who;
  lose_publisher();
}

// -- effects ---

template <class Event>
void client_session_state::step(Event&& what) {
  session::effects effects;
  machine->step(std::forward<Event>(what), effects);
  perform(std::move(effects));
}

void client_session_state::perform(session::effects effects, bool more) {
  std::vector<stream::client_frame> frames;
  for (auto& effect : effects) {
    if (auto* w = std::get_if<session::write>(&effect))
      unwritten_.empty() ? unwritten_.swap(w->packets) : void(unwritten_ += w->packets);
    else if (auto* order = std::get_if<session::execute>(&effect))
      execute(std::move(*order));
    else if (auto* frame = std::get_if<session::stream_in>(&effect))
      frames.push_back(std::move(frame->what));
    else if (const auto* by = std::get_if<session::opened>(&effect))
      note_opened(by->by);
  }
  if (!frames.empty())
    pass_on(std::move(frames));
  const auto* over = effects.empty() ? nullptr : std::get_if<session::ended>(&effects.back());
  if (over != nullptr || unwritten_.size() >= gathered_bytes_max || !(more || has_more(self)))
    write_out();
  else if (!unwritten_.empty() && !more && !std::exchange(flush_sent, true))
    send(self, self, flush{});
  if (over == nullptr)
    return;
  note_over(over->why);
  hang_up();
  self->quit();
}

void client_session_state::note_opened(const protocol::hello_message& by) const {
  note(*node->log, log_event::client_connected, "a connection was welcomed",
       {{"peer", bytes_to.peer},
        {"principal", by.principal},
        {"program", by.program},
        {"version", std::uint64_t{std::min(by.version_max, protocol::version_max)}}});
}

void client_session_state::note_over(const std::optional<error>& why) const {
  const auto& counts = machine->counts();
  note(*node->log, log_event::client_closed, "a connection is over",
       {{"peer", bytes_to.peer},
        {"principal", machine->client().principal},
        {"program", machine->client().program},
        {"requests", counts.requests},
        {"refused", counts.refused},
        {"bytes_in", counts.bytes_in},
        {"bytes_out", counts.bytes_out},
        {"errc", why ? info(why->code).name : std::string_view("none")},
        {"why", why ? why->to_string() : std::string("it left by itself")}});
}

/// What was said in answer to messages that waited together goes together: one write for many.
void client_session_state::write_out() {
  if (!unwritten_.empty() && bytes_to.write)
    bytes_to.write(std::exchange(unwritten_, {}));
}

void client_session_state::hang_up() {
  if (const auto tell = std::exchange(bytes_to, {}).hang_up)
    tell();
}

// -- requests ---

/// Later, as all answers: they come in any order.
void client_session_state::answer(std::uint64_t id, protocol::answer_body what) {
  send(self, self, request_answered{id, std::move(what)});
}

void client_session_state::execute(session::execute order) {
  std::visit([&](const auto& what) { execute(order.id, what); }, order.what);
}

void client_session_state::execute(std::uint64_t id, const protocol::transact_request& what) {
  const auto admitted =
      admit(node->credit, what.what, what.id,
            [to = client_session_actor(self), id](result<transacted> outcome) {
              send_onwards(to, request_answered{id, answer_of(std::move(outcome))});
            });
  if (!admitted)
    return;
  if (const auto router = node->router())
    node->resolves_where_read&& approximate_bytes(*what.what) <= small_transaction_bytes
        ? send(self, router, *admitted)
        : send_from_outside(router, *admitted);
  else
    admitted->what->answer(fail(errc::closed, "the node is ending"));
}

template <class Done>
void client_session_state::ask_worker(std::uint64_t id, run_query what, Done done) {
  const auto failed = [this, id](const error& why) { answer(id, wire_error::because(why)); };
  const elsewhere reads(self); // they take their time
  if (const auto worker = node->worker())
    request(self, worker, forever, std::move(what), std::move(done), failed);
  else
    failed({errc::no_leader, "the node is starting; try again"});
}

void client_session_state::execute(std::uint64_t id, const protocol::open_view_request& what) {
  if (views_.size() + opening_ >= limits::connection_views_max)
    return answer(id, wire_error::because(
                          {errc::overloaded, "a connection has at most " +
                                                 std::to_string(limits::connection_views_max) +
                                                 " views; close one"}));
  ++opening_;
  const auto failed = [this, id](const error& why) {
    --opening_;
    answer(id, wire_error::because(why));
  };
  const elsewhere reads(self);
  const auto opened = [this, id](const query_answered& got) {
    --opening_;
    auto body = got.what;
    if (auto* view = std::get_if<protocol::view_answer>(&body)) {
      view->view = next_view_++;
      views_.emplace(view->view, got.keeps);
    }
    step(session::answered{id, std::move(body)});
  };
  if (const auto worker = node->worker())
    request(self, worker, forever, run_query{what}, opened, failed);
  else
    failed({errc::no_leader, "the node is starting; try again"});
}

void client_session_state::execute(std::uint64_t id, const protocol::close_view_request& what) {
  if (views_.erase(what.view) == 0)
    return answer(id, no_view(what.view));
  answer(id, protocol::view_closed_answer{});
}

void client_session_state::execute(std::uint64_t id, const protocol::read_request& what) {
  const auto at = views_.find(what.view);
  if (at == views_.end())
    return answer(id, no_view(what.view));
  ask_worker(id, run_query{what, at->second}, [this, id](const query_answered& got) {
    step(session::answered{id, got.what}); // while `keeps` is there
  });
}

void client_session_state::execute(std::uint64_t id, const protocol::status_request& what) {
  ask_worker(id, run_query{what}, [this, id](const query_answered& got) {
    step(session::answered{id, got.what});
  });
}

// -- streams ---

/// The connection reads on when the publisher has handled them: so they never pile up before it.
void client_session_state::pass_on(std::vector<stream::client_frame> frames) {
  if (const auto now = node->publisher();
      now && now != publisher_ && now.address() != ended_publisher_) {
    lose_publisher();
    publisher_ = now;
    watch(self, publisher_);
  }
  for (const auto& frame : frames) {
    const auto of = stream::epoch_of(frame);
    if (!publisher_)
      refuse(of);
    else if (std::holds_alternative<stream::open_frame>(frame))
      streams_[of.session] = of.attempt;
    else if (std::holds_alternative<stream::close_frame>(frame))
      streams_.erase(of.session);
  }
  if (!publisher_)
    return;
  held_ += untaken_;
  const auto done = [this, bytes = std::exchange(untaken_, 0), by = publisher_.address()] {
    if (!publisher_ || publisher_.address() != by)
      return;
    held_ -= bytes;
    read_on(bytes);
  };
  const elsewhere runs(self); // a window of records may be encoded at once
  request(
      self, publisher_, forever, stream_frames_in{stream_peer_actor(self), std::move(frames)},
      [done](const frames_taken& /*answer*/) { done(); },
      [done](const error& /*it ended*/) { done(); });
}

/// What it was told and did not answer is done with.
void client_session_state::lose_publisher() {
  publisher_ = nullptr;
  read_on(std::exchange(held_, 0));
  for (const auto& [number, attempt] : std::exchange(streams_, {}))
    refuse({number, attempt});
}

/// Nobody serves it now: it opens again in a moment.
void client_session_state::refuse(const stream::epoch& of) {
  const error why{errc::not_subscribed, "the publisher of the shard is starting again"};
  send(self, self, stream_frames_out{{stream::closed_frame::because(of, 0, why)}});
}

void client_session_state::hear(stream_frames_out news) {
  for (const auto& frame : news.frames) {
    const auto* last = std::get_if<stream::closed_frame>(&frame);
    const auto at = last != nullptr ? streams_.find(last->of.session) : streams_.end();
    if (at != streams_.end() && at->second <= last->of.attempt)
      streams_.erase(at);
  }
  outgoing_.push_back({.frames = std::move(news.frames)});
  send_frames();
  if (outgoing_.empty())
    return;
  auto& last = outgoing_.back();
  last.bytes = kept_by(last.frames);
  outgoing_bytes_ += last.bytes;
  if (outgoing_bytes_ > limits::connection_unread_bytes_max)
    hear(carrier_broken{
        {errc::unreachable, "the other side does not take what its streams have credit for"}});
}

/// As much as the carrier takes. What is left is what the streams have credit for, of records that
/// they share.
void client_session_state::send_frames() {
  while (!outgoing_.empty()) {
    if (bytes_to.unsent && bytes_to.unsent() > unsent_bytes_max)
      return write_out(); // until carrier_sent
    auto& front = outgoing_.front();
    const auto rest = std::span(std::as_const(front.frames)).subspan(front.next);
    session::effects effects;
    front.next += machine->step(session::streamed{rest}, effects);
    if (front.next == front.frames.size()) {
      outgoing_bytes_ -= front.bytes;
      for (auto& answer : front.answers)
        machine->step(session::answered{answer.id, std::move(answer.what)}, effects);
      outgoing_.pop_front();
    }
    perform(std::move(effects), !outgoing_.empty());
  }
}

client_session_actor::behavior_type
client_session(pointer<client_session_actor, client_session_state> self,
               protocol::server_session machine, carrier bytes_to,
               std::shared_ptr<const session_services> node) {
  auto& state = self->state;
  state.self = self;
  state.node = std::move(node);
  state.machine.emplace(std::move(machine));
  on_asked_to_end(self, [&state] {
    state.hear(drain_session{{errc::closed, "the node is ending; connect again"}});
  });
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  state.bytes_to = std::move(bytes_to);
  send_later(self, tick_every, clock_tick{});
  return {[&state](const wire_bytes& m) { state.hear(m); },
          [&state](const request_answered& m) { state.hear(m); },
          [&state](stream_frames_out& m) { state.hear(std::move(m)); },
          [&state](const carrier_broken& m) { state.hear(m); },
          [&state](const carrier_sent&) { state.send_frames(); },
          [&state](const drain_session& m) { state.hear(m); },
          [&state](const flush&) {
            const stage_times::span here(state.node->figures->stages, commit_stage::answer);
            state.flush_sent = false;
            state.write_out();
          },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
