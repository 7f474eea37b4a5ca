#include "weft/core/datom/json_places.hpp"

namespace weft {

json_complaint explain_json_error(const place_tracker& places, std::string_view what) {
  const bool unexpected = what.find(" - unexpected ") != std::string_view::npos;
  const auto begin = what.find(" - ");
  if (begin == std::string_view::npos)
    return {places.token, "the number does not fit a double"};
  what.remove_prefix(begin + 3);
  if (const auto rest = what.find("; last read"); rest != std::string_view::npos)
    what = what.substr(0, rest);
  if (what.starts_with("unexpected end of input"))
    return {places.next, std::string(what)};
  return {unexpected && !places.between ? places.token : places.last, std::string(what)};
}

} // namespace weft
