// Where a node listens: "127.0.0.1:7400", "localhost:7400", "[::1]:7400", "n1.example.org:7400".
// Text only: nothing is resolved, no system is asked.
//
//   WEFT_TRY(const auto at, parse_address("[::1]:7400"));
//   at.is_loopback(); at.to_string();
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdint>

namespace weft {

struct listen_address {
  std::string host;       ///< without brackets, as it was written
  std::uint16_t port = 0; ///< 0: the system picks one

  /// Whether nobody outside the machine can reach it: 127.0.0.0/8, ::1, localhost.
  [[nodiscard]] bool is_loopback() const;
  /// Whether it stands for every address of the machine: 0.0.0.0 or ::.
  [[nodiscard]] bool is_wildcard() const;
  /// As parse_address reads it.
  [[nodiscard]] std::string to_string() const;
  bool operator==(const listen_address&) const = default;
};

/// HOST:PORT; a host of digits and dots is an IPv4 address, one in brackets an IPv6 address (groups
/// of hexadecimal digits), anything else a name of letters, digits, hyphens and dots, at most
/// limits::host_bytes_max bytes. Cost: O(size).
/// @errors invalid_value; the detail is one clause that names the mistake
[[nodiscard]] result<listen_address> parse_address(std::string_view text);

} // namespace weft
