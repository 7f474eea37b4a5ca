#include "weft/actors/remote_link.hpp"

#include "weft/actors/connector.hpp"
#include "weft/actors/gateway.hpp"
#include "weft/actors/stream_proxy.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

constexpr std::chrono::milliseconds tick_every{20};

/// Of all streams of a connection: the node cuts who does not take so much, and other answers are
/// on the way, too.
constexpr std::size_t windows_bytes_max = limits::connection_unread_bytes_max / 4 * 3;

/// The ones that a retry does not mend first; of equal ones the first.
const error& most_telling(const std::vector<error>& all) {
  const auto lasting =
      std::ranges::find_if(all, [](const error& why) { return !info(why.code).retryable; });
  return lasting != all.end() ? *lasting : all.front();
}

error summed_up(const std::vector<error>& all) {
  auto out = most_telling(all);
  if (!info(out.code).retryable)
    return out;
  for (const auto& why : all)
    if (&why != &all.front())
      out.detail += "; " + why.detail;
  return out;
}

} // namespace

std::size_t window_for(std::size_t asked, std::size_t in_use) noexcept {
  const auto left = windows_bytes_max - std::min(in_use, windows_bytes_max);
  return std::min(asked, std::max(left / 2, limits::stream_window_bytes_min));
}

remote_link_state::~remote_link_state() {
  if (connector_)
    ask_to_end(untyped(connector_));
}

promise<started> remote_link_state::begin() {
  auto answer = self->make_response_promise<promise<started>>();
  if (ended_)
    answer.deliver(to_caf(*ended_));
  else if (phase_ == stage::open)
    answer.deliver(started{});
  else
    begun_.emplace_back(answer);
  if (phase_ == stage::waiting && attempt_ == 0) {
    begin_round();
    tick_in(tick_every);
  }
  return answer;
}

void remote_link_state::tick_in(std::chrono::milliseconds time) {
  send_later(self, time, clock_tick{});
}

void remote_link_state::look_at_clock() {
  if (phase_ == stage::waiting && now() >= retry_us_)
    begin_round();
  if (machine_)
    step(session::tick{now()});
  look_at_deadlines();
  send_waiting();
  tick_in(tick_every);
}

// -- connecting ---

void remote_link_state::begin_round() {
  phase_ = stage::reaching;
  next_endpoint_ = 0;
  afresh_ = 0;
  again_ = 0;
  refusals_.clear();
  try_next();
}

void remote_link_state::try_next() {
  machine_.reset();
  if (next_endpoint_ == how.endpoints.size())
    return end_round();
  const auto at = how.endpoints[next_endpoint_++];
  const auto attempt = ++attempt_;
  if (!connector_)
    connector_ = spawn_detached(*system, connector, system);
  const auto reached = [this, attempt, at](const node_reached& found) {
    if (attempt == attempt_)
      knock(found.door, at);
  };
  const auto failed = [this, attempt, at](const error& why) {
    if (attempt != attempt_)
      return;
    if (why.code == errc::unreachable)
      return fail_endpoint(why);
    ask_to_end(untyped(connector_)); // it hangs; the next one is another
    connector_ = nullptr;
    fail_endpoint({errc::unreachable, "nobody answers at " + at.to_string() + " in time"});
  };
  const bool cuts = afresh_ == next_endpoint_ && cuts_;
  request(self, connector_, how.connect_within, reach_node{at, how.look_within, cuts}, reached,
          failed);
}

void remote_link_state::knock(const actor& door, const listen_address& at) {
  machine_.emplace(session::options{.who = how.who}, now());
  session::effects effects;
  machine_->step(session::begin{}, effects);
  wire_bytes hello;
  for (const auto& effect : effects)
    if (const auto* w = std::get_if<session::write>(&effect))
      hello.part += w->packets;
  door_ = door;
  watch(self, door_); // an actor that is gone answers nothing
  const auto attempt = attempt_;
  const bool afresh = afresh_ == next_endpoint_;
  request_two<wire_bytes, actor>(
      self, door_, afresh ? how.connect_within : std::min(how.hello_within, how.connect_within),
      std::move(hello),
      [this, attempt, at](const wire_bytes& said, const actor& with) {
        if (attempt == attempt_)
          hear_welcome(said, with, at);
      },
      [this, attempt](const error& why) {
        if (attempt == attempt_)
          hear_silence(why, /*cuts=*/true);
      });
}

