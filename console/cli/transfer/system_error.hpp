// What the system said about a file that a person named.
#pragma once

#include "weft/core/base/result.hpp"

#include <string>

namespace weft::console {

/// "cannot read facts.edn: Permission denied". `code` is an errno.
/// not_found, access_denied, disk_full or io_error.
[[nodiscard]] error system_error(std::string_view tried, std::string_view path, int code);

} // namespace weft::console
