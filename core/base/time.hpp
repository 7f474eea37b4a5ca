// Points in time. Core has no clock: instants come in as arguments.
#pragma once

#include "weft/core/base/strong.hpp"

namespace weft {

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
using instant = strong<struct instant_tag, std::int64_t>;

} // namespace weft
