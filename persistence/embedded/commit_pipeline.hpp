// The commit path of one process: callers' threads carry their transactions to the disk themselves.
//
//   queue -> [resolve] -> [commit port: append, one fdatasync] -> [apply, answer]
//
// Each stage is done by one thread at a time, for everybody who waits; different batches may be in
// different stages. A caller that finds nobody resolving becomes the leader: with one caller there
// is no hand-off between threads at all (waking a thread costs a fifth of a sync), with many there
// is one batch per sync. While a batch syncs, the next one is resolved on top of it (transactor).
//
// Failure: when the disk is full nothing of the batch is written; its transactions are refused with
// disk_full, and those resolved on top of them are resolved again. When a write or sync fails, the
// outcome of that batch is unknown, and everything later is refused with storage_failed.
//
// Resolving a batch may take long, so nobody who has applied one waits for the transactor: they
// leave the news with whoever has it (pass_on_commits).
//
// Locks, in the order they may be taken: the log (log_busy_), apply_mutex_, transactor_mutex_,
// then queue_mutex_ or current_mutex_.
#pragma once

#include "weft/core/db/memory_index.hpp"
#include "weft/core/shard/transactor.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/embedded/call_signal.hpp"
#include "weft/persistence/embedded/stage_clock.hpp"
#include "weft/persistence/wal/group_commit.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

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

  std::shared_ptr<resolving_thread> resolver = {}; ///< of a queued one: see take

  call_signal signal = {};
  std::shared_ptr<sleepers> company = {};       ///< who waits sleeps with these, if there are any
  std::optional<result<tx_report>> answer = {}; ///< set before `done`
};

/// The newest committed state.
struct snapshot {
  view now;
  allocators next;
  instant last;
  log_position position;
};

/// What the pipeline needs from outside; all outlive it.
struct pipeline_parts {
  persistence::segment_log& log;
  memory_index& index;
  weft::term in_term;              ///< of the entries it writes
  std::function<instant()> now;    ///< wall clock
  std::function<instant()> steady; ///< a clock that does not jump
  /// The report of a committed transaction, for a retry of its request.
  std::function<result<tx_report>(tx_number)> report_of;
  /// Somebody without a thread waits: call lead_for_others() soon, from a thread of your own.
  std::function<void()> need_thread;
};

class commit_pipeline {
 public:
  commit_pipeline(const transactor::state& from, transactor::options how, pipeline_parts parts);
  commit_pipeline(const commit_pipeline&) = delete;
  commit_pipeline& operator=(const commit_pipeline&) = delete;

  /// Runs one transaction to its end on the caller's thread. Cost and @errors as database::transact
  [[nodiscard]] result<tx_report> run(const tx_request& request, std::optional<request_id> id);
  /// Queues one; need_thread is called when nobody is there to carry it. Cost: O(1).
  /// @errors closed, overloaded; invalid_argument inside a transaction function
  [[nodiscard]] result<std::shared_ptr<waiting>> queue(tx_request request,
                                                       std::optional<request_id> id);
  /// Waits for the answer of a queued one. The pipeline may be gone by then. Cost: the wait.
  /// @errors as database::transact; invalid_argument inside a transaction function
  [[nodiscard]] static result<tx_report> take(waiting& who);
  /// Carries transactions of others to the disk; the answer to need_thread.
  void lead_for_others() noexcept { lead(true); }

  /// For an idle database: marks the log and looks for room, when no batch is being written.
  void tidy();
  /// Looks whether the disk has room. Any thread.
  void check_room() { port_.check_room(); }
  /// Refuses what comes from now on with `closed` and waits until nothing is on its way.
  void drain();

  /// Whether the caller may wait for this pipeline. Cost: O(1).
  /// @errors invalid_argument when it is a transaction function that runs inside it
  [[nodiscard]] result<void> check_outside() const { return check_outside(*resolver_); }

  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_.load(); }
  [[nodiscard]] snapshot current() const;
  /// Why the storage failed, if it did.
  [[nodiscard]] std::optional<error> failure() const;
  [[nodiscard]] stage_clock::totals times() const;

 private:
  struct on_its_way {
    std::shared_ptr<waiting> who;
    transactor::accepted tx;
  };
  struct batch {
    std::vector<on_its_way> transactions;
    std::size_t bytes = 0;
    std::size_t datoms = 0;
    std::uint64_t generation = 0;
  };
  using answered = std::pair<std::shared_ptr<waiting>, transactor::answer>;

  [[nodiscard]] static result<void> check_outside(const resolving_thread& resolver);
  [[nodiscard]] result<bool> enqueue(std::shared_ptr<waiting> who);
  void join_company(waiting& who);
  void wait(waiting& who);
  void lead(bool as_carrier = false) noexcept;
  [[nodiscard]] batch gather();
  void resolve_waiting(batch& into);
  [[nodiscard]] bool is_worth_waking() const noexcept;
  void pass_leadership();
  [[nodiscard]] bool write(batch made);
  [[nodiscard]] result<void> commit(const batch& made);
  void take_log();
  [[nodiscard]] bool give_up(const batch& made, const error& why);
  void apply(batch made);
  void pass_on_commits();
  [[nodiscard]] std::vector<answered> take_news();
  void send(const std::vector<answered>& answers);
  void report(batch made, std::vector<view> states);
  void release_log();
  [[nodiscard]] bool requeue(const std::vector<std::shared_ptr<waiting>>& again);
  void answer(waiting& who, result<tx_report> with);
  void finish(waiting& who, result<tx_report> with);
  [[nodiscard]] std::shared_ptr<waiting> claim(ticket who);
  [[nodiscard]] std::vector<answered> claim(std::vector<transactor::answer> answers);

  pipeline_parts parts_;
  persistence::group_commit port_;        // who has the log drives it, and hears its events:
  std::optional<log_position> committed_; ///< by the batch being written
  std::optional<error> lost_;             ///< likewise
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<std::size_t> answered_last_ = 0; ///< transactions of the last batch
  stage_clock clock_;
  std::shared_ptr<resolving_thread> resolver_ = std::make_shared<resolving_thread>();

  std::mutex queue_mutex_; // guards the five below
  std::deque<std::shared_ptr<waiting>> queue_;
  bool leading_ = false;  ///< somebody resolves, or was told to
  bool log_busy_ = false; ///< somebody writes
  bool closed_ = false;
  /// Who came since the queue was taken, but for the first: they will be answered together.
  std::shared_ptr<sleepers> company_;
  std::condition_variable queue_changed_; ///< enough was queued, or the log is free

  std::mutex transactor_mutex_; // guards the three below
  transactor transactor_;
  std::unordered_map<ticket, std::shared_ptr<waiting>> unanswered_;
  ticket next_ticket_{1};
  /// Rises when proposals are lost, under transactor_mutex_: batches of before are void.
  std::atomic<std::uint64_t> generation_ = 0;
  std::atomic<bool> news_ = false; ///< current_ is newer than what the transactor knows

  std::mutex apply_mutex_; // batches enter the index in log order

  mutable std::mutex current_mutex_; // guards the two below
  snapshot current_;
  std::optional<error> failure_;
};

} // namespace weft::embedded
