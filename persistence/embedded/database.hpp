// A database inside a program: no daemon, no actors, one folder, any number of threads.
//
//   WEFT_TRY(auto db, weft::embedded::database::open("facts"));
//   WEFT_TRY(auto report, db.transact(R"([{:db/id "ada" :user/name "Ada" :user/age 36}])"));
//   const weft::entity_id ada = *report.entity("ada");
//   WEFT_TRY(const auto now, db.view());
//   WEFT_TRY(auto facts, now.datoms(weft::index_order::eavt, {.entity = ada}));
//   for (const weft::datom_view& d : facts) use(d);
//
// Guarantees: transact returns after the transaction is on disk (fdatasync) and visible to views
// opened from then on; transactions are serialised, t is dense; a view never changes; kill -9 or
// power loss at any moment loses nothing that was acknowledged. After a failed write or sync the
// database stops taking transactions (storage_failed) until it is opened again; views go on.
// Non-guarantees: a transaction that was refused with outcome_unknown may or may not be there after
// the next open (retry it with the same request id).
// Threads: every member may be called from any thread. One process at a time (locked otherwise).
// Exceptions: none but std::bad_alloc, from what works for its caller alone (a request, a text, a
// read, opening). On the commit path running out of memory ends the process, because others wait
// for the thread that leads; a restart is always safe. So does a broken invariant: assertions are
// on in every build and abort (core/base/assert.hpp). docs/guarantees.md says both at length.
#pragma once

#include "weft/core/base/database_id.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/db/view.hpp"
#include "weft/core/tx/functions.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/core/tx/request.hpp"
#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/shard/open_progress.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weft::embedded {

using persistence::open_progress;

struct options {
  /// Undeclared attributes: declared on first use, or refused.
  schema_mode mode = schema_mode::flexible;
  /// Make the folder and a new database when there is none; else not_a_database.
  bool create = true;
  /// Never write and take no lock. Beside a writer the log is read up to its committed mark
  /// (`locked` when that mark lags behind what the log proves), else as the next writer would.
  bool read_only = false;
  /// Functions that transactions may call by name. They run on the thread that resolves: there,
  /// transact, submit, close and pending::get of the same database are invalid_argument; view, with
  /// and status are not.
  tx_functions functions = {};
  /// Told how opening comes on, by the thread that opens; what it throws is dropped.
  std::function<void(const open_progress&)> progress = {};
  /// Wall clock, microseconds since 1970; the system's by default, and where it throws. For tests.
  std::function<instant()> clock = {};
  /// Size of the log's first segment; later ones grow to limits::segment_bytes_max, the most that
  /// may be asked for. Too small for any transaction is invalid_argument, too. For tests.
  std::size_t segment_bytes = limits::segment_bytes_min;
  /// Where files live; the operating system's by default. Must outlive the database. For tests.
  persistence::disk* disk = nullptr;
};

/// Figures of one database, as `weft status` prints them.
struct status {
  weft::database_id database_id;
  tx_number t;
  instant last_instant;
  hash128 chain;               ///< h_t
  std::uint64_t log_bytes = 0; ///< of segments in use
  std::uint64_t log_segments = 0;
  std::uint64_t facts_live = 0;
  std::uint64_t facts_history = 0;
  std::uint64_t index_bytes = 0; ///< memory of the index
  std::uint64_t transactions_waiting = 0;
  bool writable = false; ///< false after storage failed or in read-only mode
  std::string reason;    ///< why not writable, or ""
};

/// Time of the commit path in microseconds, summed since opening: CPU of whoever did the work, and
/// the wall of writing and waiting for the disk. What the commit benchmark prints, stage by stage.
struct stage_times {
  std::uint64_t transactions = 0;
  std::uint64_t syncs = 0; ///< batches that were committed: one each
  double resolve_us = 0;
  double encode_us = 0;
  double append_us = 0;
  double sync_us = 0;
  double carry_wall_us = 0; ///< append, sync, mark, and a look for room; once for each batch
  double apply_us = 0;
  double wake_us = 0;
};

/// A transaction on its way to the disk.
class pending {
 public:
  pending() = default;
  /// Waits until the transaction is durable and visible, or refused. Call once. Cost: the wait.
  /// @errors as database::transact; invalid_argument on a second call, and inside a transaction
  /// function of the same database
  [[nodiscard]] result<tx_report> get();