/// Perhaps it is the connection: tried once more with another one; the one that there is, is cut
/// unless it is gone already.
void remote_link_state::hear_silence(const error& why, bool cuts) {
  door_ = nullptr;
  cuts_ = cuts;
  if (afresh_ != next_endpoint_) {
    afresh_ = next_endpoint_--;
    return try_next();
  }
  // The handle may have been that of the connection that was cut.
  if (!cuts && again_ != next_endpoint_) {
    again_ = next_endpoint_--;
    return try_next();
  }
  fail_endpoint({errc::unreachable, "the actor that is published at " +
                                        how.endpoints[next_endpoint_ - 1].to_string() +
                                        " does not answer as a node does: " + why.detail});
}

void remote_link_state::hear_welcome(const wire_bytes& said, const actor& with,
                                     const listen_address& at) {
  session::effects effects;
  machine_->step(session::received{said.part, now()}, effects);
  for (const auto& effect : effects) {
    if (const auto* welcomed = std::get_if<session::welcomed>(&effect); welcomed && with)
      return open(welcomed->by, with);
    if (const auto* no = std::get_if<session::ended>(&effect)) {
      auto why = no->why;
      why.detail = at.to_string() + ": " + why.detail;
      return fail_endpoint(std::move(why));
    }
  }
  fail_endpoint({errc::unreachable, at.to_string() + " did not answer hello"});
}

void remote_link_state::fail_endpoint(error why) {
  refusals_.push_back(std::move(why));
  try_next();
}

/// None of the endpoints would have us. The first time that is the answer; later it is tried again,
/// unless all of them say what will not change.
void remote_link_state::end_round() {
  ++attempt_;
  const auto why = summed_up(refusals_);
  const bool for_good =
      std::ranges::all_of(refusals_, [](const error& e) { return !info(e.code).retryable; });
  if (!welcome_ || for_good)
    return end_for_good(why);
  phase_ = stage::waiting;
  const auto most = std::min(limits::stream_backoff_us_max,
                             limits::stream_backoff_us_min << std::min(failures_, 20U));
  const auto half = static_cast<std::uint64_t>(most / 2);
  retry_us_ = now() + static_cast<std::int64_t>(half + how.random() % (half + 1));
  ++failures_;
  for (auto& [number, what] : transactions_)
    what.last = why;
}

void remote_link_state::open(const protocol::welcome_message& by, const actor& with) {
  ++attempt_;
  phase_ = stage::open;
  failures_ = 0;
  ++connection_;
  welcome_ = by;
  how.who.database = by.database;
  session_ = with;
  watch(self, session_);
  ask_to_end(untyped(connector_)); // until it is needed again
  connector_ = nullptr;
  for (auto& waiting : std::exchange(begun_, {}))
    waiting.deliver(started{});
  for (const auto& [number, at] : streams_)
    send(self, at.proxy, connection_up{by.database, by.lineage});
  send_waiting();
}

// -- losing ---

void remote_link_state::hear_end(const actor_address& who) {
  if (session_ && session_.address() == who)
    return step(session::broken{{errc::unreachable, "the node is gone"}});
  // Of the same actor there may be a handle of a connection before: that one may end.
  if (const auto ended = alive(who);
      phase_ == stage::reaching && door_ && ended && ended->ctrl() == door_->ctrl()) {
    ++attempt_;
    return hear_silence({errc::unreachable, "it went away"}, /*cuts=*/false);
  }
  std::erase_if(streams_, [&](const auto& entry) { return entry.second.proxy.address() == who; });
}

void remote_link_state::lose(const error& why) {
  if (phase_ != stage::open)
    return;
  session_ = nullptr;
  machine_.reset();
  asked_.clear();
  phase_ = stage::waiting;
  retry_us_ = now();
  for (const auto& [number, at] : streams_)
    send(self, at.proxy, connection_down{});
  for (auto& [number, what] : transactions_)
    if (!what.last)
      what.last = why;
}

void remote_link_state::end_for_good(const error& why) {
  phase_ = stage::ended;
  ended_ = why;
  session_ = nullptr;
  machine_.reset();
  for (auto& waiting : std::exchange(begun_, {}))
    waiting.deliver(to_caf(why));
  for (auto& [number, what] : std::exchange(transactions_, {}))
    give_up(what, why);
  for (auto& [number, who] : std::exchange(asked_, {}))
    if (auto* promised = std::get_if<free_promise>(&who))
      promised->deliver(to_caf(why));
  for (const auto& [number, at] : std::exchange(streams_, {}))
    send(self, at.proxy, connection_over{why});
}

void remote_link_state::hear_stop() {
  if (phase_ == stage::open) {
    session::effects effects;
    machine_->step(session::leave{}, effects);
    for (auto& effect : effects)
      if (auto* w = std::get_if<session::write>(&effect))
        send_untyped(self, session_, wire_bytes{std::move(w->packets)});
  }
  end_for_good({errc::closed, "the database is closed"});
  self->quit();
}

