#include "weft/persistence/embedded/commit_pipeline.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weft::embedded {

namespace {

/// Resolving stops adding to a batch here: the next sync takes the rest.
constexpr std::size_t batch_bytes_target = limits::batch_bytes_max / 4;

/// Callers that make a crowd, with those of the last batch, who will be back: they sleep without
/// yielding first.
constexpr std::size_t crowd = 64;

/// While a batch syncs, who resolves the next one is woken when a share of all transactions under
/// way waits: with many, a context switch for each would cost as much as resolving it.
constexpr std::size_t share_worth_waking = 32;

/// Datoms that take longer to apply than a carrier to hand the lead to another one.
constexpr std::size_t worth_handing_over = 400;

/// Log entries of a batch: a header each, and padding (docs/formats/log.md) stay within the limit.
static_assert(batch_bytes_target + limits::record_bytes_max <= limits::batch_bytes_max / 2);

error failed_storage(const error& why) {
  return {errc::storage_failed,
          "the storage failed and takes no more transactions until the database is opened again: " +
              why.to_string()};
}

} // namespace

commit_pipeline::commit_pipeline(const transactor::state& from, transactor::options how,
                                 pipeline_parts parts)
    : parts_(std::move(parts)), port_(parts_.log, parts_.in_term,
                                      [this](const commit_event& event) {
                                        if (const auto* done = std::get_if<committed>(&event))
                                          committed_ = done->position;
                                        else
                                          lost_ = std::get<lost>(event).reason;
                                      }),
      transactor_(from, how), current_{from.committed, from.next, from.last, parts_.log.last()} {}

// -- callers ---

result<void> commit_pipeline::check_outside(const resolving_thread& resolver) {
  if (resolver.load(std::memory_order_relaxed) != std::this_thread::get_id())
    return {};
  return fail(errc::invalid_argument,
              "a transaction function cannot transact or close its own database; it returns what "
              "is to be done");
}

/// Puts a transaction in the queue. True when nobody leads: the caller sees to it that somebody
/// does.
result<bool> commit_pipeline::enqueue(std::shared_ptr<waiting> who) {
  WEFT_CHECK(check_outside());
  std::unique_lock lock(queue_mutex_);
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
    queue_changed_.notify_all();
  return false;
}

/// Requires queue_mutex_. The first will be told to lead, and sleeps alone.
void commit_pipeline::join_company(waiting& who) {
  if (company_)
    who.company = company_;
  else
    company_ = std::make_shared<sleepers>();
}

result<tx_report> commit_pipeline::run(const tx_request& request, std::optional<request_id> id) {
  const auto who = std::make_shared<waiting>();
  who->request = &request;
  who->id = id;
  WEFT_TRY(const bool leads, enqueue(who));
  if (leads)
    lead();
  wait(*who);
  return take(*who);
}

result<std::shared_ptr<waiting>> commit_pipeline::queue(tx_request request,
                                                        std::optional<request_id> id) {
  auto who = std::make_shared<waiting>();
  who->owned = std::move(request);
  who->request = &who->owned;
  who->id = id;
  who->has_thread = false;
  who->resolver = resolver_;
  WEFT_TRY(const bool leaderless, enqueue(who));
  if (leaderless)
    parts_.need_thread();
  return who;
}

/// Sleeps until the answer is there, and leads meanwhile when told to.
void commit_pipeline::wait(waiting& who) {
  const bool crowded = under_way_ + answered_last_ >= crowd;
  while (who.signal.wait(crowded ? 0 : 4, who.company.get()) == call_signal::lead)
    lead();
}

result<tx_report> commit_pipeline::take(waiting& who) {
  if (who.resolver)
    WEFT_CHECK(check_outside(*who.resolver));
  const auto told = who.signal.wait();
  WEFT_ASSERT(told == call_signal::done && who.answer.has_value());
  return std::move(*who.answer);
}

/// Whose company sleeps is to be woken afterwards.
void commit_pipeline::answer(waiting& who, result<tx_report> with) {
  who.answer = std::move(with);
  who.signal.tell(call_signal::done);
  if (under_way_.fetch_sub(1) == 1)
    under_way_.notify_all();
}

