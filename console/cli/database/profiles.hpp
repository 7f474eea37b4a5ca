// Named places of clusters, for --profile. A file of the user's:
//
//   {"profiles": {"prod": {"endpoints": ["n1:7400", "unix:/run/weft/n1.sock"], "cluster": "shop"}}}
//
// $XDG_CONFIG_HOME/weft/profiles.json, or ~/.config/weft/profiles.json.
#pragma once

#include "weft/fabric/client/endpoint.hpp"

namespace weft::console {

struct profile {
  std::vector<client::endpoint> endpoints; ///< at least one
  std::string cluster = {};                ///< "": whichever answers
};

/// The profile of that name in `text`; `path` is what errors call it.
/// @errors config_invalid{line, column} naming the mistake; usage{nearest} when it has no such name
[[nodiscard]] result<profile> profile_called(const std::string& name, const std::string& text,
                                             const std::string& path);

/// Reads the file. @errors as profile_called; usage when there is none; access_denied, io_error
[[nodiscard]] result<profile> read_profile(const std::string& name);
/// Names in the file; none when it cannot be read.
[[nodiscard]] std::vector<std::string> profile_names();

} // namespace weft::console
