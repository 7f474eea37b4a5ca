// The trees of one set of facts: eavt and vaet as a whole, aevt and avet one per attribute, so that
// their comparisons skip the attribute and new entities append at the end. avet is kept from the
// first time the schema wants an attribute there, and for ever; vaet holds refs.
//
// One writer, any number of readers; see fact_tree.hpp for what they may see.
#pragma once

#include "weft/core/datom/schema.hpp"
#include "weft/core/db/fact_tree.hpp"
#include "weft/core/db/sort_words.hpp"

#include <functional>

namespace weft {

/// The trees of one attribute.
struct attribute_trees {
  attribute_trees(attribute_id its_id, value_type its_type) noexcept : id(its_id), type(its_type) {}
  const attribute_id id;
  const value_type type;
  fact_tree aevt{index_order::aevt};
  fact_tree avet{index_order::avet};
  bool in_avet = false; ///< the writer's: avet is kept
};

class fact_forest {
 public:
  explicit fact_forest(shard_id shard) : origin_(origin_of(shard)) { grow(1); }

  // -- readers, any thread ---

  [[nodiscard]] const fact_tree& eavt() const noexcept { return eavt_; }
  [[nodiscard]] const fact_tree& vaet() const noexcept { return vaet_; }
  /// Null when the attribute never had a fact. Cost: O(1).
  [[nodiscard]] const attribute_trees* find(attribute_id a) const noexcept;
  /// The first at or behind `a`, the last at or before it; null when there is none.
  [[nodiscard]] const attribute_trees* at_or_behind(attribute_id a) const noexcept;
  [[nodiscard]] const attribute_trees* at_or_before(attribute_id a) const noexcept;
  /// Where vaet's second words count from (sort_words.hpp).
  [[nodiscard]] entity_id origin() const noexcept { return origin_; }

  // -- the writer ---

  /// Adds the searches for a datom that will be inserted or erased.
  void warm(tree_warming& warming, const datom_view& d) const noexcept;
  /// Inserts a fact that is not there. Returns the one behind it in eavt, or null.
  const stored_fact* insert(tree_memory& memory, const stored_fact& fact, bool in_avet);
  /// Inserts a fact into one order alone, where it is not; what is in avet and vaet is the caller's
  /// to know. A forest is filled so, or by `insert`.
  void insert_into(index_order order, tree_memory& memory, const stored_fact& fact);
  /// Removes a fact that is there.
  void erase(tree_memory& memory, const stored_fact& fact);
  /// Makes all trees of a forest that is empty. `sorted` are the facts as entries of eavt, in the
  /// order of `comes_before`, without equals. Tells `placed` now and then how many facts it has
  /// placed since: each of them twice in all. Cost: O(n log n).
  void build(tree_memory& memory, std::span<const tree_entry> sorted, const schema& s,
             const std::function<void(std::size_t)>& placed);
  /// Puts all facts of attributes that the schema wants in avet there. Cost: O(attributes), and
  /// O(n log n) for an attribute that was not there before.
  void learn(tree_memory& memory, const schema& s);

 private:
  struct directory {
    explicit directory(std::size_t size) : trees(size) {}
    std::vector<std::atomic<attribute_trees*>> trees; // by attribute id
  };

  [[nodiscard]] const directory& published() const noexcept {
    return *directory_.load(std::memory_order_acquire);
  }
  void build(tree_memory& memory, attribute_trees& trees, std::span<tree_entry> facts) const;
  void grow(std::size_t size);
  attribute_trees& trees_of(tree_memory& memory, const stored_fact& fact, bool in_avet);
  void fill_avet(tree_memory& memory, attribute_trees& trees) const;

  entity_id origin_;
  fact_tree eavt_{index_order::eavt};
  fact_tree vaet_{index_order::vaet};
  std::atomic<const directory*> directory_{nullptr};
  std::vector<std::unique_ptr<directory>> directories_; // the newest last; readers may use any
  std::vector<std::unique_ptr<attribute_trees>> all_trees_;
};

} // namespace weft
