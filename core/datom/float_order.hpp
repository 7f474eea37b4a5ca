// Floating point numbers as unsigned integers of the same order: the sign bit is flipped, negative
// numbers are complemented. Every bit pattern has its own place: -0.0 just below 0.0, NaNs at the
// two ends. Keys hold these integers and comparisons use them, so that the two cannot disagree.
// @source IEEE 754-2008, 5.10 (totalOrder)
#pragma once

#include <bit>
#include <cstdint>

namespace weft {

[[nodiscard]] constexpr std::uint64_t float_order(double x) noexcept {
  const auto u = std::bit_cast<std::uint64_t>(x);
  return u >> 63U != 0 ? ~u : u | 1ULL << 63U;
}
[[nodiscard]] constexpr std::uint32_t float_order(float x) noexcept {
  const auto u = std::bit_cast<std::uint32_t>(x);
  return u >> 31U != 0 ? ~u : u | 1U << 31U;
}

/// The number at this place of the order.
[[nodiscard]] constexpr double double_from_order(std::uint64_t place) noexcept {
  return std::bit_cast<double>(place >> 63U != 0 ? place & ~(1ULL << 63U) : ~place);
}
[[nodiscard]] constexpr float float_from_order(std::uint32_t place) noexcept {
  return std::bit_cast<float>(place >> 31U != 0 ? place & ~(1U << 31U) : ~place);
}

} // namespace weft