// -- bytes ---

void remote_link_state::hear(const wire_bytes& piece) {
  if (machine_ && session_ && asker_of(self) == session_) // not of a connection before
    step(session::received{piece.part, now()});
}

template <class Event>
void remote_link_state::step(const Event& what) {
  session::effects effects;
  machine_->step(what, effects);
  perform(std::move(effects));
}

void remote_link_state::perform(session::effects effects) {
  wire_bytes packets;
  const auto flush = [&] {
    for (bytes_view rest = packets.part; session_ && !rest.empty();) {
      const auto part = rest.substr(0, limits::packet_bytes_max);
      send_untyped(self, session_, wire_bytes{std::string(part)});
      rest.remove_prefix(part.size());
    }
  };
  for (auto& effect : effects) {
    if (auto* w = std::get_if<session::write>(&effect)) {
      packets.part += w->packets;
    } else if (auto* a = std::get_if<session::answered>(&effect)) {
      hear(std::move(*a));
    } else if (auto* frame = std::get_if<session::stream_in>(&effect)) {
      const auto at = streams_.find(stream::epoch_of(frame->what).session);
      if (at != streams_.end())
        send(self, at->second.proxy, stream_frame_out{std::move(frame->what)});
    }
  }
  flush();
  if (effects.empty())
    return;
  if (const auto* over = std::get_if<session::ended>(&effects.back()))
    lose(over->why);
}

// -- streams ---

reply<subscribed> remote_link_state::add(const subscribe& what) {
  if (ended_)
    return to_caf(*ended_);
  if (!what.who)
    return to_caf(error{errc::invalid_argument, "there is no actor to tell"});
  const auto number = how.random();
  auto proxy = spawn(*system, stream_proxy,
                     stream_proxy_options{.session = number,
                                          .link = self,
                                          .answer_within = how.answer_within,
                                          .steady = how.steady,
                                          .random = how.random});
  watch(self, proxy);
  auto order = what;
  std::size_t in_use = 0;
  for (const auto& [other, at] : streams_)
    in_use += at.window_bytes;
  order.how.window_bytes = window_for(what.how.window_bytes, in_use);
  streams_.emplace(number, open_stream{proxy, order.how.window_bytes});
  auto answered = self->delegate(proxy, std::move(order));
  if (phase_ == stage::open)
    send(self, proxy, connection_up{welcome_->database, welcome_->lineage});
  return answered;
}

void remote_link_state::remove(const unsubscribe& what) {
  if (const auto at = streams_.find(what.session); at != streams_.end())
    send(self, at->second.proxy, what);
}

void remote_link_state::move_cursor(const acknowledge& what) {
  if (const auto at = streams_.find(what.session); at != streams_.end())
    send(self, at->second.proxy, what);
}

void remote_link_state::hear(const stream_frame_in& frame) {
  if (phase_ == stage::open)
    step(session::stream_out{frame.what});
}

void remote_link_state::hear(const connection_wanted& news) {
  if (phase_ == stage::open)
    send(self, news.who, connection_up{welcome_->database, welcome_->lineage});
}

tree remote_link_state::show() const {
  tree out{.name = how.who.cluster, .condition = {}};
  switch (phase_) {
  case stage::waiting:
  case stage::reaching:
    out.condition = "connecting";
    break;
  case stage::open:
    out.condition = "up";
    break;
  case stage::ended:
    out.condition = "down";
    break;
  }
  for (const auto& [number, at] : streams_)
    out.children.push_back({.name = "stream", .condition = "up", .who = untyped(at.proxy)});
  return out;
}

remote_link_actor::behavior_type remote_link(pointer<remote_link_actor, remote_link_state> self,
                                             remote_link_options how) {
  auto& state = self->state;
  state.self = self;
  state.system = &self->system();
  state.how = std::move(how);
  on_asked_to_end(self, [&state] { state.hear_stop(); });
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const ask_tree&) { return state.show(); },
          [&state](const submit& m) { state.take(m); },
          [&state](const transact& m) { return state.take(m); },
          [&state](const ask_node& m) { return state.take(m); },
          [&state](const subscribe& m) { return state.add(m); },
          [&state](const unsubscribe& m) { state.remove(m); },
          [&state](const acknowledge& m) { state.move_cursor(m); },
          [&state](const stream_frame_in& m) { state.hear(m); },
          [&state](const connection_wanted& m) { state.hear(m); },
          [&state](const wire_bytes& m) { state.hear(m); },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
