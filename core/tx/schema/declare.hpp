// Declarations of one transaction: which statements make or change which attributes, and the
// schema that follows from them. Whether existing facts allow it is judged later (change.hpp).
#pragma once

#include "weft/core/tx/schema/declaration.hpp"
#include "weft/core/tx/statements.hpp"

namespace weft::tx {

/// An attribute that is new, or not what it was.
struct schema_edit {
  attribute_id id;
  const attribute* before = nullptr; ///< null: new
  text_position at = {};
};

/// The schema on its way from before to after.
struct schema_draft {
  std::shared_ptr<const schema> before;
  std::shared_ptr<const schema> now; ///< before, and all edits
  std::vector<schema_edit> edits = {};
  std::vector<entity_id> unplaced = {}; ///< declared about, and no attribute as far as was known
  std::optional<error> nameless = {};   ///< one of them must be an attribute
  allocators next = {};

  [[nodiscard]] bool is_new(attribute_id a) const noexcept { return before->find(a) == nullptr; }
};

/// Reads the statements with built-in attributes in `statements` as declarations: binds tempids of
/// attributes, gives new ones their ids, adds what a declaration implies (:db/cardinality when it
/// was left out, :db/tupleAttrs of composites whose parts are renamed).
///
/// An attribute is known by its id or its :db/ident. A tempid that is one by another identity is
/// left in draft.unplaced: once that is found out, it is bound and everything read again
/// (plan.cpp). When nothing of that kind is found out, draft.nameless is why it is refused.
/// @errors schema_invalid{key, attribute ...}, reserved_attribute, datoms_conflict, tempid_conflict
/// Cost: O(statements); O(attributes), too, when something is declared.
[[nodiscard]] result<void> declare(schema_draft& draft, statement_list& statements,
                                   resolver& resolve, tempid_table& tempids);

/// The id of the next new attribute. Cost: O(1). @errors schema_invalid when there is none left
[[nodiscard]] result<attribute_id> allocate_attribute(schema_draft& draft);

} // namespace weft::tx
