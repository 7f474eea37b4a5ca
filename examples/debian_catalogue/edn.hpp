// Transactions as EDN text: one entity map per line. A reference is a nested map with the
// identity alone, not a lookup ref, so lines can be split into transactions anywhere.
#pragma once

#include "facts.hpp"

namespace debian {

/// Appends {:db/ident :package/id :db/valueType :db.type/string ...} and a line end.
void append_edn(std::string& out, const attribute& a);
/// Appends {:package/id "bash=5.2.15-2+b7:amd64" :package/name {:package.name/text "bash"} ...}
/// and a line end.
void append_edn(std::string& out, statement s);

} // namespace debian
