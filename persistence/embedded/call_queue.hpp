// Callers and what they wait for. Two things are held by one thread at a time, for everybody:
// the lead (it resolves what is queued) and the log (it proposes, and drives the commit port).
//
//   caller: add -> true: lead; false: wait(signal), and lead when told to
//   leader: take -> resolve -> take_log_or_more -> pass_lead -> propose, drive -> release_log
//
// A caller that finds nobody leading becomes the leader: with one caller there is no hand-off
// between threads at all (waking a thread costs a fifth of a sync). Thread-safe.
#pragma once

#include "weft/core/base/strong.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/core/tx/request.hpp"
#include "weft/persistence/embedded/call_signal.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace weft::embedded {

/// The thread that resolves, or none. A transaction function that waited for a transaction of its
/// own database would wait for itself.
using resolving_thread = std::atomic<std::thread::id>;

/// A transaction on its way, shared by who waits and who works.
struct waiting {
  const tx_request* request = nullptr; ///< the caller's, or `owned`
  tx_request owned = {};
  std::optional<request_id> id = {};
  bool has_thread = true; ///< somebody sleeps on `signal` and can be made the leader

  std::shared_ptr<resolving_thread> resolver = {}; ///< of a queued one: see commit_pipeline::take

  call_signal signal = {};
  std::shared_ptr<sleepers> company = {};       ///< who waits sleeps with these, if there are any
  std::optional<result<tx_report>> answer = {}; ///< set before `done`
};

/// See the top.
class call_queue {
 public:
  using calls = std::deque<std::shared_ptr<waiting>>;

  /// `need_thread` is called when somebody without a thread is to lead.
  explicit call_queue(std::function<void()> need_thread) : need_thread_(std::move(need_thread)) {}

  // -- callers ---

  /// Puts a transaction in the queue. True when nobody leads: the caller sees to it that somebody
  /// does. @errors closed, overloaded. Cost: O(1).
  [[nodiscard]] result<bool> add(std::shared_ptr<waiting> who);
  /// Asks for a thread that leads.
  void need_thread() const { need_thread_(); }
  /// True when so many wait that whoever waits sleeps at once.
  [[nodiscard]] bool is_crowded() const noexcept;
  /// Refuses what comes from now on with `closed` and waits until everybody was answered.
  void drain();
  /// Transactions that were added and not answered.
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_.load(); }

  // -- answers ---

  /// Answers one; its company is to be woken afterwards.
  void answer(waiting& who, result<tx_report> with);
  /// Answers one and wakes its company.
  void finish(waiting& who, result<tx_report> with);
  /// So many are about to be answered together: they will be back.
  void expect(std::size_t answered) noexcept { answered_last_ = answered; }

  // -- the lead ---

  /// Everything that waits.
  [[nodiscard]] calls take();
  /// Puts back in front what was taken, by who leads.
  void put_back(const calls& rest);
  /// Puts back in front what must be resolved again. True when nobody led: the caller leads now.
  [[nodiscard]] bool put_back(const std::vector<std::shared_ptr<waiting>>& again);
  /// Nobody leads any more, unless somebody waits. False: the caller leads on.
  [[nodiscard]] bool end_lead();
  /// Somebody who waits becomes the leader.
  void pass_lead();

  // -- the log ---

  /// Waits until the log is free and takes it. False when more is to be resolved first: enough came
  /// while somebody else had the log, and the batch `has_room`.
  [[nodiscard]] bool take_log_or_more(bool has_room);
  void take_log();
  void release_log();

 private:
  void join_company(waiting& who);
  [[nodiscard]] bool is_worth_waking() const noexcept;

  const std::function<void()> need_thread_;
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<std::size_t> answered_last_ = 0; ///< transactions of the last batch

  std::mutex mutex_; // guards the five below
  calls queue_;
  bool leading_ = false;  ///< somebody resolves, or was told to
  bool log_busy_ = false; ///< somebody proposes, or drives the port
  bool closed_ = false;
  /// Who came since the queue was taken, but for the first: they will be answered together.
  std::shared_ptr<sleepers> company_;
  std::condition_variable changed_; ///< enough was queued, or the log is free
};

} // namespace weft::embedded
