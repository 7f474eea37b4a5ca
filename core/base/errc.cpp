#include "weft/core/base/errc.hpp"

#include "weft/core/base/assert.hpp"

#include <array>

namespace weft {

namespace {

constexpr auto rows = std::to_array<errc_info>({
#define WEFT_ERRC(name, number, meaning, retryable, http, exit)                                    \
  {errc::name, #name, meaning, retryable, http, exit},
#include "weft/core/base/errc.def"
#undef WEFT_ERRC
});

} // namespace

std::span<const errc_info> all_errc() noexcept {
  return rows;
}

const errc_info& info(errc code) noexcept {
  for (const auto& row : rows)
    if (row.code == code)
      return row;
  WEFT_ASSERT(false && "every errc is a row of errc.def");
  return rows[0];
}

std::optional<errc> errc_from_name(std::string_view name) noexcept {
  for (const auto& row : rows)
    if (row.name == name)
      return row.code;
  return std::nullopt;
}

} // namespace weft
