#include "weft/persistence/embedded/commit_pipeline.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <algorithm>
#include <utility>

namespace weft::embedded {

namespace {

/// Resolving stops adding to a batch here: the next sync takes the rest.
constexpr std::size_t batch_bytes_target = limits::batch_bytes_max / 4;

/// Datoms that take longer to apply than a carrier to hand the lead to another one.
constexpr std::size_t worth_handing_over = 400;

/// Log entries of a batch: a header each, and padding (docs/formats/log.md) stay within the limit.
static_assert(batch_bytes_target + limits::record_bytes_max <= limits::batch_bytes_max / 2);

error failed_storage(const error& why) {
  return {errc::storage_failed,
          "the storage failed and takes no more transactions until the database is opened again: " +
              why.to_string()};
}

/// Of a transaction that may have been written.
error unknown_outcome(const error& why) {
  const bool goes_on = info(why.code).retryable;
  return {errc::outcome_unknown,
          (goes_on ? "the transaction was lost on its way ("
                   : "the storage failed while the transaction was written (") +
              why.to_string() +
              (goes_on ? "); retry it with the same id"
                       : "); open the database again and retry with the same id")};
}

} // namespace

commit_pipeline::commit_pipeline(const transactor::state& from, transactor::options how,
                                 pipeline_parts parts)
    : parts_(std::move(parts)), queue_(parts_.need_thread), order_(parts_.port),
      transactor_(from, how), current_{from.committed, from.next, from.last, parts_.last} {}

// -- callers ---

result<void> commit_pipeline::check_outside(const resolving_thread& resolver) {
  if (resolver.load(std::memory_order_relaxed) != std::this_thread::get_id())
    return {};
  return fail(errc::invalid_argument,
              "a transaction function cannot transact or close its own database; it returns what "
              "is to be done");
}

result<tx_report> commit_pipeline::run(const tx_request& request, std::optional<request_id> id) {
  WEFT_CHECK(check_outside());
  const auto who = std::make_shared<waiting>();
  who->request = &request;
  who->id = id;
  WEFT_TRY(const bool leads, queue_.add(who));
  if (leads)
    lead();
  wait(*who);
  return take(*who);
}

result<std::shared_ptr<waiting>> commit_pipeline::queue(tx_request request,
                                                        std::optional<request_id> id) {
  WEFT_CHECK(check_outside());
  auto who = std::make_shared<waiting>();
  who->owned = std::move(request);
  who->request = &who->owned;
  who->id = id;
  who->has_thread = false;
  who->resolver = resolver_;
  WEFT_TRY(const bool leaderless, queue_.add(who));
  if (leaderless)
    queue_.need_thread();
  return who;
}

/// Sleeps until the answer is there, and leads meanwhile when told to.
void commit_pipeline::wait(waiting& who) {
  const bool crowded = queue_.is_crowded();
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

// -- leading ---

/// Resolves and writes until somebody else leads, or nobody waits. A carrier keeps the lead while
/// it writes what is soon applied: handing it over would cost more than the others wait. Without
/// memory it ends the process: others depend on who leads, and a restart is always safe.
void commit_pipeline::lead(bool as_carrier) noexcept {
  for (bool again = true; again;) {
    auto made = gather();
    if (made.transactions.empty())
      return;
    bool keeps = as_carrier && made.datoms < worth_handing_over;
    if (!keeps)
      queue_.pass_lead();
    again = write(std::move(made), keeps);
    again = again || keeps;
  }
}

/// Resolves what waits until the log is free, and takes it. An empty batch: nobody waits any more,
/// and nobody leads.
commit_pipeline::batch commit_pipeline::gather() {
  batch made;
  for (;;) {
    resolve_waiting(made);
    if (!made.transactions.empty()) {
      if (queue_.take_log_or_more(made.bytes < batch_bytes_target))
        return made;
    } else if (queue_.end_lead()) {
      return made;
    }
  }
}

void commit_pipeline::resolve_waiting(batch& into) {
  auto taken = queue_.take();
  if (taken.empty())
    return;
  if (const auto why = failure()) {
    for (const auto& who : taken)
      queue_.finish(*who, fail(*why));
    return;
  }
  std::vector<answered> answers;
  resolve(taken, into, answers);
  queue_.put_back(taken);
  send(answers);
  pass_on_commits();
}

/// Takes from the front what fits into the batch.
void commit_pipeline::resolve(call_queue::calls& taken, batch& into,
                              std::vector<answered>& answers) {
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
      queue_.finish(*who, parts_.report_of(*t));
    else
      queue_.finish(*who, fail(std::get<error>(answer.what)));
  }
}

// -- writing ---

/// A log that fails here refuses the next transaction, with the reason.
void commit_pipeline::tidy() {
  queue_.take_log();
  parts_.driver.tidy();
  queue_.release_log();
}

/// Proposes a batch, waits for what becomes of it, and brings it into the index; the log is the
/// caller's until here. Who keeps the lead hands it over after all when the event comes later. True
/// when the caller must lead (again).
bool commit_pipeline::write(batch made, bool& keeps_lead) {
  commit_order::place at(made.generation);
  propose(at, made);
  queue_.release_log();
  if (keeps_lead && !order_.is_decided(at)) {
    queue_.pass_lead();
    keeps_lead = false;
  }
  order_.wait_turn(at);
  if (at.end() != commit_order::fate::committed)
    return take_back(at, made);
  apply(at, std::move(made));
  return false;
}

/// Proposes a batch and drives the port as far as this thread can.
void commit_pipeline::propose(commit_order::place& at, const batch& made) {
  std::vector<proposal> entries;
  entries.reserve(made.transactions.size());
  for (const auto& [who, tx] : made.transactions)
    entries.push_back({entry_kind::transaction, tx.t, tx.payload});
  auto taken = order_.propose(at, entries);
  if (!taken && taken.error().code == errc::disk_full) {
    parts_.driver.look_for_room(); // there may be some again
    taken = order_.propose(at, entries);
  }
  if (!taken)
    return order_.refuse(at, std::move(taken).error());
  if (!*taken)
    return;
  const auto spent = parts_.driver.carry();
  clock_.add(stage::append, spent.append_ns);
  clock_.add(stage::sync, spent.sync_ns);
  clock_.add(stage::carry_wall, spent.wall_ns);
}

/// In its turn: everything before the batch is applied or taken back. Its transactions are refused,
/// or resolved again when it was never proposed.
bool commit_pipeline::take_back(commit_order::place& at, const batch& made) {
  calls again;
  if (at.end() == commit_order::fate::stale) {
    for (const auto& [who, tx] : made.transactions)
      again.push_back(who);
    order_.leave(at);
    return queue_.put_back(again);
  }
  const auto& why = at.reason();
  const bool unwritten = at.end() == commit_order::fate::refused || why.code == errc::disk_full ||
                         why.code == errc::overloaded; // see commit_port
  if (!info(why.code).retryable)
    stop_writing(why);
  const auto answers = roll_back(made.generation, again);
  order_.leave(at);
  send(answers);
  for (const auto& [who, tx] : made.transactions)
    queue_.finish(*who, fail(unwritten ? why : unknown_outcome(why)));
  return queue_.put_back(again);
}

/// The first batch of a generation that is taken back takes back everything resolved since. What is
/// committed stays: it is applied. Who must be asked again goes to `again`.
std::vector<commit_pipeline::answered> commit_pipeline::roll_back(std::uint64_t generation,
                                                                  calls& again) {
  const std::lock_guard lock(transactor_mutex_);
  if (generation < generation_)
    return {};
  ++generation_;
  auto answers = take_news();
  for (const auto who : transactor_.step(transactor::lost{}).again)
    again.push_back(claim(who));
  return answers;
}

void commit_pipeline::stop_writing(const error& why) {
  const std::lock_guard lock(current_mutex_);
  if (!failure_)
    failure_ = failed_storage(why);
  failed_ = true;
}

// -- applying ---

/// In its turn.
void commit_pipeline::apply(commit_order::place& at, batch made) {
  clock_.count(made.transactions.size());
  std::vector<view> states = {current_.now}; // before the batch, and after each of it
  states.reserve(made.transactions.size() + 1);
  {
    const stage_clock::span timed(clock_, stage::apply);
    for (const auto& [who, tx] : made.transactions) {
      parts_.index.apply(tx.t, tx.when, views_of(tx.datoms), tx.schema_after);
      states.push_back(parts_.index.open());
    }
  }
  const auto& newest = made.transactions.back().tx;
  const auto position = position_of(at, made);
  {
    const std::lock_guard lock(current_mutex_);
    current_ = {states.back(), newest.next, newest.when, position};
  }
  news_ = true;
  order_.leave(at);
  const stage_clock::span timed(clock_, stage::wake);
  report(std::move(made), std::move(states));
  pass_on_commits();
}

/// Where the log stands after the batch; its event may have committed later ones, too.
log_position commit_pipeline::position_of(const commit_order::place& at, const batch& made) const {
  if (at.position().t == made.transactions.back().tx.t)
    return at.position();
  auto out = current_.position;
  for (const auto& [who, tx] : made.transactions)
    out = advance(out, entry_kind::transaction, at.position().term, *tx.payload);
  out.index = at.index();
  return out;
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
  queue_.expect(made.transactions.size());
  for (std::size_t i = 0; i < made.transactions.size(); ++i) {
    auto& [who, tx] = made.transactions[i];
    queue_.answer(*who, tx_report{.t = tx.t,
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
  if (failed_) {
    const std::lock_guard lock(current_mutex_);
    return failure_;
  }
  const auto beside = parts_.driver.failure();
  return beside ? std::optional(failed_storage(*beside)) : std::nullopt;
}

stage_clock::totals commit_pipeline::times() const {
  auto out = clock_.read();
  auto& resolve = out.ns[static_cast<std::size_t>(stage::resolve)]; // encoding is a part of it
  resolve -= std::min(resolve, out.ns[static_cast<std::size_t>(stage::encode)]);
  return out;
}

} // namespace weft::embedded
