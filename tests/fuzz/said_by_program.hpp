// The same transaction as a program would say it: with tempid(), this_transaction() and the entity
// beside the map, where text has strings, keywords and :db/id.
#pragma once

#include "weft/core/tx/request.hpp"

namespace weft::test {

[[nodiscard]] tx_request said_by_program(const tx_request& text);

} // namespace weft::test
