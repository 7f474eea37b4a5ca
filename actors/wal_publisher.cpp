#include "weft/actors/wal_publisher.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weft::actors {

namespace {

constexpr std::chrono::milliseconds tick_every{100};
/// So many are pushed to in the thread that waited for the disk.
constexpr std::size_t few_pushes = 8;

std::size_t window_of(const subscribe_options& how) {
  return std::clamp(how.window_bytes, limits::stream_window_bytes_min,
                    limits::stream_window_bytes_max);
}

using seat = local_subscribers::seat;

/// One message for each connection, whatever number of sessions it has.
struct outgoing {
  std::map<stream::peer_id, std::vector<stream::server_frame>> frames;
  std::size_t different = 0; ///< about what there is to encode: not the same records again
};

outgoing by_connection(std::vector<stream::publisher::send>& frames) {
  outgoing out;
  auto at = out.frames.end();
  const stream::stream_slice* last = nullptr;
  for (auto& frame : frames) {
    const bool is_other = at == out.frames.end() || at->first != frame.to;
    if (is_other)
      at = out.frames.try_emplace(frame.to).first;
    const auto* records = std::get_if<stream::records_frame>(&frame.what);
    const auto* slice = records != nullptr ? records->what.get() : nullptr;
    const bool is_same = slice != nullptr && slice == std::exchange(last, slice);
    out.different += is_other || !is_same ? 1 : 0;
    at->second.push_back(std::move(frame.what));
  }
  return out;
}

/// The last that a subscriber hears. A reason is told to all, asked for or not.
void tell_end(seat& to, const std::optional<error>& why) {
  if (to.answer)
    std::exchange(to.answer, {})
        ->deliver(to_caf(why.value_or(error{errc::not_subscribed, "the subscriber ended"})));
  else
    to.to.close(why);
}

} // namespace

local_subscribers::~local_subscribers() {
  for (auto& [session, at] : by_session) {
    if (at.answer)
      tell_end(at, error{errc::closed, "the database was closed"});
    else
      at.to.notify({stream_notice::closed{error{errc::closed, "the database was closed"}}});
  }
}

promise<started> wal_publisher_state::begin() {
  auto answer = self->make_response_promise<promise<started>>();
  request(
      self, applied_by, forever, follow{self},
      [this, answer](const followed& from) mutable {
        last_ = from;
        machine_.emplace(machine::state{.origin = origin(),
                                        .head = {.place = {from.position.t, from.position.chain},
                                                 .when = from.when},
                                        .schema = from.now.shared_schema(),
                                        .cursors = from.cursors.all(),
                                        .now_us = how.steady().get()},
                         how.streams);
        seat_again();
        answer.deliver(started{});
      },
      [answer](const error& why) mutable { answer.deliver(to_caf(why)); });
  return answer;
}

followed wal_publisher_state::follow_with(const applied_listener& who) {
  listener_ = who;
  return *last_;
}

// -- what happens ---

void wal_publisher_state::hear(const applied& news) {
  const stage_times::span here(how.figures->stages, commit_stage::publish);
  auto change = news.schema_changes.begin();
  for (std::size_t i = 0; i < news.entries->size(); ++i) {
    const auto& entry = (*news.entries)[i];
    if (entry.kind == entry_kind::cursor)
      hear_stored(entry);
    if (entry.kind != entry_kind::transaction)
      continue;
    const auto stamp = peek_stamp(*entry.payload);
    WEFT_ASSERT(stamp.has_value()); // it was applied
    last_->when = stamp->when;
    fresh_.push_back({entry.position.t, stamp->when, entry.position.chain, entry.payload, {}});
    if (change != news.schema_changes.end() && change->entry == i)
      fresh_.back().schema_after = (change++)->after;
  }
  last_->position = news.entries->back().position;
  last_->now = news.now;
  step(machine::committed{fresh_});
  fresh_.clear(); // their payloads are kept by who needs them
  if (listener_)
    send(self, listener_, news);
}

/// Everything that was proposed and not applied is gone; what is still wanted is asked for again.
void wal_publisher_state::hear(const dropped& news) {
  for (auto& lost : std::exchange(storing_, {}))
    step(machine::cursor_stored{std::move(lost), false});
  if (listener_)
    send(self, listener_, news);
}

void wal_publisher_state::look_at_clock() {
  step(machine::tick{how.steady().get()});
  ticking_ = !locals->by_session.empty() || !connections_.empty();
  if (ticking_)
    send_later(self, tick_every, clock_tick{});
}

// -- subscribers ---

stream::session_key wal_publisher_state::key_of(std::uint64_t session) {
  return {stream::peer_id(session), session};
}