void commit_pipeline::finish(waiting& who, result<tx_report> with) {
  answer(who, std::move(with));
  if (who.company)
    who.company->wake();
}

void commit_pipeline::drain() {
  {
    const std::lock_guard lock(queue_mutex_);
    closed_ = true;
  }
  for (auto left = under_way_.load(); left != 0; left = under_way_.load())
    under_way_.wait(left);
}

// -- leading ---

/// Resolves and writes until somebody else leads, or nobody waits. A carrier keeps the lead while
/// it writes what is soon applied: handing it over would cost more than the others wait. Without
/// memory it ends the process: others depend on who leads, and a restart is always safe.
void commit_pipeline::lead(bool as_carrier) noexcept {
  for (bool again = true; again;) {
    auto made = gather();
    if (made.transactions.empty())
      return;
    const bool keeps = as_carrier && made.datoms < worth_handing_over;
    if (!keeps)
      pass_leadership();
    again = write(std::move(made)) || keeps;
  }
}

/// Resolves what waits until the log is free, and takes it. An empty batch: nobody waits any more,
/// and nobody leads.
commit_pipeline::batch commit_pipeline::gather() {
  batch made;
  for (;;) {
    resolve_waiting(made);
    std::unique_lock lock(queue_mutex_);
    if (made.transactions.empty()) {
      if (!queue_.empty())
        continue;
      leading_ = false;
      return made;
    }
    const bool has_room = made.bytes < batch_bytes_target;
    const bool waits = log_busy_;
    queue_changed_.wait(lock, [&] { return !log_busy_ || (is_worth_waking() && has_room); });
    if (log_busy_ || (waits && !queue_.empty() && has_room))
      continue;
    log_busy_ = true;
    return made;
  }
}

/// Requires queue_mutex_.
bool commit_pipeline::is_worth_waking() const noexcept {
  return queue_.size() > under_way_.load(std::memory_order_relaxed) / share_worth_waking;
}

/// Somebody who waits becomes the leader.
void commit_pipeline::pass_leadership() {
  const std::lock_guard lock(queue_mutex_);
  if (queue_.empty()) {
    leading_ = false;
    return;
  }
  auto& next = *queue_.front();
  if (!next.has_thread)
    return parts_.need_thread();
  next.signal.tell(call_signal::lead);
  if (next.company)
    next.company->wake();
}

void commit_pipeline::resolve_waiting(batch& into) {
  std::deque<std::shared_ptr<waiting>> taken;
  {
    const std::lock_guard lock(queue_mutex_);
    taken.swap(queue_);
    company_.reset();
  }
  if (taken.empty())
    return;
  if (const auto why = failure()) {
    for (const auto& who : taken)
      finish(*who, fail(*why));
    return;
  }
  std::vector<answered> answers;
  {
    const std::lock_guard lock(transactor_mutex_);
    const stage_clock::span timed(clock_, stage::resolve);
    resolver_->store(std::this_thread::get_id(), std::memory_order_relaxed);
    const auto encoded = transactor_.encode_ns();
    if (into.transactions.empty()) {
      into.generation = generation_;
      into.transactions.reserve(taken.size());
    }
    // Void: what would be resolved on top of it, would stay proposed when it is put back.
    if (into.generation != generation_)
      into.bytes = batch_bytes_target;
    for (; !taken.empty() && into.bytes < batch_bytes_target; taken.pop_front()) {
      if (news_.load(std::memory_order_relaxed))
        std::ranges::move(take_news(), std::back_inserter(answers));
      const auto& who = taken.front();
      const auto number = std::exchange(next_ticket_, next_ticket_.next());
      auto out = transactor_.step(transactor::submit{.who = number,
                                                     .request = *who->request,
                                                     .id = who->id,
                                                     .now = parts_.now(),
                                                     .steady = parts_.steady()});
      if (out.propose) {
        into.bytes += out.propose->payload->size();
        into.datoms += out.propose->datoms.size();
        into.transactions.push_back({who, std::move(*out.propose)});
        continue;
      }
      unanswered_.emplace(number, who);
      auto now = claim(std::move(out.answers));
      std::ranges::move(now, std::back_inserter(answers));
    }
    clock_.add(stage::encode, transactor_.encode_ns() - encoded);
    resolver_->store({}, std::memory_order_relaxed);
  }
  if (!taken.empty()) {
    const std::lock_guard lock(queue_mutex_);
    queue_.insert(queue_.begin(), taken.begin(), taken.end());
  }
  send(answers);
  pass_on_commits();
}

