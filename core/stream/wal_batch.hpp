// What a subscriber gets of one commit: shard, t, instant, cursor and the datoms, a `List(Datom)`.
// All of them, or those that pass its filter.
//
//   for (const auto facts = batch.datoms(); const datom_view& d : facts.value())
//     print(batch.name_of(d.attribute), d.value);
//   remember(batch.cursor().to_token());               // to resume after it
//
// Pointers to what is immutable and shared: O(1) to make and to copy, and everybody in a process
// shares the same bytes and the same decoded datoms. Thread rule: const is thread-safe.
// It keeps alive what it came in: a record of its own, or a frame of up to 256 KiB and what was
// decoded of that.
#pragma once

#include "weft/core/base/made_once.hpp"
#include "weft/core/stream/cursor.hpp"
#include "weft/core/stream/filter.hpp"
#include "weft/core/stream/stream_record.hpp"

#include <memory>

namespace weft {

/// Which history a stream is of.
struct stream_origin {
  database_id database;
  std::uint64_t lineage = first_lineage;
  shard_id shard;
  bool operator==(const stream_origin&) const = default;

  /// After the transaction of that place. Cost: an allocation.
  [[nodiscard]] cursor cursor_at(const stream_place& place) const;
};

/// What the batches of a stream have in common, until its schema changes.
struct stream_context {
  stream_origin of;
  std::shared_ptr<const weft::schema> names; ///< names their attributes; not null
};
using stream_context_ptr = std::shared_ptr<const stream_context>;

/// The datoms of a record that pass a filter, ascending; null: all of them.
using matched_runs = std::shared_ptr<const position_runs>;

class wal_batch {
 public:
  /// Of nothing: t is 0, there are no datoms.
  wal_batch() = default;
  /// Of a record; neither it nor `of` is null. Cost: O(1), without `matched` no allocation.
  wal_batch(stream_context_ptr of, record_ptr record, matched_runs matched);

  [[nodiscard]] shard_id shard() const noexcept;
  [[nodiscard]] tx_number t() const noexcept;
  [[nodiscard]] instant when() const noexcept;
  [[nodiscard]] hash128 chain() const noexcept; ///< h_t
  /// After this transaction. Of one shard. Cost: O(1).
  [[nodiscard]] weft::cursor cursor() const;

  /// The datoms, in stream order; they live as long as a copy of this does. The first call decodes.
  /// @errors malformed_record, unsupported_version: the bytes are those that were committed, so
  /// this version cannot read them. Cost: about 20 ns per datom of the record, once; then O(1).
  [[nodiscard]] result<std::span<const datom_view>> datoms() const;
  /// A copy that owns its values. @errors as datoms. Cost: O(size).
  [[nodiscard]] result<datom_list> to_list() const;

  /// The ident of an attribute, without the colon; "" when the schema does not know it. Cost: O(1).
  [[nodiscard]] std::string_view name_of(attribute_id a) const noexcept;
  /// Never null.
  [[nodiscard]] const std::shared_ptr<const weft::schema>& schema() const noexcept;

  [[nodiscard]] bool is_filtered() const noexcept;
  /// The record as it was logged; null when this is of nothing.
  [[nodiscard]] const record_ptr& record() const noexcept;
  [[nodiscard]] bytes_view payload() const noexcept;

 private:
  /// What a filter chose.
  struct choice {
    explicit choice(matched_runs runs) : matched(std::move(runs)) {}
    matched_runs matched;
    made_once<result<std::vector<datom_view>>> datoms;
  };

  stream_context_ptr of_; ///< null: of nothing
  record_ptr record_;
  std::shared_ptr<choice> chosen_; ///< null: all of it
};

} // namespace weft
