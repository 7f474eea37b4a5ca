// Scalars as text: the forms that EDN, JSON, CSV, the command line and the console share, each
// exact in both directions. Nothing here depends on a locale.
#pragma once

#include "weft/core/datom/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weft {

/// A place in a text, from 1; columns count code points. Line 0: no place.
struct text_position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const text_position&) const = default;
};

} // namespace weft
