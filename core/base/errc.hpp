// Error codes: one row each of errc.def, which is the only place that says what a code means.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weft {

enum class errc : std::uint16_t {
#define WEFT_ERRC(name, number, meaning, retryable, http, exit) name = number,
#include "weft/core/base/errc.def"
#undef WEFT_ERRC
};

/// A row of the table.
struct errc_info {
  errc code;
  std::string_view name;    ///< as in errc.def, e.g. "unique_conflict"
  std::string_view meaning; ///< one line for people
  bool retryable;           ///< the same request may succeed later, unchanged
  int http_status;
  int exit_code;
};

/// All rows, in the order of errc.def.
[[nodiscard]] std::span<const errc_info> all_errc() noexcept;

/// The row of `code`.
[[nodiscard]] const errc_info& info(errc code) noexcept;

/// The row called `name`, e.g. from a message of another node.
[[nodiscard]] std::optional<errc> errc_from_name(std::string_view name) noexcept;

} // namespace weft
