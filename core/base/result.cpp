#include "weft/core/base/result.hpp"

namespace weft {

std::string_view error::field(std::string_view name) const noexcept {
  for (const auto& f : fields)
    if (f.name == name)
      return f.value;
  return {};
}

std::string error::to_string() const {
  std::string out{info(code).name};
  out += ": ";
  out += detail.empty() ? info(code).meaning : std::string_view{detail};
  if (fields.empty())
    return out;
  const char* separator = " (";
  for (const auto& f : fields) {
    out += separator;
    out += f.name;
    out += ' ';
    out += f.value;
    separator = ", ";
  }
  out += ')';
  return out;
}

} // namespace weft
