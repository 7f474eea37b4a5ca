#include "weft/persistence/embedded/call_queue.hpp"

#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <utility>

namespace weft::embedded {

namespace {

/// Callers that make a crowd, with those of the last batch, who will be back: they sleep without
/// yielding first.
constexpr std::size_t crowd = 64;

/// While a batch syncs, who resolves the next one is woken when a share of all transactions under
/// way waits: with many, a context switch for each would cost as much as resolving it.
constexpr std::size_t share_worth_waking = 32;

} // namespace

// -- callers ---

result<bool> call_queue::add(std::shared_ptr<waiting> who) {
  std::unique_lock lock(mutex_);
  if (closed_)
    return fail(errc::closed, "the database is closed");
  if (queue_.size() >= limits::requests_waiting_max)
    return fail(errc::overloaded,
                fmt::format("{} transactions wait for the log; try again", queue_.size()));
  if (who->has_thread)
    join_company(*who);
  queue_.push_back(std::move(who));
  under_way_.fetch_add(1); // from here on nothing throws: drain waits for it
  if (!std::exchange(leading_, true))
    return true;
  const bool enough = is_worth_waking();
  lock.unlock();
  if (enough)
    changed_.notify_all();
  return false;
}

/// Requires mutex_. The first will be told to lead, and sleeps alone.
void call_queue::join_company(waiting& who) {
  if (company_)
    who.company = company_;
  else
    company_ = std::make_shared<sleepers>();
}

bool call_queue::is_crowded() const noexcept {
  return under_way_ + answered_last_ >= crowd;
}

void call_queue::drain() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  for (auto left = under_way_.load(); left != 0; left = under_way_.load())
    under_way_.wait(left);
}

// -- answers ---

void call_queue::answer(waiting& who, result<tx_report> with) {
  who.answer = std::move(with);
  who.signal.tell(call_signal::done);
  if (under_way_.fetch_sub(1) == 1)
    under_way_.notify_all();
}

void call_queue::finish(waiting& who, result<tx_report> with) {
  answer(who, std::move(with));
  if (who.company)
    who.company->wake();
}

// -- the lead ---

call_queue::calls call_queue::take() {
  calls out;
  const std::lock_guard lock(mutex_);
  out.swap(queue_);
  company_.reset();
  return out;
}

void call_queue::put_back(const calls& rest) {
  if (rest.empty())
    return;
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.begin(), rest.begin(), rest.end());
}

bool call_queue::put_back(const std::vector<std::shared_ptr<waiting>>& again) {
  if (again.empty())
    return false;
  const std::lock_guard lock(mutex_);
  queue_.insert(queue_.begin(), again.begin(), again.end());
  if (!std::exchange(leading_, true))
    return true;
  changed_.notify_all();
  return false;
}

bool call_queue::end_lead() {
  const std::lock_guard lock(mutex_);
  leading_ = !queue_.empty();
  return !leading_;
}

void call_queue::pass_lead() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    leading_ = false;
    return;
  }
  auto& next = *queue_.front();
  if (!next.has_thread)
    return need_thread_();
  next.signal.tell(call_signal::lead);
  if (next.company)
    next.company->wake();
}

/// Requires mutex_.
bool call_queue::is_worth_waking() const noexcept {
  return queue_.size() > under_way_.load(std::memory_order_relaxed) / share_worth_waking;
}

// -- the log ---

bool call_queue::take_log_or_more(bool has_room) {
  std::unique_lock lock(mutex_);
  const bool waits = log_busy_;
  changed_.wait(lock, [&] { return !log_busy_ || (is_worth_waking() && has_room); });
  if (log_busy_ || (waits && !queue_.empty() && has_room))
    return false;
  log_busy_ = true;
  return true;
}

void call_queue::take_log() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !log_busy_; });
  log_busy_ = true;
}

void call_queue::release_log() {
  const std::lock_guard lock(mutex_);
  log_busy_ = false;
  changed_.notify_all();
}

} // namespace weft::embedded
