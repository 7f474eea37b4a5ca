// The nodes of a fact_tree, and the memory they live in.
//
// A node has 14 slots that are written once: nothing in a slot changes after it was published.
// Which slots count, and in which order, is said by one word, so that a reader who has loaded that
// word has a consistent, sorted node, whatever the writer does next.
#pragma once

#include "weft/core/db/stored_fact.hpp"

#include <deque>

namespace weft {

/// The slots of a node that count, in order: 4 bits how many, 4 bits how many slots were ever
/// written, then 4 bits for each.
class slot_list {
 public:
  static constexpr unsigned capacity = 14;

  constexpr slot_list() noexcept = default;
  constexpr explicit slot_list(std::uint64_t word) noexcept : word_(word) {}
  /// Slots 0 .. n - 1.
  [[nodiscard]] static constexpr slot_list first(unsigned n) noexcept {
    return slot_list((0xDCBA9876543210ULL & ((1ULL << (4 * n)) - 1)) << head_bits | n << 4U | n);
  }

  [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; }
  [[nodiscard]] constexpr unsigned size() const noexcept {
    return static_cast<unsigned>(word_ & 0xFU);
  }
  [[nodiscard]] constexpr unsigned written() const noexcept {
    return static_cast<unsigned>(word_ >> 4U & 0xFU);
  }
  [[nodiscard]] constexpr unsigned operator[](unsigned i) const noexcept {
    return static_cast<unsigned>(word_ >> (head_bits + 4 * i) & 0xFU);
  }
  /// The next slot to write becomes the one at `i`. Requires written() < capacity.
  [[nodiscard]] constexpr slot_list with_next_at(unsigned i) const noexcept {
    const auto below = (1ULL << (head_bits + 4 * i)) - 1;
    const auto fresh = std::uint64_t{written()} << (head_bits + 4 * i);
    return slot_list(((word_ & below) | fresh | (word_ & ~below) << 4U) + 0x11U);
  }
  [[nodiscard]] constexpr slot_list without(unsigned i) const noexcept {
    const auto below = (1ULL << (head_bits + 4 * i)) - 1;
    return slot_list(((word_ & below) | (word_ >> 4U & ~below)) - 1);
  }

 private:
  static constexpr unsigned head_bits = 8;
  std::uint64_t word_ = 0;
};

/// What a tree is sorted by: two words that agree with the order of the facts as far as they go
/// (sort_words.hpp), then the facts themselves.
struct tree_entry {
  std::uint64_t first;
  std::uint64_t second;
  const stored_fact* fact;
};

/// What leaves and inner nodes begin with. A search reads two cache lines of it, and the one word
/// in the next two that it is after (`link`).
struct alignas(64) tree_node {
  explicit tree_node(std::uint32_t its_level) noexcept : level(its_level) {}

  std::atomic<std::uint64_t> slots{0};
  std::uint32_t level; ///< 0 = leaf
  std::uint64_t first[slot_list::capacity];
  union {
    const stored_fact* fact; ///< of a leaf
    tree_node* child;        ///< of an inner node
  } link[slot_list::capacity];
  std::uint64_t second[slot_list::capacity];

  [[nodiscard]] slot_list published() const noexcept {
    return slot_list(slots.load(std::memory_order_acquire));
  }
  void publish(slot_list list) noexcept { slots.store(list.word(), std::memory_order_release); }
  /// The fact of a leaf's entry, of the least entry of an inner node's child.
  [[nodiscard]] inline const stored_fact* fact(unsigned slot) const noexcept;
  [[nodiscard]] tree_entry entry(unsigned slot) const noexcept {
    return {first[slot], second[slot], fact(slot)};
  }
  /// Asks for what a search will read.
  void prefetch() const noexcept {
    const auto* at = reinterpret_cast<const char*>(this);
    for (std::size_t line = 0; line < 4; ++line)
      __builtin_prefetch(at + 64 * line);
  }
};

struct tree_leaf : tree_node {
  tree_leaf() noexcept : tree_node(0) {}
  void write(unsigned slot, const tree_entry& e) noexcept {
    first[slot] = e.first;
    second[slot] = e.second;
    link[slot].fact = e.fact;
  }

  std::atomic<tree_leaf*> next{nullptr};
  std::atomic<tree_leaf*> previous{nullptr};
};

/// Children by the least entry that belongs to each; what is less than all belongs to the first.
struct tree_inner : tree_node {
  explicit tree_inner(std::uint32_t its_level) noexcept : tree_node(its_level) {}
  void write(unsigned slot, const tree_entry& its_least, tree_node* its_child) noexcept {
    first[slot] = its_least.first;
    second[slot] = its_least.second;
    least[slot] = its_least.fact;
    link[slot].child = its_child;
  }
  [[nodiscard]] tree_node* child(unsigned slot) const noexcept { return link[slot].child; }

  const stored_fact* least[slot_list::capacity];
};

inline const stored_fact* tree_node::fact(unsigned slot) const noexcept {
  return level == 0 ? link[slot].fact : static_cast<const tree_inner*>(this)->least[slot];
}

static_assert(sizeof(tree_leaf) == 384 && sizeof(tree_inner) == 512);

/// Where nodes come from and go to. A node that was replaced may still be read by those who found
/// it before; it is used again when the caller says that nobody can. Confined to the writer.
class tree_memory {
 public:
  [[nodiscard]] tree_leaf* new_leaf();
  [[nodiscard]] tree_inner* new_inner(std::uint32_t level);

  /// Views of a basis below `first_safe` may still read what is retired from now on.
  void set_first_safe(tx_number first_safe) noexcept { first_safe_ = first_safe; }
  void retire(tree_node* node);
  /// Every open view has at least this basis: nodes retired for smaller ones are free.
  void recycle(tx_number oldest_open);

  [[nodiscard]] std::size_t bytes() const noexcept { return arena_.bytes(); }

 private:
  struct retired_node {
    tx_number first_safe;
    tree_node* node;
  };

  arena arena_;
  std::vector<tree_node*> free_leaves_;
  std::vector<tree_node*> free_inners_;
  std::deque<retired_node> retired_;
  tx_number first_safe_;
};

} // namespace weft
