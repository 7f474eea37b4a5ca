// Transactions of a log in order, with the schema that names their attributes: for commands that
// look at the log itself, beside a running writer or without one.
#pragma once

#include "weft/core/datom/record.hpp"
#include "weft/core/datom/schema.hpp"
#include "weft/persistence/wal/log_reader.hpp"

namespace weft::console {

class log_walk {
 public:
  /// Stands before the first transaction. Where nobody writes, the log is checked first, and ends
  /// where the next writer would find its end. Cost: O(log) there.
  /// @errors not_a_database, log_corrupt, hard_state_corrupt, io_error
  [[nodiscard]] static result<log_walk> open(const std::string& folder);

  /// The next committed transaction, or nothing for now. Valid until the next call.
  /// @errors log_corrupt, io_error, malformed_record, unsupported_version
  [[nodiscard]] result<std::optional<record_view>> next();

  /// The next transaction will be `t`. Reads what comes before, for its schema: O(log).
  /// @errors basis_ahead{basis}
  [[nodiscard]] result<void> skip_to(tx_number t);

  /// Bytes of the entries of transactions behind `t`, to the end; then next() has nothing.
  /// Cost: O(log), as opening it. @errors log_corrupt, io_error
  [[nodiscard]] result<std::uint64_t> bytes_behind(tx_number t);

  /// t of the newest committed transaction.
  [[nodiscard]] result<tx_number> newest();

  /// As of the transaction that next() told last.
  [[nodiscard]] const weft::schema& schema() const noexcept { return *schema_; }

 private:
  log_walk(std::unique_ptr<persistence::log_reader> reader, tx_number end)
      : reader_(std::move(reader)), end_(end), schema_(weft::schema::bootstrap()) {}

  std::unique_ptr<persistence::log_reader> reader_;
  tx_number end_; ///< of a log that nobody wrote when it was opened
  std::shared_ptr<const weft::schema> schema_;
};

} // namespace weft::console
