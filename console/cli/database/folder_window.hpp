// Transactions of a folder that are under way: submitted in order by one thread, waited for by
// another, so that reading a file and committing what it says overlap.
#pragma once

#include "weft/console/cli/database/open_database.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace weft::console {

class folder_window final : public commit_window {
 public:
  /// `db` outlives the window.
  folder_window(embedded::database& db, std::size_t transactions_max);
  /// Waits for everything that was submitted.
  ~folder_window() override;

  void submit(tx_request request) override;
  [[nodiscard]] std::optional<outcome> take(std::int64_t wait_us) override;

 private:
  struct submitted {
    embedded::pending what;
    std::int64_t at_us;
  };
  void wait_for_each();

  embedded::database* db_;
  std::mutex mutex_; // guards the four below
  std::condition_variable changed_;
  std::deque<submitted> submitted_;
  std::deque<outcome> outcomes_;
  bool closing_ = false;
  std::thread waiter_;
};

} // namespace weft::console
