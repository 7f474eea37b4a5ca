// A sorted set of facts in one index order: a B+ tree for one writer and any number of readers who
// take no lock. It knows nothing of time; memory_index.hpp says who may see what.
//
// The writer changes a node in place only by publishing another slot_list: one entry more, or one
// less. Everything else (a split, a compaction) builds new nodes and replaces the old ones, which
// stay as they were for those who are reading them. So a reader, standing anywhere, finds every
// entry that was in the tree when it began and was not erased since; entries inserted or erased
// meanwhile it may or may not see. Leaves are linked both ways: next() and previous() are O(1).
//
// Guarantee needed from the owner: a node is recycled (tree_memory) only when every reader that
// began before it was retired has ended.
#pragma once

#include "weft/core/db/tree_node.hpp"

#include <algorithm>
#include <span>

namespace weft {

/// Between two entries of a tree, or on one. Reads without locks; see the head of this file.
class tree_position {
 public:
  tree_position() = default;
  tree_position(const tree_leaf* leaf, slot_list slots, unsigned at) noexcept
      : leaf_(leaf), slots_(slots), at_(at) {}

  /// On an entry, not at an end.
  [[nodiscard]] bool valid() const noexcept { return leaf_ != nullptr; }
  [[nodiscard]] std::uint64_t first() const noexcept { return leaf_->first[slots_[at_]]; }
  [[nodiscard]] std::uint64_t second() const noexcept { return leaf_->second[slots_[at_]]; }
  [[nodiscard]] const stored_fact* fact() const noexcept { return fact_at(at_); }
  /// The place itself, for comparisons that need little of the entry.
  [[nodiscard]] const tree_node& node() const noexcept { return *leaf_; }
  [[nodiscard]] unsigned slot() const noexcept { return slots_[at_]; }

  /// From between two entries onto the one behind or before; invalid when there is none.
  void settle_forward() noexcept;
  void settle_backward() noexcept;
  /// To the neighbour. Requires valid(). Asks for the facts a few steps ahead.
  void next() noexcept;
  void previous() noexcept;

 private:
  static constexpr unsigned ahead = 4; ///< steps

  [[nodiscard]] const stored_fact* fact_at(unsigned at) const noexcept {
    return leaf_->link[slots_[at]].fact;
  }
  void enter(const tree_leaf* leaf) noexcept;

  const tree_leaf* leaf_ = nullptr;
  slot_list slots_;
  unsigned at_ = 0;
};

/// Whether `a` stands before `b` in a tree of this order.
[[nodiscard]] inline bool comes_before(index_order order, const tree_entry& a,
                                       const tree_entry& b) noexcept {
  if (a.first != b.first)
    return a.first < b.first;
  if (a.second != b.second)
    return a.second < b.second;
  return a.fact != b.fact && compare(order, a.fact->view(), b.fact->view()) < 0;
}

/// Sorts entries for fact_tree::build. Cost: O(n) when they are sorted already, O(n log r) when
/// they are r ascending runs.
void sort_entries(index_order order, std::span<tree_entry> entries);

class fact_tree {
 public:
  explicit fact_tree(index_order order) noexcept : order_(order) {}
  fact_tree(const fact_tree&) = delete;
  fact_tree& operator=(const fact_tree&) = delete;

  // -- readers, any thread ---

  [[nodiscard]] index_order order() const noexcept { return order_; }
  /// Nothing was ever inserted.
  [[nodiscard]] bool empty() const noexcept {
    return root_.load(std::memory_order_acquire) == nullptr;
  }
  /// The place behind all entries for which before(node, slot) holds; it must hold for a beginning
  /// of the order. Settle it before use. Cost: O(log n).
  template <class Before>
  [[nodiscard]] tree_position seek(const Before& before) const;
  /// The place before all entries.
  [[nodiscard]] tree_position begin() const {
    return seek([](const tree_node&, unsigned) { return false; });
  }

  // -- the writer ---

  /// Where to begin asking for the nodes that a change at these words will need (tree_warming);
  /// null when they are those of the last one.
  [[nodiscard]] const tree_node* cold_root(std::uint64_t first,
                                           std::uint64_t second) const noexcept;

  /// Inserts an entry that is not there and returns the fact behind it, or null.
  /// Cost: O(log n), O(1) next to the last one.
  const stored_fact* insert(tree_memory& memory, const tree_entry& entry);
  /// Removes an entry that is there. Cost: O(log n), O(1) next to the last one.
  void erase(tree_memory& memory, const tree_entry& entry);
  /// Makes the whole of a tree that is empty, from the bottom up. `sorted` is in the order of
  /// `comes_before`, without equals. Cost: O(n).
  void build(tree_memory& memory, std::span<const tree_entry> sorted);

 private:
  static constexpr std::size_t levels_max = 20;
  static constexpr unsigned roomy = 10; ///< a new node with at most this many has room to grow
  static constexpr unsigned built = 12; ///< entries of a node that is built, with room for a few

