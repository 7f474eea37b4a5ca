// Facts and transactions as output: the same keys in every command.
#pragma once

#include "weft/console/cli/database/open_database.hpp"
#include "weft/console/cli/output/printer.hpp"

#include <array>

namespace weft::console {

/// e, a, v, t, added.
[[nodiscard]] std::vector<std::string> fact_columns();
/// The cells of fact_columns(); they point into `d` and `s`.
[[nodiscard]] std::array<cell, 5> fact_row(const schema& s, const datom_view& d);
/// An attribute's ident, or its number where the schema does not know it.
[[nodiscard]] cell attribute_cell(const schema& s, attribute_id a);

/// A transaction: t, instant, request (when it has an id), tempids, datoms. Points into its
/// arguments.
[[nodiscard]] document transaction_document(const schema& s, const record_view& r);
[[nodiscard]] document transaction_document(const transaction_report& r);

} // namespace weft::console
