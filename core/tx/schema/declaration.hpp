// A declaration: what facts say about one attribute, key by key, before anybody has judged it.
// Reading it gives an `attribute`; transactions and the replay of records read it the same way.
#pragma once

#include "weft/core/datom/schema.hpp"

namespace weft::tx {

/// Whether `a` is one of the built-in attributes that describe attributes.
[[nodiscard]] constexpr bool describes_attributes(attribute_id a) noexcept {
  return a >= builtin::ident && a <= builtin::check;
}

/// Likewise, and an entity that has it is an attribute. :db/ident and :db/doc are for all.
[[nodiscard]] constexpr bool makes_attribute(attribute_id a) noexcept {
  return describes_attributes(a) && a != builtin::ident && a != builtin::doc;
}

class declaration {
 public:
  declaration() = default;
  /// What the facts of an attribute of `s` say.
  declaration(const attribute& a, const schema& s);

  /// Takes over a fact; of two values the later one counts.
  void add(attribute_id key, value_view v) { at(key) = value(v); }
  void retract(attribute_id key, value_view v) {
    if (at(key) && at(key)->view() == v)
      at(key).reset();
  }
  void retract(attribute_id key) { at(key).reset(); }

  [[nodiscard]] const std::optional<value>& operator[](attribute_id key) const {
    return keys_[key.get()];
  }
  /// The text under :db/ident, without the colon; "" when it has none.
  [[nodiscard]] std::string ident() const;

  /// The attribute, all but tuple_of, which needs the other attributes.
  /// @errors schema_invalid{key, attribute ...}: the first key that is missing or wrong
  /// Cost: O(size of its texts).
  [[nodiscard]] result<attribute> read(attribute_id id) const;

  /// Fills in a.tuple_of. Parts are called as in `names`, or else as in `others`.
  /// @errors schema_invalid{key, attribute}: parts that cannot be parts
  /// Cost: O(parts).
  [[nodiscard]] result<void> read_parts(attribute& a, const schema& names,
                                        const schema& others) const;

 private:
  [[nodiscard]] std::optional<value>& at(attribute_id key) { return keys_[key.get()]; }
  [[nodiscard]] result<void> read_tuple(attribute& a) const;
  [[nodiscard]] result<void> read_flags(attribute& a) const;

  std::array<std::optional<value>, builtin::check.get() + 1> keys_; // index = id of the key
};

/// "[:user/first :user/last]": the value of :db/tupleAttrs.
[[nodiscard]] std::string parts_text(const attribute& composite, const schema& s);

/// schema_invalid{key, attribute}
[[nodiscard]] error invalid_declaration(std::string_view key, const std::string& ident,
                                        std::string detail);

/// Names that users cannot give: :db/..., :weft/..., and what begins with "db." or "weft.", but for
/// :weft.node/..., which nodes declare as anybody declares something.
[[nodiscard]] bool is_reserved_name(std::string_view ident) noexcept;

/// Whether an attribute can have this name: none begins with _ behind its slash, where that turns
/// a reference round. Cost: O(size). @errors schema_invalid{key, attribute}
[[nodiscard]] result<void> check_name(const std::string& ident);

} // namespace weft::tx
