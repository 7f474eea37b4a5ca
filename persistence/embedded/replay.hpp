// Replay: the state of a shard, rebuilt from the records of its log. Applies, decides nothing.
#pragma once

#include "weft/core/db/index_loader.hpp"
#include "weft/core/shard/dedup.hpp"
#include "weft/core/shard/transactor.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/wal/log_options.hpp"

#include <memory>

namespace weft::embedded {

/// Feed it every entry from the first on. Confined to one thread.
class replay {
 public:
  /// `index` is empty but for the bootstrap facts, and outlives the replay. Nobody else uses it
  /// until finish() has returned.
  explicit replay(memory_index& index)
      : index_(&index), load_(index), schema_(index.open().shared_schema()) {}

  /// One entry; those that are no transactions are passed over.
  /// @errors log_corrupt{t} when the payload is not the record of the next transaction, or declares
  /// attributes that cannot be; unsupported_version. Cost: O(datoms).
  [[nodiscard]] result<void> entry(entry_kind kind, bytes_view payload);

  [[nodiscard]] tx_number head() const noexcept { return load_.head(); }
  [[nodiscard]] std::uint64_t datoms() const noexcept { return datoms_; }
  [[nodiscard]] const allocators& next() const noexcept { return next_; }
  [[nodiscard]] instant last() const noexcept { return last_; }
  /// Fills the index: what a transactor starts from. Call once, when all entries were fed. Tells
  /// how much of its own work is done. Cost: O(n log n) in the datoms.
  [[nodiscard]] transactor::state
  finish(const std::function<void(std::size_t done, std::size_t total)>& progress = {});

 private:
  memory_index* index_;
  index_loader load_;
  std::shared_ptr<const schema> schema_;
  dedup_table dedup_;
  allocators next_;
  instant last_;
  std::uint64_t datoms_ = 0;
};

/// The report of a transaction, from its record and a view that has seen it: `before` and `after`
/// are as_of views of that one (its schema, without what :db/noHistory forgot meanwhile).
/// @errors those of record_view::decode, basis_ahead
/// Cost: that of decoding it.
[[nodiscard]] result<tx_report> report_from(bytes_view payload, const view& now);

} // namespace weft::embedded
