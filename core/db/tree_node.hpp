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

struct alignas(64) tree_node {
  std::atomic<std::uint64_t> slots{0};
  std::uint32_t level; ///< 0 = leaf
  // Words apart, because a search reads many of `first` and few of the others.
  std::uint64_t first[slot_list::capacity];
  std::uint64_t second[slot_list::capacity];
  const stored_fact* fact[slot_list::capacity];

  explicit tree_node(std::uint32_t its_level) noexcept : level(its_level) {}
  [[nodiscard]] slot_list published() const noexcept {
    return slot_list(slots.load(std::memory_order_acquire));
  }
  void publish(slot_list list) noexcept { slots.store(list.word(), std::memory_order_release); }
  [[nodiscard]] tree_entry entry(unsigned slot) const noexcept {
    return {first[slot], second[slot], fact[slot]};
  }
  void write(unsigned slot, const tree_entry& e) noexcept {
    first[slot] = e.first;
    second[slot] = e.second;
    fact[slot] = e.fact;
  }
};

struct tree_leaf : tree_node {
  std::atomic<tree_leaf*> next{nullptr};
  std::atomic<tree_leaf*> previous{nullptr};
  tree_leaf() noexcept : tree_node(0) {}
};

/// Children by the least entry that belongs to each; what is less than all belongs to the first.
struct tree_inner : tree_node {
  tree_node* child[slot_list::capacity];
  explicit tree_inner(std::uint32_t its_level) noexcept : tree_node(its_level) {}
};

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
