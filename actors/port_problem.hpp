// Why nobody can listen at an address, as the operating system says it: CAF keeps that to itself.
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdint>
#include <string>

namespace weft::actors {

/// Tries to take the port, and gives it back. Blocks as looking up a host does.
/// @return address_in_use, access_denied, or unreachable for anything else; with the address
[[nodiscard]] error port_problem(const std::string& host, std::uint16_t port);

} // namespace weft::actors
