// What a database needs so that it can be compared with the model.
#pragma once

#include "model.hpp"

namespace weft::test {

/// :fn/inc and :fn/fail, as the model knows them.
[[nodiscard]] tx_functions model_functions();

/// All that is live in a view, but for the instants of transactions.
[[nodiscard]] model_facts facts_of(const view& db);

} // namespace weft::test
