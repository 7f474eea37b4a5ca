// Errors of transactions: what they say, and the fields programs read. One spelling for all phases.
#pragma once

#include "weft/core/tx/operand.hpp"
#include "weft/core/tx/tempids.hpp"

namespace weft {
struct attribute;
}

namespace weft::tx {

/// ":user/name"
[[nodiscard]] std::string name_of(const attribute& a);
/// "17"
[[nodiscard]] std::string name_of(entity_id e);
/// EDN, cut after some 200 bytes.
[[nodiscard]] std::string text_of(value_view v);
/// EDN, cut after some 200 bytes; how deep it is does not matter.
[[nodiscard]] std::string text_of(const operand& x);
/// "string", "list", "nil" ...: what somebody wrote where something else belongs.
[[nodiscard]] std::string_view kind_of(const operand& x) noexcept;

/// Complete EDN of an operand of at most limits::nesting_depth_max levels.
[[nodiscard]] std::string edn_of(const operand& x);

/// type_mismatch{attribute, expected, found, value}
[[nodiscard]] error mismatch(std::string_view ident, std::string_view expected, const operand& x);
[[nodiscard]] error mismatch(const attribute& a, std::string_view expected, const operand& x);
/// The same where a reference was written as the place of a fact.
[[nodiscard]] error mismatch_of_ref(std::string_view ident, std::string_view expected);

/// `e` with the field attribute, unless it has one.
[[nodiscard]] error about(const attribute& a, error e);
/// `e` with the fields line and column of an operation that was text, unless it has them.
[[nodiscard]] error located(text_position where, error e);

} // namespace weft::tx
