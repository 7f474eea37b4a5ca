#include "weft/console/cli/database/folder_window.hpp"

#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/ledger.hpp"
#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <chrono>

namespace weft::console {

namespace {

outcome outcome_of(result<tx_report> report, std::int64_t latency_us) {
  outcome out;
  out.latency_us = latency_us;
  if (!report) {
    out.refused = std::move(report).error();
    return out;
  }
  out.t = report->t;
  const auto& names = report->after.schema();
  out.facts_added =
      static_cast<std::uint64_t>(std::ranges::count_if(report->datoms, [&](const datom& d) {
        return d.added && !is_bookkeeping(names, view_of(d));
      }));
  out.tempids = std::move(report->tempids);
  out.after = report->after.shared_schema();
  return out;
}

} // namespace

folder_window::folder_window(embedded::database& db, std::size_t transactions_max)
    : commit_window(transactions_max), db_(&db), waiter_([this] { wait_for_each(); }) {}

folder_window::~folder_window() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  waiter_.join();
}

void folder_window::submit(tx_request request) {
  WEFT_ASSERT(!full());
  ++under_way_;
  const auto now = steady_us();
  auto pending = db_->submit(std::move(request));
  {
    const std::lock_guard lock(mutex_);
    submitted_.push_back({std::move(pending), now});
  }
  changed_.notify_all();
}

std::optional<outcome> folder_window::take(std::int64_t wait_us) {
  std::unique_lock lock(mutex_);
  if (wait_us > 0)
    changed_.wait_for(lock, std::chrono::microseconds(wait_us),
                      [&] { return !outcomes_.empty() || under_way_ == 0; });
  if (outcomes_.empty())
    return std::nullopt;
  auto out = std::move(outcomes_.front());
  outcomes_.pop_front();
  --under_way_;
  return out;
}

void folder_window::wait_for_each() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closing_ || !submitted_.empty(); });
    if (submitted_.empty())
      return; // closing, and nothing is left
    auto next = std::move(submitted_.front());
    submitted_.pop_front();
    lock.unlock();
    auto report = next.what.get();
    auto made = outcome_of(std::move(report), steady_us() - next.at_us);
    lock.lock();
    outcomes_.push_back(std::move(made));
    changed_.notify_all();
  }
}

} // namespace weft::console
