// Transactions that are under way: submitted in order by one thread, waited for by another, so
// that reading the file and committing what it says overlap. At most so many at a time.
#pragma once

#include "weft/persistence/embedded/database.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace weft::console {

/// What became of a transaction.
struct outcome {
  std::optional<error> refused = {};
  tx_number t = {};
  std::uint64_t facts_added = 0; ///< but for the bookkeeping of imports
  std::vector<resolved_tempid> tempids = {};
  std::shared_ptr<const schema> after = {}; ///< the schema after it
  std::int64_t latency_us = 0;              ///< from submit until it was durable and visible
};

class commit_window {
 public:
  /// `db` outlives the window.
  commit_window(embedded::database& db, std::size_t transactions_max);
  commit_window(const commit_window&) = delete;
  commit_window& operator=(const commit_window&) = delete;
  /// Waits for everything that was submitted.
  ~commit_window();

  /// Submits behind everything before. Requires !full().
  void submit(tx_request request);
  /// The outcome of the oldest transaction whose outcome was not taken yet; nothing when none is
  /// known after `wait_us`.
  [[nodiscard]] std::optional<outcome> take(std::int64_t wait_us);
  /// Transactions whose outcome was not taken.
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }
  [[nodiscard]] bool full() const noexcept { return under_way_ >= transactions_max_; }

 private:
  struct submitted {
    embedded::pending what;
    std::int64_t at_us;
  };
  void wait_for_each();

  embedded::database* db_;
  std::size_t transactions_max_;
  std::size_t under_way_ = 0; // of the submitting thread
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<submitted> submitted_;
  std::deque<outcome> outcomes_;
  bool closing_ = false;
  std::thread waiter_;
};

} // namespace weft::console
