#include "weft/core/stream/subscriber.hpp"

#include "weft/core/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::stream {

namespace {

/// A part of the window after which a delivery asks for a reply.
constexpr std::uint64_t windows_per_reply = 4;

error broken(std::string_view what) {
  return {errc::malformed_frame, fmt::format("the stream does not fit together: {}", what)};
}

/// The same place, and the time if either side knows it.
stream_point merged(const std::optional<stream_point>& ours, const stream_point& theirs) {
  auto out = theirs;
  if (ours && ours->place == theirs.place && out.when == instant(0))
    out.when = ours->when;
  return out;
}

} // namespace

subscriber::subscriber(options how) : how_(std::move(how)) {
  if (const auto wanted = std::exchange(how_.start.origin, std::nullopt))
    how_.origin = *wanted;
  know(schema::bootstrap());
  how_.window_bytes = std::clamp(how_.window_bytes, limits::stream_window_bytes_min,
                                 limits::stream_window_bytes_max);
}

std::optional<cursor> subscriber::cursor() const {
  return at_ ? std::optional(how_.origin.cursor_at(at_->place)) : std::nullopt;
}

void subscriber::know(std::shared_ptr<const schema> names) {
  context_ = std::make_shared<const stream_context>(stream_context{how_.origin, std::move(names)});
}

// -- opening and losing ---

void subscriber::say(client_frame what, moment at, effects& out) {
  said_us_ = at.now_us;
  out.emplace_back(send{std::move(what)});
}

std::uint64_t subscriber::allowance() const noexcept {
  return outstanding() < how_.window_bytes ? how_.window_bytes - outstanding() : 0;
}

void subscriber::open(moment at, effects& out) {
  if (!connected_) {
    phase_ = stage::connecting;
    heard_us_ = at.now_us;
    out.emplace_back(reconnect{});
    return;
  }
  ++attempt_;
  next_seq_ = 1;
  partial_.reset();
  received_ = 0;
  granted_ = allowance();
  heard_us_ = at.now_us;
  phase_ = stage::opening;
  const auto start =
      at_ ? start_at::after_place(at_->place.t, short_hash(at_->place.chain)) : how_.start;
  say(open_frame{{how_.session, attempt_}, how_.origin, start, how_.name, how_.filter, granted_},
      at, out);
}

/// Opens again at its place: at once when something arrived since the last time, else after a
/// pause.
void subscriber::lose(const error& why, bool connection, moment at, effects& out) {
  if (phase_ == stage::open)
    out.emplace_back(gap{at_->place, why});
  if (connection)
    connected_ = false;
  partial_.reset();
  std::int64_t pause_us = 0;
  if (failures_ > 0) {
    const auto doublings = std::min(failures_ - 1, 20U);
    const auto most = std::min(how_.backoff_us_max, how_.backoff_us_min << doublings);
    const auto half = static_cast<std::uint64_t>(most / 2);
    pause_us = static_cast<std::int64_t>(half + at.random % (half + 1));
  }
  ++failures_;
  phase_ = stage::waiting;
  retry_us_ = at.now_us + pause_us;
  if (pause_us == 0)
    open(at, out);
}

void subscriber::give_up(std::optional<error> why, effects& out) {
  phase_ = stage::closed;
  partial_.reset();
  out.emplace_back(closed{std::move(why)});
}

void subscriber::step(const connected&, moment at, effects& out) {
  connected_ = true;
  if (phase_ != stage::waiting && phase_ != stage::paused && phase_ != stage::closed)
    open(at, out);
}

void subscriber::step(const disconnected&, moment at, effects& out) {
  connected_ = false;
  if (phase_ != stage::waiting && phase_ != stage::paused && phase_ != stage::closed)
    lose({errc::not_subscribed, "the connection broke"}, true, at, out);
}

void subscriber::step(const pause&, moment at, effects& out) {
  if (phase_ == stage::closed || phase_ == stage::paused)
    return;
  if (phase_ == stage::opening || phase_ == stage::open)
    say(close_frame{{how_.session, attempt_}}, at, out);
  partial_.reset();
  phase_ = stage::paused;
}

void subscriber::step(const resume&, moment at, effects& out) {
  if (phase_ == stage::paused)
    open(at, out);
}

void subscriber::step(const unsubscribe&, moment at, effects& out) {
  if (phase_ == stage::closed)
    return;
  if (phase_ == stage::opening || phase_ == stage::open)
    say(close_frame{{how_.session, attempt_}}, at, out);
  give_up(std::nullopt, out);
}