reply<subscribed> wal_publisher_state::add(const subscribe& what) {
  if (!machine_)
    return to_caf(error{errc::no_leader, "the publisher of the shard is starting; try again"});
  if (!what.who)
    return to_caf(error{errc::invalid_argument, "there is no actor to tell"});
  auto answer = self->make_response_promise<promise<subscribed>>();
  const auto session = locals->next_session++;
  const stream::delivery_window window(window_of(what.how));
  const auto [at, fresh] =
      locals->by_session.emplace(session, seat{.to = delivery(what.who, what.how.notices),
                                               .how = what.how,
                                               .window = window,
                                               .answer = free_promise(answer)});
  open(session, at->second);
  return answer;
}

/// At its place; at first, where it asked for.
void wal_publisher_state::open(std::uint64_t session, const seat& at) {
  watch(self, at.to.who());
  const auto start =
      at.at ? stream::start_at::after_place(at.at->t, short_hash(at.at->chain)) : at.how.start;
  step(machine::subscribe{key_of(session),
                          {.start = start,
                           .filter = at.how.filter,
                           .name = at.how.name,
                           .granted = at.window.granted()}});
  start_ticking();
}

void wal_publisher_state::start_ticking() {
  if (!std::exchange(ticking_, true))
    send_later(self, tick_every, clock_tick{});
}

/// Those of a publisher before this one. What it sent them and they have not answered is not waited
/// for: they would answer to nobody.
void wal_publisher_state::seat_again() {
  std::vector<std::uint64_t> all;
  for (auto& [session, at] : locals->by_session) {
    at.window = stream::delivery_window(window_of(at.how));
    at.to.begin_again();
    all.push_back(session);
  }
  for (const auto session : all)
    if (const auto at = locals->by_session.find(session); at != locals->by_session.end())
      open(session, at->second);
}

void wal_publisher_state::remove(std::uint64_t session) {
  if (machine_)
    step(machine::unsubscribe{key_of(session)});
}

void wal_publisher_state::hear_end(const actor_address& who) {
  std::vector<std::uint64_t> of_it;
  for (const auto& [session, at] : locals->by_session)
    if (at.to.who().address() == who)
      of_it.push_back(session);
  for (const auto session : of_it) {
    end_seat(session, std::nullopt);
    if (machine_)
      step(machine::gone{stream::peer_id(session)});
  }
  if (const auto at = peers_.find(who); at != peers_.end()) {
    const auto peer = at->second;
    connections_.erase(peer);
    peers_.erase(at);
    step(machine::gone{peer});
  }
}

void wal_publisher_state::move_cursor(const acknowledge& what) {
  if (machine_)
    step(machine::ack{key_of(what.session), what.t, what.hash});
}

/// That nobody is there any more is heard by hear_end.
void wal_publisher_state::hear_answer(std::uint64_t session, std::uint64_t token, bool taken) {
  const auto at = locals->by_session.find(session);
  if (at == locals->by_session.end())
    return;
  if (!taken)
    return step(machine::unsubscribe{key_of(session)});
  at->second.window.consumed(token);
  step(machine::credit{key_of(session), at->second.window.granted()});
}

// -- connections ---

stream::peer_id wal_publisher_state::peer_of(const stream_peer_actor& who) {
  if (const auto at = peers_.find(who.address()); at != peers_.end())
    return at->second;
  const stream::peer_id made(next_peer_++);
  peers_.emplace(who.address(), made);
  connections_.emplace(made, who);
  watch(self, who);
  start_ticking();
  return made;
}

frames_taken wal_publisher_state::hear(const stream_frames_in& said) {
  if (machine_)
    for (const auto& frame : said.frames)
      step(machine::received{peer_of(said.who), frame});
  return {};
}

// -- named cursors ---

void wal_publisher_state::store(const stream::named_cursor& what) {
  storing_.push_back(what);
  send(self, port,
       propose_control{entry_kind::cursor,
                       std::make_shared<const bytes>(stream::encode_cursor_entry(what))});
}

void wal_publisher_state::hear_stored(const committed_entry& entry) {
  const auto what = stream::decode_cursor_entry(*entry.payload);
  WEFT_ASSERT(what.has_value()); // it was applied
  std::erase(storing_, *what);
  step(machine::cursor_stored{*what});
}

// -- effects ---

template <class Event>
void wal_publisher_state::step(const Event& what) {
  machine::effects effects;
  machine_->step(what, effects);
  how.figures->subscribers.set(machine_->sessions());
  perform(effects);
}

