// The database of a command in a folder of this machine, without a node.
#pragma once

#include "weft/console/cli/database/place.hpp"

namespace weft::console {

[[nodiscard]] std::unique_ptr<database_place> place_of_folder(std::string folder, bool strict,
                                                              session& in);

} // namespace weft::console
