// Flexible schema: attributes that nobody declared are declared by their first use, in the same
// transaction. A value says its type, a list that there may be many, a nested map without a name
// that it is a component.
#pragma once

#include "weft/core/tx/schema/declare.hpp"

namespace weft::tx {

/// Declares what `facts` add about attributes that `draft` does not know: schema, ids, statements.
/// @errors unknown_attribute{attribute, nearest} in strict mode, for names of the database's own,
/// and when facts are only taken back; type_mismatch{attribute, expected, found, value} when two
/// uses differ or one says no type; invalid_value for a name that is none
/// Cost: O(facts); O(attributes), too, when something is declared.
[[nodiscard]] result<void> infer(schema_draft& draft, const std::vector<raw_fact>& facts,
                                 schema_mode mode, statement_list& statements, resolver& resolve);

} // namespace weft::tx
