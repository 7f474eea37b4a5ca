// Who a publisher serves: sessions that begin, say something, fall silent and end.
#include "weft/core/stream/place_error.hpp"
#include "weft/core/stream/publisher.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::stream {

namespace {

error left() {
  return {errc::closed, "the subscriber left"};
}

error replaced() {
  return {errc::closed, "the subscriber opened its session again"};
}

} // namespace

std::size_t publisher::key_hash::operator()(const session_key& k) const noexcept {
  return std::hash<peer_id>()(k.peer) ^ std::hash<std::uint64_t>()(k.session);
}

publisher::seat* publisher::find(const session_key& key) const {
  const auto at = by_key_.find(key);
  if (at == by_key_.end() || sessions_[at->second]->over)
    return nullptr;
  return sessions_[at->second].get();
}

std::optional<session_counts> publisher::counts_of(const session_key& who) const {
  const auto* at = find(who);
  return at == nullptr ? std::nullopt : std::optional(at->session.counts);
}

// -- beginning ---

std::optional<error> publisher::objection(const subscription& what) const {
  if (what.start.origin)
    if (auto same = check_origin(*what.start.origin, origin_); !same)
      return std::move(same).error();
  if (sessions_.size() - over_ >= how_.sessions_max)
    return error{errc::overloaded,
                 fmt::format("{} subscriptions are served already", how_.sessions_max)};
  if (const auto can = check_open(what.start, what.name); !can)
    return can.error();
  if (!what.name.empty() && !cursors_.admits(what.name))
    return error{errc::overloaded, "no more named cursors can be kept"};
  if (!what.start.now && what.start.after > head_.place.t)
    return ahead_of(head_.place.t, what.start.after);
  return std::nullopt;
}

/// A place that is known without reading the log.
std::optional<stream_point> publisher::known_point(tx_number t) const noexcept {
  if (t == head_.place.t)
    return head_;
  return recent_.point_at(t);
}

void publisher::step(const subscribe& event, effects& out) {
  if (auto* old = find(event.who))
    end(*old, replaced(), false, out);
  finish(out);
  open(event.who, event.what, std::nullopt, out);
  finish(out);
}

void publisher::open(const session_key& key, const subscription& what,
                     std::optional<frame_channel> channel, effects& out) {
  auto wish = what;
  if (wish.start.stored)
    if (const auto* known = cursors_.find(wish.name); known != nullptr && known->t.get() > 0)
      wish.start = {
          .now = false, .after = known->t, .hash = known->hash, .origin = wish.start.origin};
  if (const auto why = objection(wish)) {
    refuse(key, channel, *why, out);
    return;
  }
  auto made = std::make_unique<seat>();
  made->channel = channel;
  auto& s = made->session;
  s.key = key;
  s.filter = filters_.join(wish.filter);
  s.name = wish.name;
  s.start = wish.start;
  s.heard_us = now_us_;
  s.said_us = now_us_;
  s.grant(wish.granted);
  auto& at = *made;
  by_key_[key] = sessions_.size();
  sessions_.push_back(std::move(made));
  const auto from = wish.start.now ? std::optional(head_) : known_point(wish.start.after);
  if (from) {
    begin(at, *from, out);
    pump(at, out);
    return;
  }
  s.at.place.t = wish.start.after; // only the log knows the chain there
  s.reading = true;
  reads_.want(wish.start.after, how_.read_bytes, key);
}

/// Its place is known: it is the one it asked for, or the history is another one.
void publisher::begin(seat& at, const stream_point& from, effects& out) {
  auto& s = at.session;
  if (!s.start.now && s.start.hash && *s.start.hash != short_hash(from.place.chain)) {
    ++counts_.refused;
    end(at, diverged_at(from.place.t), true, out);
    return;
  }
  s.state = session_state::open;
  s.at = from;
  ++counts_.opened;
  say(at, session_opened{from, head_.place.t}, out);
}

void publisher::refuse(const session_key& key, const std::optional<frame_channel>& channel,
                       const error& why, effects& out) {
  ++counts_.refused;
  if (channel)
    out.sends.push_back({key.peer, closed_frame::because(channel->of(), 0, why)});
  else
    out.tells.push_back({key, session_closed{why}});
}

// -- ending ---

void publisher::end(seat& at, const error& why, bool tell_it, effects& out) {
  if (at.over)
    return;
  if (tell_it)
    say(at, session_closed{why}, out);
  at.over = true;
  ++over_;
  out.ended.push_back({at.session.key, why, at.session.counts});
}

void publisher::step(const unsubscribe& event, effects& out) {
  if (auto* at = find(event.who))
    end(*at, left(), false, out);
  finish(out);
}

