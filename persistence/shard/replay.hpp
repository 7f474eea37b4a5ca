// Replay: the state of a shard, rebuilt from the records of its log. Applies, decides nothing.
#pragma once

#include "weft/core/db/index_loader.hpp"
#include "weft/core/shard/record_check.hpp"
#include "weft/core/shard/transactor.hpp"
#include "weft/core/stream/cursor_log.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/wal/log_options.hpp"

#include <memory>

namespace weft::persistence {

/// Feed it every entry from the first on. Confined to one thread.
class replay {
 public:
  /// `index` is empty but for the bootstrap facts, and outlives the replay. Nobody else uses it
  /// until finish() has returned.
  explicit replay(memory_index& index)
      : index_(&index), load_(index), check_(index.open().shared_schema()) {}

  /// One entry; of those that are no transactions, cursors are remembered, others passed over.
  /// @errors those of record_check::next: the record cannot follow the ones before; those of
  /// cursor_table::apply. Cost: O(datoms).
  [[nodiscard]] result<void> entry(entry_kind kind, bytes_view payload);

  [[nodiscard]] tx_number head() const noexcept { return load_.head(); }
  [[nodiscard]] std::uint64_t datoms() const noexcept { return datoms_; }
  [[nodiscard]] const allocators& next() const noexcept { return check_.ids(); }
  [[nodiscard]] instant last() const noexcept { return check_.last(); }
  /// Fills the index: what a transactor starts from. Call once, when all entries were fed. Tells
  /// how much of its own work is done. Cost: O(n log n) in the datoms.
  /// @errors log_corrupt{t, entity, attribute} when what is live is asserted, or what is not is
  /// retracted
  [[nodiscard]] result<transactor::state>
  finish(const std::function<void(std::size_t done, std::size_t total)>& progress = {});
  /// The same, for who goes on applying records: what was said so far.
  [[nodiscard]] result<record_check>
  finish_check(const std::function<void(std::size_t done, std::size_t total)>& progress = {});
  /// Where named cursors stand after all entries.
  [[nodiscard]] const stream::cursor_table& cursors() const noexcept { return cursors_; }

 private:
  memory_index* index_;
  index_loader load_;
  record_check check_;
  stream::cursor_table cursors_;
  std::uint64_t datoms_ = 0;
};

/// The report of a transaction, from its record and a view that has seen it: `before` and `after`
/// are as_of views of that one (its schema, without what :db/noHistory forgot meanwhile).
/// @errors those of record_view::decode, basis_ahead
/// Cost: that of decoding it.
[[nodiscard]] result<tx_report> report_from(bytes_view payload, const view& now);

} // namespace weft::persistence
