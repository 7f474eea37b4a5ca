// From statements to changes: what really becomes different. Replaced values are taken back, what
// is there already is not said again, and statements that contradict each other are found.
#pragma once

#include "weft/core/tx/statements.hpp"

namespace weft::tx {

/// A datom in the making; its value belongs to the request, the resolver or the view.
struct change {
  entity_id entity = {};
  const attribute* about = nullptr; ///< of the schema after
  value_view value = {};
  bool added = true;
  text_position at = {}; ///< of the operation that it comes from
};

/// Stream order: by entity and attribute, retractions before assertions, then by value.
[[nodiscard]] bool in_stream_order(const change& a, const change& b) noexcept;

using change_list = std::vector<change>;

/// Whether `changes`, in stream order, take back (e, a, v). Cost: O(log n).
[[nodiscard]] bool takes_back(const change_list& changes, entity_id e, attribute_id a,
                              value_view v) noexcept;

/// What a transaction's statements meet: the live facts of the view before.
class live_facts {
 public:
  live_facts(const tx_context& context, resolver& resolve) noexcept
      : context_(context), resolve_(resolve) {}

  /// Entities of this transaction have no facts yet, and none are looked for.
  [[nodiscard]] bool is_new(entity_id e) const noexcept;
  [[nodiscard]] bool has(entity_id e, attribute_id a, value_view v) const;
  /// The live values, in order; they live as long as the resolver.
  [[nodiscard]] std::vector<value_view> values(entity_id e, attribute_id a) const;
  /// A walk over the live facts that match.
  [[nodiscard]] std::unique_ptr<datom_cursor> scan(index_order order,
                                                   const components& match) const;
  /// For messages, as resolver::name and resolver::phrase.
  [[nodiscard]] std::string name(entity_id e) const { return resolve_.name(e); }
  [[nodiscard]] std::string phrase(entity_id e) const { return resolve_.phrase(e); }
  [[nodiscard]] value_view keep(value_view v) const { return resolve_.keep(value(v)); }

 private:
  const tx_context& context_;
  resolver& resolve_;
};

/// Adds to `statements` what the removal of entities takes back: their facts, the references to
/// them, and their components likewise. Cost: O(facts taken back).
/// @errors schema_invalid for an attribute; reserved_attribute; transaction_too_large
[[nodiscard]] result<void> expand_removals(const std::vector<removal>& removals, const schema& now,
                                           const live_facts& live, statement_list& statements);

/// The changes, in stream order. All entities are known by now. Sorts the statements.
/// @errors datoms_conflict{attribute, entity, value, other}, cas_failed{attribute, entity,
/// expected, found}
/// Cost: O(n log n) in statements, O(log facts) for each about an entity that existed.
[[nodiscard]] result<change_list> settle(statement_list& statements, const live_facts& live);

} // namespace weft::tx
