// What a log may say: whether each record can follow those before it. Checksums tell that bytes are
// what was written, this tells that a transactor could have written them; recovery and the check of
// a log ask it before anything is believed.
//
//   record_check log;                                // from the first record on
//   WEFT_TRY(const auto rec, log.next(payload));     // decoded, and it follows
//   use(rec.datoms(), log.schema());
//
// It has no index: whether a fact that is retracted is live is for index_loader to find out.
// Confined to one thread. Memory: that of the schema and of the dedup table.
#pragma once

#include "weft/core/datom/schema.hpp"
#include "weft/core/shard/dedup.hpp"

namespace weft {

class record_check {
 public:
  /// Nothing happened yet in a database of this schema.
  explicit record_check(std::shared_ptr<const weft::schema> initial = weft::schema::bootstrap(),
                        shard_id shard = shard_id(0))
      : schema_(std::move(initial)), shard_(shard) {}

  /// The next record. After an error: use it no more.
  /// Cost: that of decoding it, and of folding the schema when it changes.
  /// @errors log_corrupt{t} when it cannot be read, is not that of t = head() + 1 or of this shard,
  /// its instant does not rise, its allocators go back, its request was executed before, its facts
  /// give no schema or another type to an attribute; log_corrupt{t, entity, attribute} when a fact
  /// is about an entity that was not made, or an attribute that is not declared, or is not of its
  /// type, or is :db/txInstant; unsupported_version{t}
  [[nodiscard]] result<record_view> next(bytes_view payload);

  [[nodiscard]] tx_number head() const noexcept { return head_; }
  [[nodiscard]] instant last() const noexcept { return last_; }
  [[nodiscard]] const allocators& ids() const noexcept { return ids_; }
  [[nodiscard]] const std::shared_ptr<const weft::schema>& schema() const noexcept {
    return schema_;
  }
  /// The requests that were executed.
  [[nodiscard]] const dedup_table& dedup() const noexcept { return dedup_; }
  /// Likewise. Call once, as the last.
  [[nodiscard]] dedup_table take_dedup() { return std::move(dedup_); }

 private:
  [[nodiscard]] result<void> follows(const record_view& rec) const;
  [[nodiscard]] result<void> learn_schema(const record_view& rec);
  [[nodiscard]] result<void> allows(const record_view& rec, const datom_view& d) const;
  [[nodiscard]] bool was_made(const record_view& rec, entity_id e) const noexcept;

  std::shared_ptr<const weft::schema> schema_;
  shard_id shard_;
  dedup_table dedup_;
  allocators ids_;
  tx_number head_{0};
  instant last_{0};
};

} // namespace weft
