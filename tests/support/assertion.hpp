// Whether a call breaks an invariant (WEFT_ASSERT), without ending the process:
//
//     CHECK(breaks_invariant([] { value_view::of(true).as_long(); }));
//
// Not for functions that are noexcept: leaving them ends the process after all.
#pragma once

#include "weft/core/base/assert.hpp"

#include <string>

namespace weft::test {

struct broken_invariant {
  std::string expression;
};

/// The expression of the invariant that `call` breaks; "" when it breaks none.
template <class Call>
std::string invariant_broken_by(Call&& call) {
  const auto previous = set_assertion_handler(
      [](const char* expression, const char*, int) { throw broken_invariant{expression}; });
  std::string broken;
  try {
    call();
  } catch (const broken_invariant& e) {
    broken = e.expression;
  }
  set_assertion_handler(previous);
  return broken;
}

template <class Call>
bool breaks_invariant(Call&& call) {
  return !invariant_broken_by(call).empty();
}

} // namespace weft::test
