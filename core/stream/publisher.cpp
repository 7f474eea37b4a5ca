// What a publisher sends: records to whoever waits for them, from the ring or from the log.
#include "weft/core/stream/publisher.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/stream/place_error.hpp"

#include <algorithm>

namespace weft::stream {

publisher::publisher(const state& from, options how)
    : how_(how), origin_(from.origin), head_(from.head), now_us_(from.now_us),
      recent_(how.ring_bytes), schema_(from.schema), filters_(from.schema), cursors_(from.cursors),
      context_(std::make_shared<const stream_context>(stream_context{origin_, from.schema})) {}

void publisher::effects::clear() noexcept {
  sends.clear();
  tells.clear();
  reads.clear();
  stores.clear();
  ended.clear();
}

publisher::counters publisher::counts() const noexcept {
  auto out = counts_;
  out.evaluations = filters_.evaluations();
  out.slices = filters_.slices();
  return out;
}

void publisher::step(const committed& event, effects& out) {
  for (const auto& r : event.records) {
    WEFT_ASSERT(r.t == head_.place.t.next() && r.payload != nullptr);
    recent_.push(std::make_shared<const stream_record>(record_stamp{r.t, r.when}, head_.place.chain,
                                                       r.chain, shared_bytes(r.payload)));
    head_ = {{r.t, r.chain}, r.when};
    ++counts_.records;
    if (r.schema_after) {
      schema_.change(r.schema_after);
      filters_.compile_for(r.schema_after);
      context_ = std::make_shared<const stream_context>(stream_context{origin_, r.schema_after});
    }
  }
  for (const auto& at : sessions_)
    pump(*at, out);
  recent_.trim(); // not before: who was caught up needs no log, however much came at once
  finish(out);
}

/// Sends what there is, as far as the ring and the credit go.
void publisher::pump(seat& to, effects& out) {
  auto& s = to.session;
  if (to.over || s.reading || s.state != session_state::open)
    return;
  while (s.credit() > 0 && s.at.place.t < head_.place.t) {
    if (!recent_.covers_after(s.at.place.t)) {
      read_for(to, out);
      return;
    }
    s.live = true;
    if (!advance(to, record_source(recent_), head_.place.t, out))
      return;
  }
  if (s.at.place.t == head_.place.t)
    s.live = true;
}

/// One slice. False when the session ended.
bool publisher::advance(seat& to, const record_source& source, tx_number last, effects& out) {
  auto& s = to.session;
  auto next = filters_.next(*s.filter, s.at.place, source, last, s.credit());
  if (!next) {
    end(to, next.error(), true, out);
    return false;
  }
  auto& slice = **next;
  const auto records = slice.what ? slice.what->items.size() : 0;
  s.move(slice.through, records, slice.cost, slice.skipped);
  counts_.sent += records;
  counts_.skipped += slice.skipped;
  if (!slice.what)
    return true;
  if (!to.channel && !slice.batches) {
    std::vector<wal_batch> batches;
    batches.reserve(records);
    for (const auto& item : slice.what->items)
      batches.emplace_back(context_, item.record, item.matched);
    slice.batches = std::make_shared<const std::vector<wal_batch>>(std::move(batches));
  }
  say(to, session_records{slice.what, slice.batches}, out);
  return true;
}

void publisher::say(seat& to, session_output what, effects& out) {
  to.session.said_us = now_us_;
  if (!to.channel) {
    out.tells.push_back({to.session.key, std::move(what)});
    return;
  }
  to.channel->put(what, origin_, schema_, frames_);
  counts_.frames += frames_.size();
  for (auto& f : frames_)
    out.sends.push_back({to.session.key.peer, std::move(f)});
  frames_.clear();
}

/// The ring does not reach back to this session.
void publisher::read_for(seat& to, effects& out) {
  auto& s = to.session;
  if (s.live) {
    s.live = false;
    ++s.counts.lagged;
    ++counts_.lagged;
    say(to, session_lagged{s.at.place.t, head_.place.t}, out);
  }
  s.reading = true;
  // Without a filter, what is read beyond the credit would be read again.
  const auto bytes = s.filter->compiled || s.credit() == 0
                         ? how_.read_bytes
                         : std::min<std::uint64_t>(how_.read_bytes, s.credit());
  reads_.want(s.at.place.t, static_cast<std::size_t>(bytes), s.key);
}

/// What a read gave, as far as it was committed when this was last told; nothing when it is not
/// what was asked for.
std::optional<std::vector<record_entry>> publisher::entries_of(const log_read& event) const {
  std::vector<record_entry> entries;
  entries.reserve(event.records.size());
  auto at = event.after;
  for (const auto& record : event.records) {
    if (record->t() > head_.place.t)
      break;
    if (record->t() != at.t.next() || record->before() != at.chain)
      return std::nullopt;
    at = record->place();
    entries.push_back({record});
  }
  return entries;
}

/// The session, if it still waits for the read after t: it may have been opened again since.
publisher::seat* publisher::waits_for(const session_key& key, tx_number after) const {
  auto* at = find(key);
  return at != nullptr && at->session.reading && at->session.at.place.t == after ? at : nullptr;
}

void publisher::step(const log_read& event, effects& out) {
  if (event.records.empty() && event.after.t < head_.place.t) {
    reads_.postpone(event.after.t); // the log has it, only its reader does not see it yet
    return;
  }
  auto entries = entries_of(event);
  if (!entries) {
    step(log_failed{event.after.t,
                    {errc::log_corrupt, "the log was read, and gave what does not follow"}},
         out);
    return;
  }
  for (const auto& key : reads_.ended(event.after.t))
    if (auto* at = waits_for(key, event.after.t))
      take_read(*at, event, *entries, out);
  finish(out);
}

void publisher::take_read(seat& to, const log_read& event, std::span<record_entry> entries,
                          effects& out) {
  auto& s = to.session;
  s.reading = false;
  if (s.state == session_state::opening)
    begin(to, {event.after, instant(0)}, out);
  const auto last = entries.empty() ? event.after.t : entries.back().record->t();
  while (!to.over && s.credit() > 0 && s.at.place.t < last)
    if (!advance(to, record_source(entries), last, out))
      return;
  pump(to, out);
}

void publisher::step(const log_failed& event, effects& out) {
  if (info(event.reason.code).retryable) {
    reads_.postpone(event.after);
    return;
  }
  const error why = event.reason.code == errc::log_pruned ? too_old(event.reason) : event.reason;
  for (const auto& key : reads_.ended(event.after))
    if (auto* at = waits_for(key, event.after))
      end(*at, why, true, out);
  finish(out);
}

/// What every step ends with.
void publisher::finish(effects& out) {
  filters_.forget_slices();
  reads_.start(wanted_);
  counts_.reads += wanted_.size();
  for (const auto& read : wanted_)
    out.reads.push_back({read.after, read.bytes});
  wanted_.clear();
  for (auto& c : to_store_)
    out.stores.push_back({std::move(c)});
  to_store_.clear();
  for (std::size_t i = 0; over_ > 0 && i < sessions_.size();) {
    if (!sessions_[i]->over) {
      ++i;
      continue;
    }
    --over_;
    filters_.leave(sessions_[i]->session.filter);
    by_key_.erase(sessions_[i]->session.key);
    if (i + 1 < sessions_.size()) {
      sessions_[i] = std::move(sessions_.back());
      by_key_[sessions_[i]->session.key] = i;
    }
    sessions_.pop_back();
  }
}

} // namespace weft::stream
