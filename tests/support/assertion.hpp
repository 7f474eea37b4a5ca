// Whether a call breaks an invariant (WEFT_ASSERT), without ending the process of the test:
//
//     CHECK(breaks_invariant([&] { encode_key(key, index_order::vaet, no_ref); }));
//     CHECK(aborts([] { value_view::of(true).as_long(); }));   // noexcept: needs a process to end
#pragma once

#include "weft/core/base/assert.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

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

/// Whether a child process that makes the call ends by abort(). Its stderr is thrown away.
template <class Call>
bool aborts(Call&& call) {
  const auto child = ::fork();
  if (child == 0) {
    static_cast<void>(std::freopen("/dev/null", "w", stderr));
    std::signal(SIGABRT, SIG_DFL); // without the reports of the test framework
    call();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

} // namespace weft::test
