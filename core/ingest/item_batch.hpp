// Items that become one transaction: requests of many, put together when that has the effect that
// they would have had one after the other, each alone.
//
//   item_batch together;
//   if (together.accepts(*item)) together.add(item);
//   submit(together.request());
//   own_tempids(*item, outcome.tempids);             // what of the outcome this item asked for
//
// Only facts that are stated go together: other operations (retractions, cas, calls, what is said
// of the transaction itself) look at the database or speak of a transaction of their own. A name
// that one item uses for a new entity must not occur in another, where it means something else.
// What is left is found by executing: items whose facts contradict each other, or that look up what
// another one states, are refused together, and then each alone is not.
// Not thread-safe: confined to its owner.
#pragma once

#include "weft/core/datom/record.hpp"
#include "weft/core/tx/request.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace weft::ingest {

/// Facts that a request states, maps nested in it included; other operations count as one.
/// Cost: O(operands).
[[nodiscard]] std::size_t count_facts(const tx_request& request);

/// The tempids of an outcome that are names of this request. Cost: O(operands).
[[nodiscard]] std::vector<resolved_tempid> own_tempids(const tx_request& request,
                                                       const std::vector<resolved_tempid>& all);

class item_batch {
 public:
  /// Whether it means the same in here as alone. An empty batch accepts anything.
  /// Cost: O(operands).
  [[nodiscard]] bool accepts(const tx_request& item) const;
  /// @pre accepts(*item). Cost: O(operands); the request is kept.
  void add(std::shared_ptr<const tx_request> item);

  [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
  [[nodiscard]] std::size_t facts() const noexcept { return facts_; }
  /// All operations, as one transaction. Cost: a copy, unless there is one item.
  [[nodiscard]] std::shared_ptr<const tx_request> request() const;

 private:
  std::vector<std::shared_ptr<const tx_request>> items_;
  std::unordered_set<std::string_view> entities_; ///< names of entities, in items_
  std::unordered_set<std::string_view> texts_;    ///< all that may be a name, these included
  std::deque<std::deque<std::string>> numbers_; ///< names that are numbers: the views are of these
  std::size_t facts_ = 0;
  bool is_alone_ = false; ///< its one item takes no company
};

} // namespace weft::ingest
