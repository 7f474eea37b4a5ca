// Transactions as lines of JSON (docs/formats/json.md): one object per line. References are nested
// objects, as in EDN.
#pragma once

#include "facts.hpp"

namespace debian {

/// Appends {"db/ident":{"$keyword":"package/id"},"db/valueType":...} and a line end.
void append_json(std::string& out, const attribute& a);
/// Appends {"package/id":"bash=5.2.15-2+b7:amd64","package/name":{"package.name/text":"bash"},...}
/// and a line end.
void append_json(std::string& out, statement s);

} // namespace debian
