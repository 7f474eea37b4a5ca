// Where a database is to be found by its name: said by the caller, else by a configuration file,
// else by WEFT_ENDPOINTS ("127.0.0.1:7402,n2.example.org:7401").
#pragma once

#include "weft/core/cluster/address.hpp"

#include <string>
#include <vector>

namespace weft::fabric {

struct endpoint_sources {
  std::vector<listen_address> given = {};
  std::string config_file = {};      ///< "": none
  const char* environment = nullptr; ///< value of WEFT_ENDPOINTS; null: not set
};

/// The endpoints of the first source that names any. Reads the file.
/// @errors invalid_argument when no source does; invalid_value for text that is no address, or
/// nodes without a peer address; cluster_mismatch when the file is of another cluster than `name`;
/// config_invalid; io_error
[[nodiscard]] result<std::vector<listen_address>> resolve_endpoints(const std::string& name,
                                                                    const endpoint_sources& from);

} // namespace weft::fabric
