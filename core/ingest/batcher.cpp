#include "weft/core/ingest/batcher.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace weft::ingest {

namespace {

/// Whether the transaction itself is at fault, so that parts of it may be right.
bool is_rejection(errc code) {
  switch (code) {
  case errc::request_expired:
  case errc::request_conflict:
  case errc::request_from_future:
    return false;
  default: {
    constexpr int rejected = 4;
    constexpr int misunderstood = 2;
    const int exit_code = info(code).exit_code;
    return exit_code == rejected || exit_code == misunderstood;
  }
  }
}

bool may_pass(errc code) {
  return info(code).retryable && code != errc::closed;
}

std::int64_t pause_us(unsigned failures) {
  std::int64_t pause = limits::ingest_backoff_us_min;
  for (unsigned i = 1; i < failures && pause < limits::ingest_backoff_us_max; ++i)
    pause *= 2;
  return std::min(pause, limits::ingest_backoff_us_max);
}

error unknown_outcome(const error& last) {
  return {errc::outcome_unknown,
          "the items may be committed: no answer came in time (" + last.detail + ")", last.fields};
}

} // namespace

// -- events ---

void batcher::step(const offered& news, const moment& when, effects& out) {
  if (waiting_bytes_ > 0 && waiting_bytes_ + news.bytes > how_.waiting_bytes_max) {
    ++counts_.refused;
    out.settled.push_back(
        {news.ticket, fail(errc::overloaded, "too many items wait; try again later",
                           {{"waiting_bytes", std::to_string(waiting_bytes_)},
                            {"limit", std::to_string(how_.waiting_bytes_max)}})});
    return;
  }
  add({news, when.now_us});
  begin_next(when, out);
}

void batcher::step(const answered& news, const moment& when, effects& out) {
  if (!current_ || current_->again_us || current_->attempt != news.attempt)
    return;
  if (news.outcome)
    commit(*news.outcome, out);
  else
    hear_failure(news.outcome.error(), when, out);
  begin_next(when, out);
}

void batcher::step(tick /*news*/, const moment& when, effects& out) {
  if (current_ && current_->again_us && *current_->again_us <= when.now_us)
    try_again(out);
  begin_next(when, out);
}

void batcher::step(hurry /*news*/, const moment& when, effects& out) {
  if (!order_.empty())
    order_.back().is_full = true;
  begin_next(when, out);
}

std::optional<std::int64_t> batcher::next_wake_us() const {
  if (current_)
    return current_->again_us;
  if (order_.empty())
    return std::nullopt;
  return order_.front().items.front().since_us + how_.delay_us;
}

// -- what waits ---

void batcher::add(item what) {
  waiting_bytes_ += what.what.bytes;
  const bool has_id = what.what.id.has_value();
  if (order_.empty() || order_.back().is_full || has_id ||
      !order_.back().together.accepts(*what.what.request))
    order_.emplace_back();
  // What stands behind another group is not to wait for more: its own time has come by then.
  if (order_.size() > 1)
    order_[order_.size() - 2].is_full = true;
  group& last = order_.back();
  last.together.add(what.what.request);
  last.bytes += what.what.bytes;
  last.items.push_back(std::move(what));
  last.is_full =
      has_id || last.together.facts() >= how_.batch_facts || last.bytes >= how_.batch_bytes;
}

bool batcher::is_due(const group& what, std::int64_t now_us) const {
  return what.is_full || what.items.front().since_us + how_.delay_us <= now_us;
}

void batcher::begin_next(const moment& when, effects& out) {
  if (current_ || order_.empty() || !is_due(order_.front(), when.now_us))
    return;
  group next = std::move(order_.front());
  order_.pop_front();
  begin(std::move(next), when, out);
}

// -- what is under way ---

void batcher::begin(group what, const moment& when, effects& out) {
  const item& first = what.items.front();
  const request_id id = first.what.id.value_or(when.fresh);
  const std::int64_t deadline = first.since_us + how_.patience_us;
  auto request = what.together.request();
  current_.emplace(under_way{std::move(what), std::move(request), id, /*attempt=*/0, deadline});
  try_again(out);
}

void batcher::try_again(effects& out) {
  current_->again_us.reset();
  current_->attempt = next_attempt_++;
  out.attempts.push_back({current_->attempt, current_->request, current_->id});
}

void batcher::commit(const transacted& outcome, effects& out) {
  ++counts_.transactions;
  counts_.items += current_->of.items.size();
  const bool is_one = current_->of.items.size() == 1;
  for (const item& each : current_->of.items) {
    auto tempids = is_one ? outcome.tempids : own_tempids(*each.what.request, outcome.tempids);
    out.settled.push_back({each.what.ticket, transacted{outcome.t, outcome.when, std::move(tempids),
                                                        outcome.payload}});
    waiting_bytes_ -= each.what.bytes;
  }
  current_.reset();
}

void batcher::hear_failure(const error& why, const moment& when, effects& out) {
  current_->is_uncertain |= why.code == errc::outcome_unknown;
  if (may_pass(why.code) && when.now_us < current_->deadline_us) {
    ++counts_.retries;
    current_->again_us = std::min(when.now_us + pause_us(++current_->failures),
                                  std::max(current_->deadline_us, when.now_us + 1));
    return;
  }
  // A rejection says that it is not committed: an id that is known is answered with its outcome.
  if (is_rejection(why.code)) {
    if (current_->of.items.size() > 1)
      return split();
    return refuse(why, out);
  }
  refuse(current_->is_uncertain ? unknown_outcome(why) : why, out);
}

void batcher::refuse(const error& why, effects& out) {
  for (const item& each : current_->of.items) {
    ++counts_.refused;
    out.settled.push_back({each.what.ticket, fail(why)});
    waiting_bytes_ -= each.what.bytes;
  }
  current_.reset();
}

void batcher::split() {
  ++counts_.splits;
  std::vector<item> items = std::move(current_->of.items);
  current_.reset();
  const std::size_t middle = items.size() / 2;
  const auto make = [&](std::size_t from, std::size_t to) {
    group made;
    for (std::size_t i = from; i < to; ++i) {
      made.together.add(items[i].what.request);
      made.bytes += items[i].what.bytes;
      made.items.push_back(std::move(items[i]));
    }
    made.is_full = true;
    return made;
  };
  order_.push_front(make(middle, items.size()));
  order_.push_front(make(0, middle));
}

} // namespace weft::ingest
