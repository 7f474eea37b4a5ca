// Reads forms and commits them, exactly once each and in order.
//
// Forms are gathered into transactions of about `batch_facts` facts. A transaction that is refused
// is read again in smaller ones until the form that is wrong stands alone; everything before it is
// in, nothing behind it is. What a file says is therefore the same however it was cut.
// Confined to one thread.
#pragma once

#include "weft/console/cli/database/open_database.hpp"
#include "weft/console/cli/output/progress.hpp"
#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/console/cli/transfer/ledger.hpp"
#include "weft/console/cli/transfer/tempid_scope.hpp"

#include <functional>
#include <unordered_set>

namespace weft::console {

struct import_settings {
  syntax how = syntax::edn;
  csv_settings csv = {};
  std::uint64_t batch_facts = 1000;
  bool continue_on_error = false;
  /// Transactions under way at a time.
  std::size_t window = 16;
  /// Asked between two forms, and ten times a second while it waits: true stops the import at the
  /// end of a transaction. What is under way then is waited for, but not for a node that is away,
  /// nor for longer than stop_us.
  std::function<bool()> should_stop = {};
  std::int64_t stop_us = 1'000'000;
  /// Told about each transaction that is durable, and the line where its last form ends. Its error
  /// ends the import.
  std::function<result<void>(tx_number t, std::uint32_t line)> on_durable = {};
  /// Told about each form that is left out.
  std::function<void(const error&)> on_left_out = {};
  /// Told what is durable, about ten times a second.
  std::function<void(const progress_state&)> on_progress = {};
};

struct import_summary {
  std::uint64_t facts_read = 0;
  std::uint64_t facts_added = 0;
  std::uint64_t transactions = 0;
  std::uint64_t left_out = 0;
  file_place place; ///< everything before is durable
  tx_number t;      ///< of the last transaction
  std::vector<std::int64_t> latencies_us;
};

class importer {
 public:
  /// `now` is a view of `db`; `db`, `in` and `from` outlive the importer.
  importer(open_database& db, const view& now, text_input& in, ledger& from, import_settings how);

  /// Opens the log, when it is needed.
  using open_log = std::function<result<std::unique_ptr<transaction_log>>()>;
  /// Finds the tempids of an interrupted import in the log. @errors those of the log
  [[nodiscard]] result<void> resume(const open_log& log);
  /// Reads to the end. @errors interrupted; the error of a form, with line and column, unless
  /// continue_on_error; those of the database
  [[nodiscard]] result<void> run();
  /// So far.
  [[nodiscard]] const import_summary& summary() const noexcept { return summary_; }

 private:
  /// A transaction that is made, or under way.
  struct batch {
    batch_number number = 1;
    tx_request request = {};
    file_place begin = {};
    file_place end = {};
    file_prefix prefix = {};  ///< of a file, up to the end
    text_position first = {}; ///< of its first form
    std::uint64_t forms = 0;
    std::uint64_t facts = 0;
    bool changes_schema = false;
    bool is_transaction = false;
    bool is_last = false;
  };
  struct failure {
    error why;
    batch what;
  };

  [[nodiscard]] std::unique_ptr<form_reader> reader_at(const file_place& from);
  [[nodiscard]] result<void> step();
  [[nodiscard]] result<void> left_out(error why);
  void acknowledge(const outcome& known, batch done);
  [[nodiscard]] result<void> stop_here();
  [[nodiscard]] result<void> end_of_file();
  [[nodiscard]] result<void> recover();
  void add(form f);
  void put(form f, std::uint64_t facts);
  [[nodiscard]] bool mentions_unknown(const form& f);
  void submit();
  void settle();
  void submit_and_settle();
  void settle(batch_number number);
  void absorb(std::int64_t wait_us);
  void leave_when_asked();
  void tell(bool now);
  void start_batch();
  [[nodiscard]] bool is_waited_for() const { return window_->under_way() > 0 && !has_left_; }
  [[nodiscard]] bool stopped() const noexcept { return failure_.has_value(); }

  text_input* in_;
  ledger* ledger_;
  import_settings how_;
  std::unique_ptr<commit_window> window_;
  std::unique_ptr<form_reader> reader_;
  file_place read_from_; ///< behind what is durable and what was left out after it
  std::shared_ptr<const schema> schema_;
  bool schema_under_way_ = false;
  std::unordered_set<std::string> undeclared_; ///< attributes that were unknown when first met
  tempid_scope scope_;
  file_prefix submitted_; ///< up to the end of the last transaction that was submitted
  file_prefix durable_;   ///< up to summary_.place
  bool tempids_noted_ = false;
  batch current_;
  std::deque<batch> under_way_; ///< without their requests
  std::optional<failure> failure_;
  std::uint64_t forms_max_; ///< of a batch: small after a refusal, then growing again
  bool at_end_ = false;
  std::optional<std::int64_t> asked_to_stop_us_;
  bool has_left_ = false; ///< what is under way is not waited for any more
  std::int64_t told_us_ = 0;
  import_summary summary_;
};

} // namespace weft::console