 private:
  friend class database;
  struct state;
  std::shared_ptr<state> state_;
};

class database {
 public:
  /// Opens the database in `folder`: takes its lock, recovers the log, rebuilds the index.
  /// Cost: O(log); more than a million facts a second.
  /// @errors locked{holder}, the process id of who has it (read-only: see options::read_only, with
  /// proven and marked when a writer's mark lags behind); not_a_database; log_corrupt (with t when
  /// a transaction cannot be replayed, with the segment and offset when its bytes are damaged),
  /// hard_state_corrupt, database_mismatch, unsupported_version; access_denied, not_found (a file
  /// or parent folder is missing), io_error, disk_full; overloaded when the system gives no thread;
  /// invalid_argument for options::segment_bytes
  [[nodiscard]] static result<database> open(const std::string& folder, options how = {});

  database(database&&) noexcept;
  database& operator=(database&&) noexcept;
  /// Closes; errors of closing are lost, call close() to see them.
  ~database();

  /// Executes one transaction and waits until it is on disk. The report's views are the database
  /// before and after it, schema and :db/noHistory values included. With a request id, a retry gets
  /// the first report and executes nothing; it is made from the log, and its views are as_of views
  /// of the database now: today's schema, and without what :db/noHistory has forgotten since.
  /// Cost: that of plan() and of encoding the record, then one write and one fdatasync, which all
  /// who wait share; a retry reads its record from the log.
  /// @errors all of the transactions and requests blocks of errc.def (read_only among them), and of
  /// the text block invalid_value, value_too_large, nesting_too_deep and malformed_transaction;
  /// invalid_argument, also for an id that is no UUID of version 7 and
  /// inside a transaction function of this database. disk_full and overloaded may be retried as
  /// they are; storage_failed; outcome_unknown when the disk failed meanwhile. A retry may also end
  /// with io_error or log_corrupt when its record cannot be read.
  [[nodiscard]] result<tx_report> transact(const tx_request& request,
                                           std::optional<request_id> id = {});
  /// The same from EDN text (from JSON: parse_json_transaction). @errors also malformed_edn{line,
  /// column}, input_too_large
  [[nodiscard]] result<tx_report> transact(std::string_view edn_text,
                                           std::optional<request_id> id = {});
  /// Queues a transaction behind those submitted before and returns at once. Refused with
  /// overloaded when too much waits. It happens whether or not get() is called. Cost: O(1), and a
  /// wake-up when nobody leads. @errors none here: get() tells them
  [[nodiscard]] pending submit(tx_request request, std::optional<request_id> id = {});

  /// What the transaction would do to the database as it is now; no effect. Cost: that of plan()
  /// and of encoding the record, on the caller's thread; nobody waits for it.
  /// @errors the transactions block of errc.def, and of the text block as transact;
  /// invalid_argument; closed after close()
  [[nodiscard]] result<tx_report> with(const tx_request& request) const;
  /// The same from EDN text. @errors also malformed_edn{line, column}, input_too_large
  [[nodiscard]] result<tx_report> with(std::string_view edn_text) const;

  /// The database now: everything that was acknowledged before this call. Cost: O(1).
  /// @errors closed
  [[nodiscard]] result<weft::view> view() const;

  /// A fresh request id, made from the clock and random bits. Cost: a system call or two.
  [[nodiscard]] request_id make_request_id();

  /// Never fails: what the disk does not tell counts as 0. Cost: a few system calls per segment.
  [[nodiscard]] embedded::status status() const;
  /// All 0 in read-only mode. Cost: O(1).
  [[nodiscard]] stage_times stages() const;

  /// Waits for what was submitted, marks the log, releases the folder. Idempotent; afterwards
  /// everything is refused with closed, but views opened before go on. Cost: what is under way, two
  /// fdatasyncs. @errors io_error or storage_failed when the log could not be marked (nothing that
  /// was acknowledged is lost); invalid_argument inside a transaction function of this database
  [[nodiscard]] result<void> close();

 private:
  class engine;
  explicit database(std::unique_ptr<engine> made);
  std::unique_ptr<engine> engine_;
};

} // namespace weft::embedded
