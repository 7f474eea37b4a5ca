#include "weft/core/base/bytes.hpp"

namespace weft {

std::string to_hex(bytes_view in) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(in.size() * 2);
  for (const char c : in) {
    const auto u = static_cast<unsigned char>(c);
    out.push_back(digits[u >> 4U]);
    out.push_back(digits[u & 15U]);
  }
  return out;
}

} // namespace weft
