// The two words in front of each fact in a tree: they agree with the order of the facts as far as
// they go, so that a search seldom has to look at a fact. Only facts with equal words are compared.
//
//   order | first                      | second
//   eavt  | entity                     | attribute, 44 bits of the value
//   aevt  | entity                     | value           (a tree per attribute)
//   avet  | value                      | entity, or more of a value that does not fit one word
//   vaet  | value, an entity           | attribute, 44 bits of the entity
#pragma once

#include "weft/core/db/scan.hpp"
#include "weft/core/db/tree_node.hpp"

namespace weft {

/// The beginning of a value: a < b makes a's words not greater than b's, for values of one type.
struct value_words {
  std::uint64_t first;
  std::uint64_t second;
  bool whole; ///< first alone tells values apart
};
[[nodiscard]] value_words words_of(value_view v) noexcept;

/// The least entity of a shard: second words of vaet count from here.
[[nodiscard]] inline entity_id origin_of(shard_id shard) noexcept {
  return entity::make(shard, 0);
}

/// The entry of a fact in the tree of an order (of its attribute, in aevt and avet).
[[nodiscard]] tree_entry entry_of(index_order order, const stored_fact& fact,
                                  entity_id origin) noexcept;

/// Leading components as a place in a tree: compares entries with them, equal when all given ones
/// are. Holds the components, and long values only as long as their owner does.
class tree_bound {
 public:
  /// `attribute_type` is that of the values in the tree (eavt: of the given attribute), nothing
  /// when there are none. A value of another type has no words; it is compared in full.
  tree_bound(index_order order, const components& at, entity_id origin,
             std::optional<value_type> attribute_type) noexcept;

  /// How the entry (its words, its fact) compares with the components.
  [[nodiscard]] std::strong_ordering operator()(std::uint64_t first, std::uint64_t second,
                                                const stored_fact* fact) const noexcept {
    if (const auto masked = first & first_mask_; masked != first_)
      return masked <=> first_;
    if (const auto masked = second & second_mask_; masked != second_)
      return masked <=> second_;
    return decided_ ? std::strong_ordering::equal : compare(order_, fact->view(), at_);
  }

 private:
  static constexpr std::uint64_t all = ~std::uint64_t{0};

  void set_first(std::uint64_t word) noexcept;
  void set_second(std::uint64_t word, std::uint64_t mask) noexcept;
  void set_value(std::optional<value_type> attribute_type) noexcept;

  std::uint64_t first_ = 0;
  std::uint64_t first_mask_ = 0;
  std::uint64_t second_ = 0;
  std::uint64_t second_mask_ = 0;
  bool decided_ = true;
  index_order order_;
  components at_;
};

} // namespace weft
