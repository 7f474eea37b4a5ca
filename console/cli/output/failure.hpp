// What a person is told when something fails: one line what, one line why, one line what to do.
//
//   error: no attribute :user/nmae is declared (line 3, column 12)
//   unknown_attribute: the attribute is not declared
//   try: did you mean :user/name?
#pragma once

#include "weft/core/base/result.hpp"

#include <string>

namespace weft::console {

struct complaint {
  std::string what;
  std::string why;
  std::string advice; ///< "" when there is nothing to do
};

/// The three lines about an error of the library. Fields called line and column say where, "try"
/// overrides the advice, "meaning" what the code means; the others are listed in the second line.
[[nodiscard]] complaint explain(const error& e);

/// Lines as they are printed, each with its line feed. What is very long is elided.
[[nodiscard]] std::string render(const complaint& c, bool colour);

} // namespace weft::console
