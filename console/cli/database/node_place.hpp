// The database of a command on a node, through its client protocol (fabric/client).
#pragma once

#include "weft/console/cli/database/place.hpp"
#include "weft/fabric/client/endpoint.hpp"

namespace weft::console {

struct node_choice {
  std::vector<client::endpoint> endpoints; ///< tried in turn
  std::string cluster = {};                ///< the name it must have; "": whichever
  bool is_default = false;                 ///< nobody said where the database is
  bool strict = false;                     ///< undeclared attributes must be refused
  std::int64_t patience_us = 60'000'000;   ///< with a node that is away
};

[[nodiscard]] std::unique_ptr<database_place> place_of_node(node_choice where, session& in);

} // namespace weft::console
