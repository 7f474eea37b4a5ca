// What a subscriber gets of one commit: shard, t, instant, cursor and the datoms, a `List(Datom)`.
// All of them, or those that pass its filter.
//
//   for (const datom_view& d : *batch.datoms())
//     print(batch.name_of(d.attribute), d.value);
//   remember(batch.cursor().to_token());               // to resume after it
//
// One shared pointer to something immutable: O(1) to make and to copy, and everybody in a process
// shares the same bytes and the same decoded datoms. Thread rule: const is thread-safe.
// It keeps alive the bytes it came in: a record of its own, or a frame of up to 256 KiB.
#pragma once

#include "weft/core/stream/cursor.hpp"
#include "weft/core/stream/filter.hpp"
#include "weft/core/stream/stream_record.hpp"

#include <memory>
#include <mutex>

namespace weft {

/// Which history a stream is of.
struct stream_origin {
  database_id database;
  std::uint64_t lineage = first_lineage;
  shard_id shard;
  bool operator==(const stream_origin&) const = default;
};

/// The datoms of a record that pass a filter, ascending; null: all of them.
using matched_runs = std::shared_ptr<const position_runs>;

class wal_batch {
 public:
  /// Of nothing: t is 0, there are no datoms.
  wal_batch() = default;
  /// Of a record, not null. `names` is the schema that names its attributes, not null. Cost: O(1).
  wal_batch(const stream_origin& of, record_ptr record, matched_runs matched,
            std::shared_ptr<const weft::schema> names);

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
  struct content {
    content(const stream_origin& o, record_ptr r, matched_runs m,
            std::shared_ptr<const weft::schema> n)
        : of(o), record(std::move(r)), matched(std::move(m)), names(std::move(n)) {}
    stream_origin of;
    record_ptr record;
    matched_runs matched;
    std::shared_ptr<const weft::schema> names;
    mutable std::once_flag once;
    mutable result<std::vector<datom_view>> chosen; ///< of a filtered one, by `once`
  };

  std::shared_ptr<const content> content_; ///< null: of nothing
};

} // namespace weft
