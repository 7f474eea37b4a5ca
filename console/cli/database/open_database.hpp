// A database as commands use it: views, transactions one by one and many at a time, the log. They
// do not know whether it is a folder of this machine or a node (place.hpp); each says what it
// cannot do.
//
//   WEFT_TRY(const auto db, in.open_writing());
//   WEFT_TRY(const auto done, db->transact(request, id));
//   const auto window = db->open_window(16);           // many under way, in order
//
// Confined to one thread, as are the views that were opened through it.
#pragma once

#include "weft/core/datom/record.hpp"
#include "weft/core/db/view.hpp"
#include "weft/core/tx/request.hpp"

#include <memory>

namespace weft::console {

/// A transaction that was committed, or would be.
struct transaction_report {
  tx_number t;
  instant when;
  std::vector<resolved_tempid> tempids;
  datom_list datoms;
  std::shared_ptr<const schema> names; ///< of its attributes
};

/// What became of one transaction of many.
struct outcome {
  std::optional<error> refused = {};
  tx_number t = {};
  std::uint64_t facts_added = 0; ///< but for the bookkeeping of imports
  std::vector<resolved_tempid> tempids = {};
  std::shared_ptr<const schema> after = {}; ///< the schema after it
  std::int64_t latency_us = 0;              ///< from submit until it was durable and visible
};

/// Transactions that are under way, executed in the order they were submitted.
class commit_window {
 public:
  explicit commit_window(std::size_t transactions_max) : transactions_max_(transactions_max) {}
  commit_window(const commit_window&) = delete;
  commit_window& operator=(const commit_window&) = delete;
  virtual ~commit_window() = default;

  /// Submits behind everything before. Requires !full().
  virtual void submit(tx_request request) = 0;
  /// The outcome of the oldest transaction whose outcome was not taken yet; nothing when none is
  /// known after `wait_us`.
  [[nodiscard]] virtual std::optional<outcome> take(std::int64_t wait_us) = 0;
  /// Why nothing is known before a node is there again; null: nobody is away.
  [[nodiscard]] virtual const error* not_connected() const { return nullptr; }
  /// Transactions whose outcome was not taken.
  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_; }
  [[nodiscard]] bool full() const noexcept { return under_way_ >= transactions_max_; }

 protected:
  std::size_t under_way_ = 0; // of the submitting thread

 private:
  std::size_t transactions_max_;
};

class open_database {
 public:
  open_database() = default;
  open_database(const open_database&) = delete;
  open_database& operator=(const open_database&) = delete;
  virtual ~open_database() = default;

  /// The database now.
  [[nodiscard]] virtual result<weft::view> view() = 0;
  /// Executes a transaction, and waits until it is durable. @errors those of the database
  [[nodiscard]] virtual result<transaction_report> transact(const tx_request& request,
                                                            std::optional<request_id> id) = 0;
  /// What it would do; no effect. @errors as transact
  [[nodiscard]] virtual result<transaction_report> with(const tx_request& request) = 0;
  /// This outlives the window.
  [[nodiscard]] virtual std::unique_ptr<commit_window> open_window(std::size_t transactions) = 0;
  /// Whether attributes must be declared.
  [[nodiscard]] virtual bool is_strict() const = 0;
  /// Bytes of the log that the transactions of this take which are behind `t`; 0 when nobody knows:
  /// the figure is no reason to fail. Cost: up to O(log).
  [[nodiscard]] virtual std::uint64_t log_bytes_behind(tx_number t) = 0;
  /// Waits for what was submitted. @errors what says that something may be lost
  [[nodiscard]] virtual result<void> close() = 0;
};

/// Committed transactions in order.
class transaction_log {
 public:
  struct entry {
    record_view record;
    const weft::schema* names; ///< of its attributes
  };

  transaction_log() = default;
  transaction_log(const transaction_log&) = delete;
  transaction_log& operator=(const transaction_log&) = delete;
  virtual ~transaction_log() = default;

  /// The newest transaction when the log was opened.
  [[nodiscard]] virtual tx_number newest() const = 0;
  /// The next transaction will be `t`, or the first behind it that passes. Call it once, before
  /// next(). `patterns` of attributes: transactions that say nothing about any of them may be left
  /// out; none: all come. Cost: up to O(log). @errors basis_ahead{basis}
  [[nodiscard]] virtual result<void> start(tx_number t, std::vector<std::string> patterns = {}) = 0;
  /// The next transaction. One that was committed when the log was opened comes, however long that
  /// takes; later ones are waited for, for `wait_us`. Valid until the next call.
  /// @errors log_corrupt, io_error, malformed_record; not_a_database when the folder is gone;
  /// unreachable when the node does not come back in time
  [[nodiscard]] virtual result<std::optional<entry>> next(std::int64_t wait_us) = 0;
};

} // namespace weft::console
