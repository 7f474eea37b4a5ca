// What `weft status` tells of any database, wherever it is.
#pragma once

#include "weft/console/cli/output/printer.hpp"
#include "weft/core/base/database_id.hpp"

namespace weft::console {

struct database_figures {
  database_id database;
  tx_number t;
  instant when; ///< of t
  hash128 chain;
  std::uint64_t facts_live = 0;
  std::uint64_t facts_history = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t log_segments = 0;
  std::uint64_t index_bytes = 0;
};

/// A field for each, and what a fact takes.
void add_figures(document& to, const database_figures& now);

} // namespace weft::console