std::shared_ptr<waiting> commit_pipeline::claim(ticket who) {
  const auto it = unanswered_.find(who);
  WEFT_ASSERT(it != unanswered_.end());
  auto out = std::move(it->second);
  unanswered_.erase(it);
  return out;
}

std::vector<commit_pipeline::answered>
commit_pipeline::claim(std::vector<transactor::answer> answers) {
  std::vector<answered> out;
  out.reserve(answers.size());
  for (auto& answer : answers) {
    auto who = claim(answer.who);
    out.emplace_back(std::move(who), std::move(answer));
  }
  return out;
}

void commit_pipeline::send(const std::vector<answered>& answers) {
  for (const auto& [who, answer] : answers) {
    if (const auto* t = std::get_if<tx_number>(&answer.what))
      finish(*who, parts_.report_of(*t));
    else
      finish(*who, fail(std::get<error>(answer.what)));
  }
}

/// Puts transactions back where they came from. True when the caller must lead.
bool commit_pipeline::requeue(const std::vector<std::shared_ptr<waiting>>& again) {
  if (again.empty())
    return false;
  const std::lock_guard lock(queue_mutex_);
  queue_.insert(queue_.begin(), again.begin(), again.end());
  if (!std::exchange(leading_, true))
    return true;
  queue_changed_.notify_all();
  return false;
}

// -- writing ---

void commit_pipeline::release_log() {
  const std::lock_guard lock(queue_mutex_);
  log_busy_ = false;
  queue_changed_.notify_all();
}

void commit_pipeline::take_log() {
  std::unique_lock lock(queue_mutex_);
  queue_changed_.wait(lock, [&] { return !log_busy_; });
  log_busy_ = true;
}

/// A log that fails here refuses the next transaction, with the reason.
void commit_pipeline::tidy() {
  take_log();
  static_cast<void>(port_.tidy());
  release_log();
}

/// Brings a batch to the disk and into the index; the log is the caller's until here. True when the
/// caller must lead (again).
bool commit_pipeline::write(batch made) {
  if (made.generation != generation_) {
    release_log();
    std::vector<std::shared_ptr<waiting>> again;
    for (const auto& [who, tx] : made.transactions)
      again.push_back(who);
    return requeue(again);
  }
  const auto before = parts_.log.statistics();
  auto done = commit(made);
  const auto& after = parts_.log.statistics();
  clock_.add(stage::append, after.append_ns - before.append_ns);
  clock_.add(stage::sync, after.sync_ns - before.sync_ns);
  if (!done)
    return give_up(made, done.error());
  clock_.count(made.transactions.size());
  apply(std::move(made));
  return false;
}

/// Proposes a batch and drives the port until it is committed or lost.
result<void> commit_pipeline::commit(const batch& made) {
  std::vector<proposal> entries;
  entries.reserve(made.transactions.size());
  for (const auto& [who, tx] : made.transactions)
    entries.push_back({entry_kind::transaction, tx.t, tx.payload});
  committed_.reset();
  lost_.reset();
  auto proposed = port_.propose(entries);
  if (!proposed && proposed.error().code == errc::disk_full) {
    port_.check_room(); // there may be some again
    proposed = port_.propose(entries);
  }
  if (!proposed)
    return fail(proposed.error());
  static_cast<void>(port_.write_queued()); // the events say what came of it
  if (committed_ && committed_->index >= *proposed)
    return {};
  WEFT_ASSERT(lost_.has_value());
  return fail(*lost_);
}

