#include "weft/core/base/assert.hpp"

#include "support/catch.hpp"

#include <string>

namespace {

struct broken {
  std::string expression;
};

[[noreturn]] void throw_it(const char* expression, const char*, int) {
  throw broken{expression};
}

/// Installs a handler for the length of a test.
class handler_guard {
 public:
  handler_guard() : previous_(weft::set_assertion_handler(throw_it)) {}
  ~handler_guard() { weft::set_assertion_handler(previous_); }
  handler_guard(const handler_guard&) = delete;
  handler_guard& operator=(const handler_guard&) = delete;

 private:
  weft::assertion_handler previous_;
};

} // namespace

TEST_CASE("an assertion that holds does nothing") {
  const handler_guard guard;
  CHECK_NOTHROW(WEFT_ASSERT(1 + 1 == 2));
}

TEST_CASE("the handler of a host may throw, and is told what is broken") {
  const handler_guard guard;
  try {
    WEFT_ASSERT(1 + 1 == 3);
    FAIL("the handler was not called");
  } catch (const broken& what) {
    CHECK(what.expression == "1 + 1 == 3");
  }
}

TEST_CASE("installing a handler returns the previous one") {
  const handler_guard guard;
  CHECK(weft::set_assertion_handler(throw_it) == throw_it);
}
