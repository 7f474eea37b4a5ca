// The version of the library that is linked, as opposed to the headers that were compiled:
//
//     std::cout << "weft " << weft::version() << '\n';   // weft 0.1.0
//
// Thread rule: safe from any thread.
#pragma once

#include <string_view>

namespace weft {

/// The version as `major.minor.patch`, the one `find_package(Weft)` reports.
[[nodiscard]] std::string_view version() noexcept;

} // namespace weft