/// The batch is not on the disk, or nobody knows. Waits until earlier batches are applied, so that
/// only what was really lost is taken back.
bool commit_pipeline::give_up(const batch& made, const error& why) {
  const bool unwritten = why.code != errc::io_error;
  std::vector<std::shared_ptr<waiting>> again;
  std::vector<answered> answers;
  if (why.code != errc::disk_full) {
    const std::lock_guard lock(current_mutex_);
    if (!failure_)
      failure_ = failed_storage(why);
  }
  {
    const std::lock_guard applied(apply_mutex_);
    const std::lock_guard lock(transactor_mutex_);
    ++generation_;
    answers = take_news();
    for (const auto who : transactor_.step(transactor::lost{}).again)
      again.push_back(claim(who));
  }
  release_log();
  send(answers);
  for (const auto& [who, tx] : made.transactions)
    finish(*who, unwritten ? fail(why)
                           : fail(errc::outcome_unknown,
                                  "the storage failed while the transaction was written (" +
                                      why.to_string() +
                                      "); open the database again and retry with the same id"));
  return requeue(again);
}

// -- applying ---

void commit_pipeline::apply(batch made) {
  std::unique_lock turn(apply_mutex_);
  const auto position = *committed_; // as the port told it
  release_log();
  std::vector<view> states = {current().now}; // before the batch, and after each of it
  states.reserve(made.transactions.size() + 1);
  {
    const stage_clock::span timed(clock_, stage::apply);
    for (const auto& [who, tx] : made.transactions) {
      parts_.index.apply(tx.t, tx.when, views_of(tx.datoms), tx.schema_after);
      states.push_back(parts_.index.open());
    }
  }
  const auto& newest = made.transactions.back().tx;
  {
    const std::lock_guard lock(current_mutex_);
    current_ = {states.back(), newest.next, newest.when, position};
  }
  news_ = true;
  turn.unlock();
  const stage_clock::span timed(clock_, stage::wake);
  report(std::move(made), std::move(states));
  pass_on_commits();
}

/// Tells the transactor what was committed. When somebody has it already, they will: they look for
/// news between two transactions, and here when they have let it go.
void commit_pipeline::pass_on_commits() {
  while (news_) {
    std::unique_lock lock(transactor_mutex_, std::try_to_lock);
    if (!lock)
      return;
    auto answers = take_news();
    lock.unlock();
    send(answers);
  }
}

/// Requires transactor_mutex_.
std::vector<commit_pipeline::answered> commit_pipeline::take_news() {
  if (!news_.exchange(false))
    return {};
  return claim(transactor_.step(transactor::committed{current().now}).answers);
}

/// `states` are the database before the batch and after each of its transactions: not as_of views
/// of the newest, which know its schema only and nothing of what :db/noHistory forgot.
void commit_pipeline::report(batch made, std::vector<view> states) {
  answered_last_ = made.transactions.size();
  for (std::size_t i = 0; i < made.transactions.size(); ++i) {
    auto& [who, tx] = made.transactions[i];
    answer(*who, tx_report{.t = tx.t,
                           .when = tx.when,
                           .datoms = std::move(tx.datoms),
                           .tempids = std::move(tx.tempids),
                           .before = std::move(states[i]),
                           .after = states[i + 1],
                           .next = tx.next});
  }
  const sleepers* woken = nullptr;
  for (const auto& [who, tx] : made.transactions)
    if (who->company && std::exchange(woken, who->company.get()) != who->company.get())
      who->company->wake();
}

// -- looking ---

snapshot commit_pipeline::current() const {
  const std::lock_guard lock(current_mutex_);
  return current_;
}

std::optional<error> commit_pipeline::failure() const {
  {
    const std::lock_guard lock(current_mutex_);
    if (failure_)
      return failure_;
  }
  // Preparing a segment or marking an idle log failed, with nobody there to be told.
  const auto beside = parts_.log.failure();
  return beside ? std::optional(failed_storage(*beside)) : std::nullopt;
}

stage_clock::totals commit_pipeline::times() const {
  auto out = clock_.read();
  auto& resolve = out.ns[static_cast<std::size_t>(stage::resolve)]; // encoding is a part of it
  resolve -= std::min(resolve, out.ns[static_cast<std::size_t>(stage::encode)]);
  return out;
}

} // namespace weft::embedded
