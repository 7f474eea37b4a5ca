#include "weft/console/cli/database/node_window.hpp"

#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/ledger.hpp"
#include "weft/core/base/assert.hpp"
#include "weft/core/tx/schema/fold.hpp"

#include <algorithm>
#include <poll.h>

namespace weft::console {

namespace {

/// The pause before a node that refused everything is tried again.
constexpr int refusal_pause_ms = 100;

instant in_us(std::int64_t us) {
  return instant(steady_us() + us);
}

} // namespace

// -- names ---

result<view> node_names::open_view() {
  WEFT_TRY(auto now, db_->view());
  names_ = now.shared_schema();
  at_ = now.basis();
  return now;
}

const std::shared_ptr<const schema>& node_names::after(const record_view& record) {
  if (at_ && record.t() <= *at_)
    return names_;
  if (at_ && record.t() == at_->next())
    if (auto folded = fold_schema(names_, record.datoms())) {
      names_ = std::move(*folded);
      at_ = record.t();
      return names_;
    }
  static_cast<void>(open_view()); // without it, numbers stand for names
  return names_;
}

// -- the window ---

void node_window::submit(tx_request request) {
  WEFT_ASSERT(!full());
  ++under_way_;
  auto what = std::make_shared<const tx_request>(std::move(request));
  const auto id = client::database::make_request_id();
  auto ticket = db_->submit(what, id);
  submitted_.push_back({std::move(what), id, steady_us(), std::move(ticket)});
}

std::optional<outcome> node_window::take(std::int64_t wait_us) {
  if (submitted_.empty())
    return std::nullopt;
  auto& oldest = submitted_.front();
  auto known = oldest.ticket ? db_->take(*oldest.ticket, in_us(wait_us))
                             : std::optional<answer>(fail(oldest.ticket.error()));
  if (!known)
    return std::nullopt;
  if (!*known && is_tried_again(known->error()))
    return std::nullopt;
  refused_since_us_.reset();
  auto out = outcome_of(oldest, std::move(*known));
  submitted_.pop_front();
  --under_way_;
  return out;
}

/// A node that ends or begins refuses what it did not execute. What was submitted behind that was
/// executed, or refused as well: all of it is submitted again, in order, and with its own ids.
bool node_window::is_tried_again(const error& why) {
  const bool passes =
      why.code == errc::closed || why.code == errc::no_leader || why.code == errc::overloaded;
  if (!passes)
    return false;
  const auto now = steady_us();
  if (now - refused_since_us_.value_or(now) > patience_us_)
    return false;
  refused_since_us_ = refused_since_us_.value_or(now);
  for (auto& one : submitted_)
    if (&one != &submitted_.front() && one.ticket)
      static_cast<void>(db_->take(*one.ticket, in_us(patience_us_)));
  static_cast<void>(::poll(nullptr, 0, refusal_pause_ms));
  for (auto& one : submitted_)
    one.ticket = db_->submit(one.what, one.id);
  return true;
}

outcome node_window::outcome_of(const submitted& what, answer got) {
  outcome out;
  out.latency_us = steady_us() - what.at_us;
  if (!got) {
    out.refused = std::move(got).error();
    return out;
  }
  const auto record = record_view::decode(*got->payload);
  if (!record) {
    out.refused = record.error();
    return out;
  }
  *log_bytes_ += got->payload->size();
  out.t = got->t;
  out.after = names_->after(*record);
  out.facts_added = static_cast<std::uint64_t>(std::ranges::count_if(
      record->datoms(), [&](const auto& d) { return d.added && !is_bookkeeping(*out.after, d); }));
  out.tempids = std::move(got->tempids);
  return out;
}

} // namespace weft::console
