// Where a node takes clients: "127.0.0.1:7400", "[::1]:7400", "unix:/run/weft/n1.sock" or just the
// path of a socket, which begins with "/" or "./".
#pragma once

#include "weft/core/cluster/address.hpp"

#include <variant>
#include <vector>

namespace weft::client {

struct socket_path {
  std::string path;
  bool operator==(const socket_path&) const = default;
};

struct endpoint {
  std::variant<listen_address, socket_path> at;
  [[nodiscard]] std::string to_string() const;
  bool operator==(const endpoint&) const = default;
};

/// @errors invalid_value: the detail is one clause that names the mistake. Cost: O(size).
[[nodiscard]] result<endpoint> parse_endpoint(std::string_view text);
/// Several, with commas between. @errors as parse_endpoint; invalid_value for none
[[nodiscard]] result<std::vector<endpoint>> parse_endpoints(std::string_view text);

} // namespace weft::client
