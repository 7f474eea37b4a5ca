#include "weft/actors/remote_link.hpp"

#include "weft/actors/gateway.hpp"
#include "weft/actors/stream_proxy.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

constexpr std::chrono::milliseconds tick_every{20};
constexpr std::int64_t us_per_ms = 1000;

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

remote_link_state::~remote_link_state() {
  drop_carrier();
}

promise<started> remote_link_state::begin() {
  auto answer = self->make_response_promise<promise<started>>();
  if (ended_)
    answer.deliver(to_caf(*ended_));
  else if (phase_ == stage::open)
    answer.deliver(started{});
  else
    begun_.emplace_back(answer);
  if (phase_ == stage::waiting && connection_ == 0) {
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
  refusals_.clear();
  try_next();
}

void remote_link_state::try_next() {
  drop_carrier();
  ++connection_; // what the one before says counts no more
  if (next_endpoint_ == how.endpoints.size())
    return end_round();
  dialed_us_ = now();
  how.dial(how.endpoints[next_endpoint_++], how.connect_within, connection_,
           remote_link_actor(self));
}

void remote_link_state::hear(const carrier_up& news) {
  if (news.connection != connection_ || phase_ != stage::reaching)
    return news.by.hang_up();
  bytes_to_ = news.by;
  const auto left_us = dialed_us_ + how.connect_within.count() * us_per_ms - now();
  machine_.emplace(session::options{.who = how.who, .handshake_us = std::max(left_us, us_per_ms)},
                   now());
  step(session::begin{});
}

void remote_link_state::fail_endpoint(error why) {
  refusals_.push_back(std::move(why));
  try_next();
}

/// None of the endpoints would have us. The first time that is the answer; later it is tried again,
/// unless all of them say what will not change.
void remote_link_state::end_round() {
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

void remote_link_state::open(const protocol::welcome_message& by) {
  phase_ = stage::open;
  failures_ = 0;
  welcome_ = by;
  how.who.database = by.database;
  for (auto& waiting : std::exchange(begun_, {}))
    waiting.deliver(started{});
  if (proxy_)
    send(self, proxy_, connection_up{by.database, by.lineage});
  send_waiting();
}

// -- losing ---

void remote_link_state::drop_carrier() {
  machine_.reset();
  if (const auto hang_up = std::exchange(bytes_to_, {}).hang_up)
    hang_up();
}

void remote_link_state::hear_end(const actor_address& who) {
  if (proxy_ && proxy_.address() == who)
    proxy_ = nullptr;
}

void remote_link_state::lose(const error& why) {
  drop_carrier();
  if (phase_ == stage::reaching) {
    auto said = why;
    const auto at = how.endpoints[next_endpoint_ - 1].to_string();
    if (said.detail.find(at) == std::string::npos)
      said.detail = at + ": " + said.detail;
    return fail_endpoint(std::move(said));
  }
  if (phase_ != stage::open)
    return;
  asked_.clear();
  phase_ = stage::waiting;
  retry_us_ = now();
  if (proxy_)
    send(self, proxy_, connection_down{});
  for (auto& [number, what] : transactions_)
    if (!what.last)
      what.last = why;
}

void remote_link_state::end_for_good(const error& why) {
  phase_ = stage::ended;
  ended_ = why;
  drop_carrier();
  for (auto& waiting : std::exchange(begun_, {}))
    waiting.deliver(to_caf(why));
  for (auto& [number, what] : std::exchange(transactions_, {}))
    give_up(what, why);
  for (auto& [number, who] : std::exchange(asked_, {}))
    if (auto* promised = std::get_if<free_promise>(&who))
      promised->deliver(to_caf(why));
  if (const auto proxy = std::exchange(proxy_, nullptr))
    send(self, proxy, connection_over{why});
}

void remote_link_state::hear_stop() {
  if (phase_ == stage::open) {
    session::effects effects;
    machine_->step(session::leave{}, effects);
    for (auto& effect : effects)
      if (auto* w = std::get_if<session::write>(&effect))
        bytes_to_.write(std::move(w->packets));
  }
  end_for_good({errc::closed, "the database is closed"});
  quit_elsewhere(self);
}

// -- bytes ---

void remote_link_state::hear(const carried& piece) {
  if (!machine_ || piece.connection != connection_)
    return;
  const auto taken = bytes_to_.taken; // the connection may end meanwhile
  step(session::received{piece.part, now()});
  taken(piece.part.size());
}

void remote_link_state::hear(const carrier_down& news) {
  if (news.connection != connection_)
    return;
  if (machine_)
    step(session::broken{news.why});
  else if (phase_ == stage::reaching)
    fail_endpoint(news.why);
}

template <class Event>
void remote_link_state::step(const Event& what) {
  session::effects effects;
  machine_->step(what, effects);
  perform(std::move(effects));
}

void remote_link_state::perform(session::effects effects) {
  bytes packets;
  std::vector<stream::server_frame> frames;
  for (auto& effect : effects) {
    if (auto* w = std::get_if<session::write>(&effect))
      packets += w->packets;
    else if (const auto* welcomed = std::get_if<session::welcomed>(&effect))
      open(welcomed->by);
    else if (auto* a = std::get_if<session::answered>(&effect)) {
      pass_on(std::exchange(frames, {})); // who subscribed hears of a commit before its writer
      hear(std::move(*a));
    } else if (auto* frame = std::get_if<session::stream_in>(&effect))
      frames.push_back(std::move(frame->what));
  }
  pass_on(std::move(frames));
  if (!packets.empty() && bytes_to_.write)
    bytes_to_.write(std::move(packets));
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
  if (what.who == self || (proxy_ && what.who == untyped(proxy_)))
    return to_caf(error{errc::invalid_argument, "it is a part of the connection itself"});
  if (const auto can = stream::check_open(what.how.start, what.how.name); !can)
    return to_caf(can.error()); // the node would end the connection
  if (!proxy_) {
    proxy_ = spawn(*system, stream_proxy,
                   stream_proxy_options{.link = self,
                                        .answer_within = how.answer_within,
                                        .steady = how.steady,
                                        .random = how.random});
    watch(self, proxy_);
    if (phase_ == stage::open)
      send(self, proxy_, connection_up{welcome_->database, welcome_->lineage});
  }
  return self->delegate(proxy_, what);
}

void remote_link_state::pass_on(std::vector<stream::server_frame> frames) {
  if (!proxy_ || frames.empty())
    return;
  std::optional<elsewhere<std::remove_pointer_t<decltype(self)>>> runs;
  if (frames.size() > few_frames)
    runs.emplace(self);
  send(self, proxy_, proxy_frames_in{std::move(frames)});
}

void remote_link_state::remove(const unsubscribe& what) {
  if (proxy_)
    send(self, proxy_, what);
}

void remote_link_state::move_cursor(const acknowledge& what) {
  if (proxy_)
    send(self, proxy_, what);
}

void remote_link_state::hear(const proxy_frames_out& said) {
  if (phase_ != stage::open)
    return;
  session::effects effects;
  for (const auto& frame : said.frames)
    machine_->step(session::stream_out{frame}, effects);
  perform(std::move(effects));
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
  if (proxy_)
    out.children.push_back({.name = "streams", .condition = "up", .who = untyped(proxy_)});
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
          [&state](const proxy_frames_out& m) { state.hear(m); },
          [&state](const carrier_up& m) { state.hear(m); },
          [&state](const carried& m) { state.hear(m); },
          [&state](const carrier_down& m) { state.hear(m); },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