void subscriber::step(const tick&, moment at, effects& out) {
  const auto quiet = at.now_us - heard_us_;
  // The request to open may be lost, or take long: later attempts have more patience.
  const auto patience =
      phase_ == stage::opening
          ? std::min(how_.silence_us, how_.heartbeat_us << std::min(failures_, 20U))
          : how_.silence_us;
  switch (phase_) {
  case stage::waiting:
    if (at.now_us >= retry_us_)
      open(at, out);
    return;
  case stage::connecting:
  case stage::opening:
  case stage::open:
    if (quiet > patience) {
      ++counts_.silences;
      lose({errc::not_subscribed, "nothing was heard of the publisher for too long"},
           quiet > how_.silence_us, at, out);
    } else if (phase_ == stage::open && at.now_us - said_us_ >= how_.heartbeat_us) {
      say(heartbeat_frame{{how_.session, attempt_},
                          granted_,
                          acked_ ? acked_->t : tx_number(0),
                          acked_ ? acked_->hash : 0},
          at, out);
    }
    return;
  case stage::unconnected:
  case stage::paused:
  case stage::closed:
    return;
  }
}

// -- the consumer ---

void subscriber::step(const consumed& event, moment at, effects& out) {
  consumed_ = std::max(consumed_, std::min(event.token, delivered_));
  grant(at, out);
}

void subscriber::grant(moment at, effects& out) {
  if (phase_ != stage::open || received_ + allowance() <= granted_)
    return;
  granted_ = received_ + allowance();
  say(credit_frame{{how_.session, attempt_}, granted_}, at, out);
}

void subscriber::step(const ack& event, moment at, effects& out) {
  if (how_.name.empty() || !at_ || event.t > at_->place.t || (acked_ && event.t <= acked_->t))
    return;
  acked_ = event;
  if (phase_ == stage::open)
    say(ack_frame{{how_.session, attempt_}, event.t, event.hash}, at, out);
}

void subscriber::deliver(record_ptr record, matched_runs matched, effects& out) {
  const auto cost = record->credit_bytes();
  received_ += cost;
  delivered_ += cost;
  counts_.bytes += cost;
  ++counts_.records;
  failures_ = 0;
  const bool ends_window = delivered_ - window_ends_ >= how_.window_bytes / windows_per_reply;
  if (ends_window)
    window_ends_ = delivered_;
  at_ = stream_point{record->place(), record->when()};
  out.emplace_back(delivery{wal_batch(context_, std::move(record), std::move(matched)), delivered_,
                            ends_window});
}

// -- frames ---

void subscriber::step(const received& event, moment at, effects& out) {
  const auto of = epoch_of(event.what);
  if ((phase_ != stage::opening && phase_ != stage::open) || of.session != how_.session ||
      of.attempt != attempt_) {
    ++counts_.stale;
    return;
  }
  heard_us_ = at.now_us;
  if (const auto* end = std::get_if<closed_frame>(&event.what)) {
    refused(*end, at, out);
    return;
  }
  if (!is_next(event.what, at, out))
    return;
  const auto problem = std::visit(
      [&](const auto& f) -> verdict {
        if constexpr (std::is_same_v<decltype(f), const closed_frame&>)
          return std::nullopt;
        else if ((phase_ == stage::opening) != std::is_same_v<decltype(f), const opened_frame&>)
          return broken("it was opened twice, or never");
        else
          return take(f, out);
      },
      event.what);
  if (!problem) {
    grant(at, out);
    return;
  }
  ++counts_.broken;
  if (problem->code == errc::malformed_frame) {
    lose(*problem, false, at, out);
    return;
  }
  say(close_frame{{how_.session, attempt_}}, at, out);
  give_up(*problem, out);
}

bool subscriber::is_next(const server_frame& what, moment at, effects& out) {
  const auto seq = seq_of(what);
  if (seq < next_seq_) {
    ++counts_.doubled;
    return false;
  }
  if (seq > next_seq_) {
    ++counts_.gaps;
    lose({errc::malformed_frame, fmt::format("frame {} came where {} was next", seq, next_seq_)},
         false, at, out);
    return false;
  }
  ++next_seq_;
  return true;
}

void subscriber::refused(const closed_frame& f, moment at, effects& out) {
  auto why = f.why.reason();
  if (!info(why.code).retryable) {
    give_up(std::move(why), out);
    return;
  }
  ++counts_.refused;
  if (why.code != errc::not_subscribed)
    failures_ = std::max(failures_, 1U); // it has no time for us: not at once
  lose(why, false, at, out);
}

