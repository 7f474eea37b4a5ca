// The name of a database for life: 128 random bits, in every file, frame and cursor.
#pragma once

#include "weft/core/base/checksum.hpp"

#include <string>

namespace weft {

/// 128 bits drawn when the database is created; zero is "none".
struct database_id {
  hash128 value;
  friend constexpr auto operator<=>(const database_id&, const database_id&) noexcept = default;

  /// 32 lower-case hexadecimal digits.
  [[nodiscard]] std::string to_string() const {
    const auto raw = to_bytes(value);
    return to_hex({raw.data(), raw.size()});
  }
};

} // namespace weft
