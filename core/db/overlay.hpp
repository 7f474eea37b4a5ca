// Transactions that are not in the base yet: what the transactor has proposed and nobody has
// committed, and speculation (`with`).
//
//   overlay proposed(shard);
//   view db = proposed.over(index.open());           // to resolve the next transaction against
//   proposed.append(t, when, datoms, schema_after);  // the next view sees it
//   proposed.drop_through(t);                        // committed: it is in the index now
//   proposed.clear();                                // leadership lost: none of it was ever true
//
// A view over a base of basis B sees the base and the transactions of the overlay behind B, exactly
// as if they had been applied to it: all orders, bounds and windows. It keeps what it needs: it
// stays exact whatever is appended, dropped or cleared later. Where the overlay says nothing, it
// costs one search in a small tree more than the base; the first scan of an order pays for the
// datoms that were appended since the last one (overlay_facts.hpp).
//
// The overlay is confined to one thread; its views are used from any, while it goes on.
#pragma once

#include "weft/core/db/view.hpp"

#include <deque>
#include <span>

namespace weft {

class overlay_facts;

class overlay {
 public:
  explicit overlay(shard_id shard = shard_id(0)) noexcept : shard_(shard) {}
  overlay(const overlay&) = delete;
  overlay& operator=(const overlay&) = delete;

  /// Adds transaction t, the next one of the last appended; of an empty overlay, any. Datoms as in
  /// memory_index::apply; :db/txInstant is added here. Cost: O(datoms).
  void append(tx_number t, instant when, std::span<const datom_view> datoms,
              std::shared_ptr<const schema> schema_after);
  /// Forgets the transactions up to t. Only bases of at least t are given to `over` from now on.
  /// Cost: O(datoms dropped), amortised.
  void drop_through(tx_number t);
  /// Forgets all transactions.
  void clear();

  [[nodiscard]] bool empty() const noexcept { return transactions_.empty(); }
  /// The last transaction. Requires !empty().
  [[nodiscard]] tx_number last() const noexcept { return transactions_.back().t; }

  /// `base` and the transactions behind its basis; `base` itself when there are none. A base with
  /// `since` or history keeps them. Cost: O(1) (a pending change of the schema: O(attributes)
  /// once).
  [[nodiscard]] view over(const view& base) const;

 private:
  struct transaction {
    tx_number t;
    std::size_t datoms;
    std::shared_ptr<const weft::schema> schema;
  };
  /// Attributes that are in avet by one schema and not by the other.
  struct reindexed {
    std::shared_ptr<const weft::schema> before;
    std::shared_ptr<const weft::schema> after;
    std::shared_ptr<const std::vector<attribute_id>> attributes;
  };

  void rebuild();
  [[nodiscard]] std::shared_ptr<const std::vector<attribute_id>>
  reindexed_between(const std::shared_ptr<const weft::schema>& before,
                    const std::shared_ptr<const weft::schema>& after) const;

  shard_id shard_;
  std::shared_ptr<overlay_facts> facts_; ///< null when empty; shared with views
  std::deque<transaction> transactions_; ///< not dropped
  std::size_t datoms_ = 0;               ///< of these
  std::size_t dropped_datoms_ = 0;       ///< still in facts_
  mutable reindexed reindexed_;
};

} // namespace weft
