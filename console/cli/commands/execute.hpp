// Executes one transaction and prints its report: what tx and schema import have in common.
#pragma once

#include "weft/console/cli/session.hpp"

namespace weft::console {

struct execution {
  std::string id = {}; ///< request id as text, "" for none
  bool dry_run = false;
};

/// @errors usage for an id that is no uuid; those of database::transact
[[nodiscard]] result<void> execute(session& in, const tx_request& request, const execution& how);

} // namespace weft::console
