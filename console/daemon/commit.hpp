// Of which sources a program was made. The definition is a file of its own that the build makes
// (cmake/WeftCommit.cmake): another commit compiles that file and links one program again.
#pragma once

#include <string_view>

namespace weft::console {

/// "31ffad209c1e", "31ffad209c1e-dirty" with changes that were not committed, or "unknown".
[[nodiscard]] std::string_view source_commit() noexcept;

} // namespace weft::console