  /// The inner nodes above a leaf and the child taken in each, by level.
  struct path {
    struct step {
      tree_inner* node;
      unsigned at;
    };
    std::array<step, levels_max> steps;
    std::uint32_t root_level;
  };
  /// The leaf used last and the entries that belong there: [low, high), absent = open.
  struct finger {
    tree_leaf* leaf = nullptr;
    std::optional<tree_entry> low;
    std::optional<tree_entry> high;
  };
  struct child_entry {
    tree_entry least;
    tree_node* node;
  };
  /// A change among the children of an inner node: what takes the place of the child at a
  /// position, or is inserted behind it.
  struct edit {
    bool replace;
    std::array<child_entry, 2> fresh;
    unsigned count;
  };

  [[nodiscard]] bool less(const tree_entry& a, const tree_entry& b) const noexcept {
    return comes_before(order_, a, b);
  }
  [[nodiscard]] bool less(const tree_entry& a, const tree_node& node, unsigned slot) const noexcept;
  [[nodiscard]] unsigned position_in(const tree_node& node, slot_list slots,
                                     const tree_entry& entry) const noexcept;
  [[nodiscard]] tree_leaf* leaf_of(const tree_entry& entry);
  tree_leaf* descend(const tree_entry& entry, path& way);
  void divide(tree_memory& memory, tree_leaf* leaf, unsigned at, const tree_entry& entry);
  void apply_edit(tree_memory& memory, const path& way, std::uint32_t level, const edit& change);
  void rebuild_inner(tree_memory& memory, const path& way, std::uint32_t level, const edit& change);
  void add_root(tree_memory& memory, const edit& change);
  void remove_leaf(tree_memory& memory, tree_leaf* leaf, const tree_entry& entry);

  index_order order_;
  std::atomic<tree_node*> root_{nullptr};
  finger finger_;
  const stored_fact* last_inserted_ = nullptr;
};

/// Walks down several trees at once, by words alone, and asks for each next node while the others
/// are on their way, so that a change of all of them waits for memory once per level, not once per
/// tree and level. A hint: what it finds is not used. For the writer.
class tree_warming {
 public:
  void add(const fact_tree& tree, std::uint64_t first, std::uint64_t second) {
    if (const auto* root = tree.cold_root(first, second);
        root != nullptr && size_ < searches_.size())
      searches_[size_++] = {root, first, second};
  }
  /// Goes down to the leaves and forgets the searches.
  void run() noexcept;

 private:
  struct search {
    const tree_node* node;
    std::uint64_t first;
    std::uint64_t second;
  };
  [[nodiscard]] static bool step(search& s) noexcept;

  std::array<search, 64> searches_;
  std::size_t size_ = 0;
};

// -- implementation of what is generic ---

inline void tree_position::enter(const tree_leaf* leaf) noexcept {
  leaf_ = leaf;
  if (leaf_ != nullptr)
    slots_ = leaf_->published();
}

inline void tree_position::next() noexcept {
  ++at_;
  if (at_ + ahead < slots_.size())
    __builtin_prefetch(fact_at(at_ + ahead));
  else if (const auto* behind = leaf_->next.load(std::memory_order_relaxed); behind != nullptr)
    behind->prefetch();
  settle_forward();
}

inline void tree_position::previous() noexcept {
  if (at_ > ahead)
    __builtin_prefetch(fact_at(at_ - ahead - 1));
  else if (const auto* before = leaf_->previous.load(std::memory_order_relaxed); before != nullptr)
    before->prefetch();
  settle_backward();
}

inline void tree_position::settle_forward() noexcept {
  while (leaf_ != nullptr && at_ >= slots_.size()) {
    enter(leaf_->next.load(std::memory_order_acquire));
    at_ = 0;
    for (unsigned i = 0; i < std::min(ahead, slots_.size()) && leaf_ != nullptr; ++i)
      __builtin_prefetch(fact_at(i));
  }
}

inline void tree_position::settle_backward() noexcept {
  while (leaf_ != nullptr && at_ == 0) {
    enter(leaf_->previous.load(std::memory_order_acquire));
    at_ = leaf_ != nullptr ? slots_.size() : 0;
    for (unsigned i = at_; i > 0 && i + ahead > at_; --i)
      __builtin_prefetch(fact_at(i - 1));
  }
  if (leaf_ != nullptr)
    --at_;
}

namespace detail {

/// How many of the node's slots, in order, are before: a binary search.
template <class Before>
[[nodiscard]] unsigned count_before(const tree_node& node, slot_list slots, const Before& before) {
  unsigned low = 0;
  unsigned high = slots.size();
  while (low < high) {
    const auto middle = (low + high) / 2;
    const auto slot = slots[middle];
    if (before(node, slot))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

} // namespace detail

template <class Before>
tree_position fact_tree::seek(const Before& before) const {
  const tree_node* node = root_.load(std::memory_order_acquire);
  if (node == nullptr)
    return {};
  while (node->level != 0) {
    const auto slots = node->published();
    const auto n = detail::count_before(*node, slots, before);
    node = static_cast<const tree_inner*>(node)->child(slots[n == 0 ? 0 : n - 1]);
    node->prefetch();
  }
  const auto slots = node->published();
  return {static_cast<const tree_leaf*>(node), slots, detail::count_before(*node, slots, before)};
}

} // namespace weft
