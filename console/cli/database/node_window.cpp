#include "weft/console/cli/database/node_window.hpp"

#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/ledger.hpp"
#include "weft/core/base/assert.hpp"
#include "weft/core/tx/schema/fold.hpp"

#include <algorithm>

namespace weft::console {

namespace {

/// For names alone.
constexpr std::int64_t names_patience_us = 1'000'000;

instant in_us(std::int64_t us) {
  return instant(steady_us() + us);
}

} // namespace

// -- names ---

result<view> node_names::open_view() {
  WEFT_TRY(auto now, db_->view());
  learn(now);
  return now;
}

void node_names::learn(const view& now) {
  names_ = now.shared_schema();
  at_ = now.basis();
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
  // Without them, numbers stand for names: what was done is told soon, even if the node is gone.
  if (const auto now = db_->view_within(names_patience_us))
    learn(*now);
  return names_;
}

// -- the window ---

void node_window::submit(tx_request request) {
  WEFT_ASSERT(!full());
  ++under_way_;
  submitted_.push_back({std::make_shared<const tx_request>(std::move(request)), steady_us()});
  submit_waiting();
}

/// In order; what the client has no room for waits here.
void node_window::submit_waiting() {
  for (auto& one : submitted_) {
    if (one.ticket)
      continue;
    auto ticket = db_->submit(one.what);
    if (!ticket && ticket.error().code == errc::overloaded && &one != &submitted_.front())
      return; // there is room when those before have outcomes
    one.ticket = std::move(ticket);
    one.what.reset();
  }
}

std::optional<outcome> node_window::take(std::int64_t wait_us) {
  if (submitted_.empty())
    return std::nullopt;
  submit_waiting();
  auto& oldest = submitted_.front();
  auto known = *oldest.ticket ? db_->take(**oldest.ticket, in_us(wait_us))
                              : std::optional<answer>(fail(oldest.ticket->error()));
  if (talk_)
    talk_(not_connected());
  if (!known)
    return std::nullopt;
  auto out = outcome_of(oldest, std::move(*known));
  submitted_.pop_front();
  --under_way_;
  return out;
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