void wal_publisher_state::perform(machine::effects& effects) {
  // A few are pushed to where it is heard that something is durable; many are, while the log goes
  // on.
  std::optional<elsewhere<std::remove_pointer_t<decltype(self)>>> runs;
  auto sends = by_connection(effects.sends);
  if (sends.different + effects.tells.size() > few_pushes)
    runs.emplace(self);
  for (const auto& order : effects.reads)
    read_log(order);
  for (const auto& order : effects.stores)
    store(order.what);
  for (const auto& news : effects.tells)
    if (const auto at = locals->by_session.find(news.who.session); at != locals->by_session.end())
      tell(news.who.session, at->second, news.what);
  for (auto& [to, all] : sends.frames)
    if (const auto at = connections_.find(to); at != connections_.end())
      send(self, at->second, stream_frames_out{std::move(all)});
  for (const auto& over : effects.ended)
    end_seat(over.who.session,
             over.reason.code == errc::closed ? std::nullopt : std::optional(over.reason));
}

/// A session is over; whoever waits for it to begin, or was not told, hears so.
void wal_publisher_state::end_seat(std::uint64_t session, const std::optional<error>& why) {
  const auto at = locals->by_session.find(session);
  if (at == locals->by_session.end())
    return;
  note(*how.log, log_event::stream_closed, "a subscription ended",
       {{"session", session},
        {"errc", why ? info(why->code).name : std::string_view("none")},
        {"why", why ? why->to_string() : std::string("it ended by itself")}});
  tell_end(at->second, why);
  locals->by_session.erase(at);
}

void wal_publisher_state::read_log(const machine::read_log& order) {
  request(
      self, old_log, forever, read_records{order.after, order.bytes},
      [this](const records_read& found) {
        step(machine::log_read{found.after, found.records});
      },
      [this, after = order.after](const error& why) {
        step(machine::log_failed{after, why});
      });
}

void wal_publisher_state::tell(std::uint64_t session, seat& to,
                               const stream::session_output& what) {
  if (const auto* records = std::get_if<stream::session_records>(&what)) {
    for (const auto& batch : *records->batches)
      deliver(session, to, batch);
  } else if (const auto* opened = std::get_if<stream::session_opened>(&what)) {
    to.at = opened->at.place;
    note(*how.log, log_event::stream_opened, "a subscriber is served",
         {{"session", session},
          {"t", opened->at.place.t.get()},
          {"head", opened->head.get()},
          {"cursor", to.how.name}});
    if (to.answer)
      std::exchange(to.answer, {})
          ->deliver(subscribed{session, opened->at, opened->head, origin()});
  } else if (const auto* closed = std::get_if<stream::session_closed>(&what)) {
    end_seat(session, closed->reason);
  } else if (const auto* lag = std::get_if<stream::session_lagged>(&what)) {
    note(*how.log, log_event::stream_lagged, "a subscriber fell behind",
         {{"session", session}, {"t", lag->at.get()}, {"head", lag->head.get()}});
    to.to.notify({stream_notice::lagged{lag->at, lag->head}});
  } else if (const auto* mark = std::get_if<stream::session_watermark>(&what)) {
    to.at = mark->at.place;
    to.to.tell_watermark(self, {mark->at, mark->head, origin()});
  }
}

void wal_publisher_state::deliver(std::uint64_t session, seat& to, const wal_batch& batch) {
  to.at = batch.record()->place();
  const auto place = to.window.deliver(batch.record()->credit_bytes());
  to.to.give(self, batch, place.ends_window, [this, session, token = place.token](bool taken) {
    hear_answer(session, token, taken);
  });
}

streams wal_publisher_state::figures() const {
  if (!machine_)
    return {};
  return {.counts = machine_->counts(),
          .sessions = machine_->sessions(),
          .ring_bytes = machine_->ring_bytes()};
}

wal_publisher_actor::behavior_type
wal_publisher(pointer<wal_publisher_actor, wal_publisher_state> self, wal_publisher_options how,
              std::shared_ptr<local_subscribers> locals, log_reader_actor old_log,
              applier_actor applied_by, raft_election_actor port) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  state.locals = std::move(locals);
  state.old_log = std::move(old_log);
  state.applied_by = std::move(applied_by);
  state.port = std::move(port);
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const applied& m) { state.hear(m); },
          [&state](const dropped& m) { state.hear(m); },
          [&state](const follow& m) { return state.follow_with(m.who); },
          [&state](const subscribe& m) { return state.add(m); },
          [&state](const unsubscribe& m) { state.remove(m.session); },
          [&state](const acknowledge& m) { state.move_cursor(m); },
          [&state](const stream_frames_in& m) { return state.hear(m); },
          [&state](const ask_streams&) { return state.figures(); },
          [&state](const clock_tick&) { state.look_at_clock(); }};
}

} // namespace weft::actors