subscriber::verdict subscriber::take(const opened_frame& f, effects& out) {
  auto& origin = how_.origin;
  if (f.origin.shard != origin.shard)
    return broken("it is of another shard");
  if (origin.database == database_id{}) {
    origin = f.origin;
    know(context_->names);
  }
  if (f.origin.database != origin.database)
    return error{errc::cursor_invalid,
                 fmt::format("database {} answered in place of {}", f.origin.database.to_string(),
                             origin.database.to_string()),
                 {{"database", f.origin.database.to_string()}}};
  const bool other_place = at_ && f.at.place != at_->place;
  const bool other_start = !at_ && !how_.start.now && !how_.start.stored &&
                           (f.at.place.t != how_.start.after ||
                            (how_.start.hash && *how_.start.hash != short_hash(f.at.place.chain)));
  if (f.origin.lineage != origin.lineage || other_place || other_start)
    return error{errc::cursor_diverged,
                 "the database has another history than the cursor",
                 {{"t", std::to_string(f.at.place.t.get())}}};
  at_ = merged(at_, f.at);
  phase_ = stage::open;
  ++counts_.opened;
  out.emplace_back(opened{*at_, f.head, attempt_});
  return std::nullopt;
}

subscriber::verdict subscriber::take(const schema_frame& f, effects& out) {
  know(context_->names->with(*f.attributes));
  out.emplace_back(schema_changed{context_->names});
  return std::nullopt;
}

/// Moves to where the publisher says that we are: what is between did not pass the filter. Without
/// a filter there is nothing between.
subscriber::verdict subscriber::move_to(const stream_point& to) {
  const bool same = to.place == at_->place;
  const bool further = to.place.t > at_->place.t && !how_.filter.is_everything();
  if (partial_ || (!same && !further))
    return broken("records are missing");
  at_ = merged(at_, to);
  return std::nullopt;
}

/// Whether a record continues what we have, and is whole.
subscriber::verdict subscriber::take_item(const slice_item& item) {
  const auto& r = *item.record;
  if (r.t() <= at_->place.t)
    return broken("a record came again");
  if (r.t() != at_->place.t.next() && how_.filter.is_everything())
    return broken("a record is missing");
  if (r.t() == at_->place.t.next() && r.before() != at_->place.chain)
    return broken("a record continues another one");
  if (item.matched && how_.filter.is_everything())
    return broken("datoms were left out");
  if (!r.is_whole())
    return broken("a record is damaged");
  return std::nullopt;
}

subscriber::verdict subscriber::take(const records_frame& f, effects& out) {
  const auto& slice = *f.what;
  if (auto problem = move_to({slice.from, instant(0)}))
    return problem;
  for (const auto& item : slice.items) {
    if (auto problem = take_item(item))
      return problem;
    deliver(item.record, item.matched, out);
  }
  return move_to(slice.through);
}

subscriber::verdict subscriber::take(const fragment_frame& f, effects& out) {
  if (f.head) {
    if (auto problem = move_to({f.head->from, instant(0)}))
      return problem;
    partial_.emplace(partial{*f.head, {}});
  }
  if (!partial_ || f.offset != partial_->so_far.size() ||
      f.part.view.size() > partial_->head.total - partial_->so_far.size())
    return broken("a fragment does not fit");
  partial_->so_far += f.part.view;
  if (partial_->so_far.size() < partial_->head.total)
    return std::nullopt;
  const auto head = std::move(partial_->head);
  const auto payload = std::make_shared<const bytes>(std::move(partial_->so_far));
  partial_.reset();
  const auto stamp = peek_stamp(*payload);
  if (!stamp || stamp->t != head.record.t)
    return broken("a record is damaged");
  slice_item item{std::make_shared<const stream_record>(*stamp, head.before, head.record.chain,
                                                        shared_bytes(payload)),
                  head.matched};
  if (auto problem = take_item(item))
    return problem;
  ++counts_.reassembled;
  deliver(std::move(item.record), std::move(item.matched), out);
  return std::nullopt;
}

subscriber::verdict subscriber::take(const watermark_frame& f, effects& out) {
  if (auto problem = move_to(f.at))
    return problem;
  failures_ = 0;
  out.emplace_back(watermark{*at_, f.head});
  return std::nullopt;
}

subscriber::verdict subscriber::take(const lagged_frame& f, effects& out) {
  out.emplace_back(lagged{f.at, f.head});
  return std::nullopt;
}

} // namespace weft::stream
