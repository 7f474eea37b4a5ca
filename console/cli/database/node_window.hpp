// Transactions that a node has not answered yet: sent in order, again when the connection breaks.
#pragma once

#include "weft/console/cli/database/open_database.hpp"
#include "weft/fabric/client/database.hpp"

#include <deque>
#include <functional>

namespace weft::console {

/// Which names a node's attributes have, followed from transaction to transaction.
class node_names {
 public:
  explicit node_names(client::database& db) : db_(&db) {}

  /// A view of the database now.
  [[nodiscard]] result<view> open_view();
  /// The schema after a transaction that the node has executed; as it is now when others happened
  /// between. Cost: O(datoms), or a round trip.
  [[nodiscard]] const std::shared_ptr<const schema>& after(const record_view& record);

 private:
  void learn(const view& now);

  client::database* db_;
  std::shared_ptr<const schema> names_ = schema::bootstrap();
  std::optional<tx_number> at_; ///< of names_; none: never asked
};

class node_window final : public commit_window {
 public:
  /// `db`, `names` and `log_bytes` outlive the window. `talk` hears whether the node is there.
  node_window(client::database& db, node_names& names, std::uint64_t& log_bytes,
              std::size_t transactions_max, std::function<void(const error*)> talk = {})
      : commit_window(transactions_max), db_(&db), names_(&names), log_bytes_(&log_bytes),
        talk_(std::move(talk)) {}

  void submit(tx_request request) override;
  [[nodiscard]] std::optional<outcome> take(std::int64_t wait_us) override;
  [[nodiscard]] const error* not_connected() const override {
    return db_->broken() ? &*db_->broken() : nullptr;
  }

 private:
  struct submitted {
    std::shared_ptr<const tx_request> what; ///< until the client has it
    std::int64_t at_us;
    std::optional<result<std::uint64_t>> ticket = {};
  };
  using answer = result<protocol::transacted_answer>;
  void submit_waiting();
  [[nodiscard]] outcome outcome_of(const submitted& what, answer got);

  client::database* db_;
  node_names* names_;
  std::uint64_t* log_bytes_;
  std::function<void(const error*)> talk_;
  std::deque<submitted> submitted_;
};

} // namespace weft::console
