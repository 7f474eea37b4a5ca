// The commit path of one process: callers' threads carry their transactions to the disk themselves.
//
//   call_queue -> [resolve] -> [propose, drive the port] -> commit_order -> [apply, answer]
//
// Each stage in brackets is done by one thread at a time, for everybody who waits; different
// batches may be in different stages. While a batch syncs, the next one is resolved on top of it
// (transactor). What commits a batch is behind two interfaces: the commit port, and who drives it
// (commit_driver). A batch waits for its event, whoever tells it: with a log of its own it was told
// when driving returns; with peers it comes later, and more batches are proposed meanwhile.
//
// Failure: transactions of a batch that the port refuses, or loses to a full disk, are not written:
// they are refused with that reason. Of a batch that is lost otherwise the outcome is unknown.
// Those resolved on top of either are resolved again. After a reason that is not retryable (a write
// or a sync failed) everything later is refused with storage_failed.
//
// Resolving a batch may take long, so nobody who has applied one waits for the transactor: they
// leave the news with whoever has it (pass_on_commits).
//
// What is held while waiting for what: the log for nothing but the port; a turn of commit_order for
// transactor_mutex_; that one for nothing that waits. Other locks are held for a moment.
#pragma once

#include "weft/core/db/memory_index.hpp"
#include "weft/core/shard/transactor.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/embedded/call_queue.hpp"
#include "weft/persistence/embedded/commit_driver.hpp"
#include "weft/persistence/embedded/commit_order.hpp"
#include "weft/persistence/embedded/stage_clock.hpp"

#include <unordered_map>

namespace weft::embedded {

/// The newest committed state.
struct snapshot {
  view now;
  allocators next;
  instant last;
  log_position position;
};

/// What the pipeline needs from outside; all outlive it.
struct pipeline_parts {
  commit_port& port;     ///< its events go to hear()
  commit_driver& driver; ///< of the port
  memory_index& index;
  log_position last;               ///< where the log stood when the pipeline was made
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

  /// What the port tells, see commit_port. Any thread; not after the pipeline is gone. Wakes who
  /// waits, and does none of their work. Cost: O(batches on their way).
  void hear(const commit_event& event) { order_.hear(event); }

  /// For an idle database: marks the log and looks for room, when no batch is being written.
  void tidy();
  /// Looks whether the disk has room. Any thread.
  void check_room() { parts_.driver.look_for_room(); }
  /// Refuses what comes from now on with `closed` and waits until nothing is on its way.
  void drain() { queue_.drain(); }

  /// Whether the caller may wait for this pipeline. Cost: O(1).
  /// @errors invalid_argument when it is a transaction function that runs inside it
  [[nodiscard]] result<void> check_outside() const { return check_outside(*resolver_); }

  [[nodiscard]] std::size_t under_way() const noexcept { return queue_.under_way(); }
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

  using calls = std::vector<std::shared_ptr<waiting>>;

  [[nodiscard]] static result<void> check_outside(const resolving_thread& resolver);
  void wait(waiting& who);
  void lead(bool as_carrier = false) noexcept;
  [[nodiscard]] batch gather();
  void resolve_waiting(batch& into);
  void resolve(call_queue::calls& taken, batch& into, std::vector<answered>& answers);
  [[nodiscard]] bool write(batch made, bool& keeps_lead);
  void propose(commit_order::place& at, const batch& made);
  void apply(commit_order::place& at, batch made);
  [[nodiscard]] log_position position_of(const commit_order::place& at, const batch& made) const;
  [[nodiscard]] bool take_back(commit_order::place& at, const batch& made);
  [[nodiscard]] std::vector<answered> roll_back(std::uint64_t generation, calls& again);
  void stop_writing(const error& why);
  void pass_on_commits();
  [[nodiscard]] std::vector<answered> take_news();
  void send(const std::vector<answered>& answers);
  void report(batch made, std::vector<view> states);
  [[nodiscard]] std::shared_ptr<waiting> claim(ticket who);
  [[nodiscard]] std::vector<answered> claim(std::vector<transactor::answer> answers);

  pipeline_parts parts_;
  call_queue queue_;
  commit_order order_;
  stage_clock clock_;
  std::shared_ptr<resolving_thread> resolver_ = std::make_shared<resolving_thread>();

  std::mutex transactor_mutex_; // guards the three below
  transactor transactor_;
  std::unordered_map<ticket, std::shared_ptr<waiting>> unanswered_;
  ticket next_ticket_{1};
  /// Rises when proposals are lost, under transactor_mutex_: batches of before are void.
  std::atomic<std::uint64_t> generation_ = 1;
  std::atomic<bool> news_ = false; ///< current_ is newer than what the transactor knows

  mutable std::mutex current_mutex_; // guards the two below
  snapshot current_;                 ///< changed by who has its turn
  std::optional<error> failure_;
  std::atomic<bool> failed_ = false; ///< failure_ is set
};

} // namespace weft::embedded
