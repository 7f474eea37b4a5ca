// A view: an immutable database value. Every read is a read of a view; opening one is O(1) and
// copies nothing, and it answers the same for as long as it is held.
//
//   WEFT_TRY(auto facts, db.datoms(index_order::eavt, {.entity = ada}));
//   for (const datom_view& d : facts) use(d);
//   WEFT_CHECK(facts.check());               // that was all there is
//   WEFT_TRY(auto then, db.as_of(tx_number(40)));
//
// Every read returns a result: sources of facts that are not in memory can fail, with the error of
// their storage. Where facts are in memory, a read has the errors that are named here and no other.
// Cost, where n is all facts: a search is O(log n), each further datom amortised O(1). The present
// does not pay for history; as_of and history also look at all that ever ended within the bounds of
// the read. With an overlay below the view, add one search in a small tree.
// Cheap to copy; const is thread-safe; a datom_range is confined to one thread at a time.
#pragma once

#include "weft/core/datom/schema.hpp"
#include "weft/core/db/scan.hpp"

#include <map>

namespace weft {

/// A lazy sequence of datoms for range-for. Values point into the view's storage: copy them
/// (to_datom) to keep them longer than the view, or than a few megabytes more are read where the
/// storage is another process (core/protocol/remote_facts.hpp). It keeps the storage alive, not the
/// view. One pass: begin() goes on where the last walk stopped.
class datom_range {
 public:
  datom_range(std::shared_ptr<const fact_source> source, std::unique_ptr<datom_cursor> cursor);

  struct sentinel {};
  class iterator {
   public:
    explicit iterator(datom_cursor* cursor) noexcept : cursor_(cursor) {}
    const datom_view& operator*() const noexcept { return cursor_->get(); }
    const datom_view* operator->() const noexcept { return &cursor_->get(); }
    iterator& operator++() {
      cursor_->next();
      return *this;
    }
    bool operator==(sentinel) const noexcept { return !cursor_->valid(); }

   private:
    datom_cursor* cursor_;
  };
  [[nodiscard]] iterator begin() noexcept { return iterator(cursor_.get()); }
  [[nodiscard]] sentinel end() const noexcept { return {}; }
  /// Whether nothing is left.
  [[nodiscard]] bool empty() const noexcept { return !cursor_->valid(); }
  /// Whether what was seen so far is all that is there so far. A walk that fails looks as if it had
  /// come to its end. Never fails where facts are in memory. Cost: O(1). @errors of the storage
  [[nodiscard]] result<void> check() const;
  /// The current datom; requires !empty().
  [[nodiscard]] const datom_view& front() const noexcept { return cursor_->get(); }
  /// Facts looked at so far, shown or not: what reading has cost.
  [[nodiscard]] std::uint64_t looked_at() const noexcept { return cursor_->looked_at(); }

 private:
  std::shared_ptr<const fact_source> source_;
  std::unique_ptr<datom_cursor> cursor_;
};

enum class direction : std::uint8_t { forward, backward };

/// All live values of one entity, by attribute.
using entity_map = std::map<attribute_id, std::vector<value>>;

class view {
 public:
  /// What `source` holds up to `basis`, which it has reached; `window` lies within it.
  view(std::shared_ptr<const fact_source> source, std::shared_ptr<const weft::schema> schema,
       tx_number basis, time_window window = {});

  /// t of the newest transaction this view can see. This and the four below: O(1), no errors.
  [[nodiscard]] tx_number basis() const noexcept { return basis_; }
  [[nodiscard]] const weft::schema& schema() const noexcept { return *schema_; }
  [[nodiscard]] const std::shared_ptr<const weft::schema>& shared_schema() const noexcept {
    return schema_;
  }
  [[nodiscard]] const std::shared_ptr<const fact_source>& source() const noexcept {
    return source_;
  }
  [[nodiscard]] const time_window& window() const noexcept { return window_; }

  // Time. The three combine in any order; since of since is the later one. A view of the past is
  // read with the schema of the view it was made from, as in Datomic.

  /// The database as it was after transaction t; 0 holds the bootstrap facts alone. Cost: O(1).
  /// @errors basis_ahead{t, basis} when this view does not reach t.
  [[nodiscard]] result<view> as_of(tx_number t) const;
  /// As of the last transaction up to this view's basis whose instant is <= `when`; 0 when there is
  /// none. Cost: O(log n). @errors none of its own.
  [[nodiscard]] result<view> as_of(instant when) const;
  /// Only facts that were asserted after t and are live at this view's time; t may be ahead: then
  /// there are none. Cost: O(1); reading it walks past older facts. @errors none of its own.
  [[nodiscard]] result<view> since(tx_number t) const;
  /// Every assertion and retraction (after `since`, up to the basis) instead of what is live.
  /// Cost: O(1). @errors none of its own.
  [[nodiscard]] result<view> history() const;

  /// All datoms that match the leading components, in index order; none for an entity or attribute
  /// that nobody knows. Lazy. Cost: O(log n), and of each datom as at the head of this file.
  /// @errors not_indexed{attribute} for avet with an attribute of :db/index false; type_mismatch
  /// {attribute, expected} for a value that is not of the attribute's type.
  [[nodiscard]] result<datom_range> datoms(index_order order, const components& match = {},
                                           direction way = direction::forward) const;
  /// From the first datom at or behind `from` (backward: at or before) to the end of the index.
  /// Lazy. Cost and @errors as datoms.
  [[nodiscard]] result<datom_range> seek_datoms(index_order order, const components& from,
                                                direction way = direction::forward) const;
  /// Values of one attribute in [from, to), in avet; absent ends are open. Lazy. Cost and @errors
  /// as datoms.
  [[nodiscard]] result<datom_range> index_range(attribute_id a, std::optional<value_view> from,
                                                std::optional<value_view> to,
                                                direction way = direction::forward) const;

  // Entities. entity and get of a `since` view know only what was asserted after it; lookup and
  // ident see through `since` and `history`, because a name means the same entity whatever part of
  // the past is looked at.

  /// What is said about e: live attributes with their values in order, copied. Empty when nothing
  /// is. Cost: O(log n + facts of e).
  /// @errors invalid_argument on a history view, where an entity has no one state.
  [[nodiscard]] result<entity_map> entity(entity_id e) const;
  /// The live value of a cardinality-one attribute (the first of several), copied; nothing when
  /// there is none. Cost: O(log n). @errors invalid_argument on a history view
  [[nodiscard]] result<std::optional<value>> get(entity_id e, attribute_id a) const;
  /// The entity that holds the unique value. A value of another type than the attribute's is held
  /// by nobody. Cost: O(log n).
  /// @errors invalid_argument{attribute} when `a` is not unique, or unknown.
  [[nodiscard]] result<std::optional<entity_id>> lookup(attribute_id a, value_view v) const;
  /// The entity named by :db/ident, "ns/name" without the colon; nothing when none is. Cost:
  /// O(log n). @errors none of its own.
  [[nodiscard]] result<std::optional<entity_id>> ident(std::string_view keyword) const;

 private:
  std::shared_ptr<const fact_source> source_;
  std::shared_ptr<const weft::schema> schema_;
  tx_number basis_;
  time_window window_;
};

} // namespace weft
