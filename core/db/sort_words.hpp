// The two words in front of each fact in a tree: they agree with the order of the facts as far as
// they go, so that a search seldom has to look at a fact. Only facts with equal words are compared.
//
//   order | first                      | second
//   eavt  | entity                     | attribute, 44 bits of the value
//   aevt  | entity                     | value           (a tree per attribute)
//   avet  | value                      | the rest of a short value and its entity, or more of it
//   vaet  | value, an entity           | attribute, 44 bits of the entity
#pragma once

#include "weft/core/db/scan.hpp"
#include "weft/core/db/tree_node.hpp"

namespace weft {

/// The beginning of a value: a < b makes a's words not greater than b's, for values of one type.
struct value_words {
  std::uint64_t first;
  std::uint64_t second;
  unsigned rest_bits; ///< of second's low end that are free when the others tell values apart, or 0
};
[[nodiscard]] value_words words_of(value_view v) noexcept;

/// The least entity of a shard: entities count from here where they have less than a word.
[[nodiscard]] inline entity_id origin_of(shard_id shard) noexcept {
  return entity::make(shard, 0);
}

/// The words of a fact in the tree of an order (of its attribute, in aevt and avet).
struct sort_words {
  std::uint64_t first;
  std::uint64_t second;
};
[[nodiscard]] sort_words words_of(index_order order, entity_id e, attribute_id a, value_view v,
                                  entity_id origin) noexcept;

[[nodiscard]] inline tree_entry entry_of(index_order order, const stored_fact& fact,
                                         entity_id origin) noexcept {
  const auto words = words_of(order, fact.entity(), fact.attribute(), fact.value(), origin);
  return {words.first, words.second, &fact};
}

/// Leading components as a place in a tree: compares entries with them, equal when all given ones
/// are. Points at the components, which must outlive it.
class tree_bound {
 public:
  /// `attribute_type` is that of the values in the tree (eavt: of the given attribute), nothing
  /// when there are none. A value of another type has no words; it is compared in full.
  tree_bound(index_order order, const components& at, entity_id origin,
             std::optional<value_type> attribute_type) noexcept;

  /// How the entry in a slot compares with the components.
  [[nodiscard]] std::strong_ordering operator()(const tree_node& node,
                                                unsigned slot) const noexcept {
    if (const auto masked = node.first[slot] & first_mask_; masked != first_)
      return masked <=> first_;
    if (second_mask_ != 0)
      if (const auto masked = node.second[slot] & second_mask_; masked != second_)
        return masked <=> second_;
    return decided_ ? std::strong_ordering::equal : compare(order_, node.fact(slot)->view(), *at_);
  }

 private:
  static constexpr std::uint64_t all = ~std::uint64_t{0};

  void set_first(std::uint64_t word) noexcept;
  void set_second(std::uint64_t word, std::uint64_t mask) noexcept;
  void set_eavt(std::optional<value_type> attribute_type) noexcept;
  void set_value(std::optional<value_type> attribute_type, entity_id origin) noexcept;
  void set_vaet(entity_id origin) noexcept;
  /// The attribute as the beginning of the second word; false when no attribute has this id.
  [[nodiscard]] bool set_attribute() noexcept;

  std::uint64_t first_ = 0;
  std::uint64_t first_mask_ = 0;
  std::uint64_t second_ = 0;
  std::uint64_t second_mask_ = 0;
  const components* at_;
  index_order order_;
  bool decided_ = true; ///< the words say all
};

} // namespace weft