void publisher::step(const gone& event, effects& out) {
  for (const auto& at : sessions_)
    if (at->session.key.peer == event.who)
      end(*at, left(), false, out);
  finish(out);
}

// -- what they say ---

void publisher::step(const credit& event, effects& out) {
  if (auto* at = find(event.who)) {
    at->session.grant(event.granted);
    pump(*at, out);
  }
  finish(out);
}

void publisher::step(const ack& event, effects& out) {
  if (auto* at = find(event.who))
    acknowledge(*at, event.t, event.hash, out);
  finish(out);
}

void publisher::acknowledge(seat& by, tx_number t, std::uint64_t hash, effects& out) {
  const auto& s = by.session;
  if (t.get() == 0)
    return;
  if (s.name.empty() || s.state != session_state::open || t > s.at.place.t) {
    ++counts_.acks_refused;
    return;
  }
  const auto known = known_point(t);
  if (known && short_hash(known->place.chain) != hash) {
    ++counts_.acks_refused;
    end(by,
        {errc::cursor_diverged,
         "a transaction was acknowledged that this database does not have",
         {{"t", std::to_string(t.get())}}},
        true, out);
    return;
  }
  if (!cursors_.admits(s.name)) {
    ++counts_.acks_refused;
    end(by, {errc::overloaded, "no more named cursors can be kept"}, true, out);
    return;
  }
  cursors_.acknowledge({s.name, t, hash}, to_store_);
}

void publisher::step(const cursor_stored& event, effects& out) {
  cursors_.written(event.what, event.durable, to_store_);
  finish(out);
}

void publisher::step(const received& event, effects& out) {
  if (const auto* f = std::get_if<open_frame>(&event.what)) {
    receive(event.from, *f, out);
    finish(out);
    return;
  }
  const auto of = epoch_of(event.what);
  auto* at = find({event.from, of.session});
  const bool has_frames = at != nullptr && at->channel;
  if (has_frames && of.attempt == at->channel->of().attempt)
    receive(*at, event.what, out);
  else if (has_frames && of.attempt < at->channel->of().attempt)
    ++counts_.stale_frames;
  else if (!std::holds_alternative<close_frame>(event.what))
    out.sends.push_back(
        {event.from, closed_frame::because(of, 0,
                                           {errc::not_subscribed,
                                            "there is no such session; it was forgotten, or "
                                            "never opened"})});
  finish(out);
}

void publisher::receive(peer_id from, const open_frame& f, effects& out) {
  const session_key key{from, f.of.session};
  if (auto* old = find(key)) {
    if (!old->channel || f.of.attempt <= old->channel->of().attempt) {
      ++counts_.stale_frames;
      return;
    }
    end(*old, replaced(), false, out);
    finish(out);
  }
  const frame_channel channel(f.of);
  if (const auto same = check_origin(f.origin, origin_); !same)
    refuse(key, channel, same.error(), out);
  else
    open(key, {f.start, f.filter, f.name, f.granted}, channel, out);
}

void publisher::receive(seat& at, const client_frame& f, effects& out) {
  at.session.heard_us = now_us_;
  if (const auto* c = std::get_if<credit_frame>(&f)) {
    at.session.grant(c->granted);
  } else if (const auto* a = std::get_if<ack_frame>(&f)) {
    acknowledge(at, a->t, a->hash, out);
  } else if (const auto* h = std::get_if<heartbeat_frame>(&f)) {
    at.session.grant(h->granted);
    acknowledge(at, h->acked, h->acked_hash, out);
  } else {
    end(at, left(), false, out);
  }
  pump(at, out);
}

// -- time ---

void publisher::step(const tick& event, effects& out) {
  now_us_ = std::max(now_us_, event.now_us);
  for (const auto& at : sessions_) {
    auto& s = at->session;
    if (at->over)
      continue;
    if (at->channel && now_us_ - s.heard_us > how_.silence_us) {
      ++counts_.silent;
      end(*at, {errc::not_subscribed, "nothing was heard of the subscriber for too long"}, true,
          out);
      continue;
    }
    const auto quiet = now_us_ - s.said_us;
    const bool idle = s.at.place.t == head_.place.t && !s.told_idle && quiet >= how_.idle_us;
    if (s.state == session_state::open && (idle || quiet >= how_.heartbeat_us)) {
      s.told_idle = s.at.place.t == head_.place.t;
      say(*at, session_watermark{s.at, head_.place.t}, out);
    }
  }
  reads_.retry();
  cursors_.retry(to_store_);
  finish(out);
}

} // namespace weft::stream
