#include "weft/core/db/scan.hpp"

namespace weft {

namespace {

enum class part : std::uint8_t { entity, attribute, value };

constexpr std::array<part, 3> parts_of(index_order order) noexcept {
  switch (order) {
  case index_order::eavt:
    return {part::entity, part::attribute, part::value};
  case index_order::aevt:
    return {part::attribute, part::entity, part::value};
  case index_order::avet:
    return {part::attribute, part::value, part::entity};
  case index_order::vaet:
    break;
  }
  return {part::value, part::attribute, part::entity};
}

/// How a datom's component compares with the given one; nothing when none is given.
template <class T>
std::optional<std::strong_ordering> order(const T& of_datom, const std::optional<T>& given) {
  return given ? std::optional(of_datom <=> *given) : std::nullopt;
}

} // namespace

std::strong_ordering compare(index_order order_of_index, const datom_view& d,
                             const components& c) noexcept {
  for (const auto p : parts_of(order_of_index)) {
    const auto o = p == part::entity      ? order(d.entity, c.entity)
                   : p == part::attribute ? order(d.attribute, c.attribute)
                                          : order(d.value, c.value);
    if (!o)
      break;
    if (*o != 0)
      return *o;
  }
  return std::strong_ordering::equal;
}

} // namespace weft
