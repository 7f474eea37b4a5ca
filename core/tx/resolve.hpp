// What operands mean: entities and values, against the view before the transaction.
//
// Values that are handed out point into the request, the view or the resolver; they live as long
// as the three do. Confined to one thread.
#pragma once

#include "weft/core/tx/plan.hpp"
#include "weft/core/tx/tempids.hpp"

#include <list>

namespace weft::tx {

/// A value of a unique attribute.
struct unique_key {
  attribute_id attribute;
  value_view value;
  bool operator==(const unique_key&) const = default;
};

struct unique_key_hash {
  std::size_t operator()(const unique_key& k) const noexcept {
    return static_cast<std::size_t>(hash_value(k.value)) ^ std::hash<attribute_id>()(k.attribute);
  }
};

class resolver {
 public:
  resolver(const tx_context& context, tempid_table& tempids) noexcept
      : context_(context), before_(context.before.schema()), after_(&before_), tempids_(tempids) {}

  /// From now on values are read by the schema after; entities are still looked up by the one
  /// before.
  void learn(const schema& after) noexcept { after_ = &after; }
  /// Back to the schema before.
  void unlearn() noexcept { after_ = &before_; }

  [[nodiscard]] const schema& schema_after() const noexcept { return *after_; }

  /// The entity that an operand names: an id, a tempid (string, negative number), a lookup ref, an
  /// ident, a :weft/name, this transaction. Cost: O(log n) where the view before is asked, else
  /// O(1).
  /// @errors unknown_entity, unknown_attribute, invalid_argument (a lookup ref by an attribute that
  /// is not unique), type_mismatch, malformed_transaction, value_too_large, invalid_value
  [[nodiscard]] result<entity_id> entity(const operand& x, text_position at);

  /// One value of `a`. Refs may be provisional. Cost: O(size), and that of `entity` for a ref.
  /// @errors type_mismatch{attribute, expected, found,
  /// value}, invalid_value, value_too_large, and those of `entity`
  [[nodiscard]] result<value_view> value(const attribute& a, const operand& x, text_position at);

  /// Whether a list is a lookup ref: two items, the first a keyword that names a unique attribute.
  [[nodiscard]] bool is_lookup(const operand& x) const noexcept;

  /// The entity that holds the value of a unique attribute in the view before, the lowest if the
  /// attribute was not unique then; nobody holds a composite that lacks a part. Asked once per
  /// value. Cost: O(log n), or O(facts of the attribute) if it was not indexed before.
  [[nodiscard]] std::optional<entity_id> holder(const attribute& a, value_view v);

  /// Keeps a value for as long as the resolver lives. Cost: a copy.
  [[nodiscard]] value_view keep(weft::value v) { return kept_.emplace_back(std::move(v)).view(); }

  /// How messages call an entity: by its number; one that this transaction makes, whose number
  /// means nothing when it is refused, by its tempid.
  [[nodiscard]] std::string name(entity_id e) const;
  /// "entity 17", or the name.
  [[nodiscard]] std::string phrase(entity_id e) const;

  /// Whether an id of the database was ever given out. Cost: O(1), by the allocators.
  [[nodiscard]] bool is_allocated(entity_id e) const noexcept;

 private:
  [[nodiscard]] result<entity_id> scalar_entity(const operand& x, text_position at);
  [[nodiscard]] result<entity_id> tempid(std::string_view name, text_position at);
  [[nodiscard]] result<entity_id> known(entity_id e) const;
  [[nodiscard]] result<entity_id> lookup(const operand& x, text_position at);
  [[nodiscard]] result<const std::vector<operand>*> elements_of(const attribute& a,
                                                                const operand& x);
  [[nodiscard]] result<value_view> tuple(const attribute& a, const operand& x, text_position at);
  [[nodiscard]] result<value_view> vector(const attribute& a, const operand& x);
  [[nodiscard]] result<value_view> scalar(const attribute& a, const operand& x) const;
  [[nodiscard]] std::optional<entity_id> find_holder(const attribute& a, value_view v) const;

  const tx_context& context_;
  const schema& before_;
  const schema* after_;
  tempid_table& tempids_;
  // Lists: most transactions keep nothing, and an empty deque is an allocation of 500 bytes.
  std::list<weft::value> kept_;
  std::list<std::vector<operand>> elements_; ///< of tuples
  std::unordered_map<unique_key, std::optional<entity_id>, unique_key_hash> holders_;
};

/// The types of a composite, heterogeneous or homogeneous tuple with `size` elements; empty when
/// there is no such tuple of `a`. Cost: O(size).
[[nodiscard]] std::vector<value_type> element_types(const schema& s, const attribute& a,
                                                    std::size_t size);

} // namespace weft::tx
