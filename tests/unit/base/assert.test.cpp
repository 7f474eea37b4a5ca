#include "weft/core/base/assert.hpp"

#include "support/assertion.hpp"
#include "support/catch.hpp"

using namespace weft;
using namespace weft::test;

TEST_CASE("an invariant that holds costs nothing") {
  int evaluated = 0;
  WEFT_ASSERT(++evaluated == 1);
  CHECK(evaluated == 1);
}

TEST_CASE("a broken invariant tells the handler what and where") {
  struct seen {
    std::string expression;
    std::string file;
    int line;
  };
  const auto previous =
      set_assertion_handler([](const char* expression, const char* file, int line) {
        throw seen{expression, file, line};
      });
  try {
    WEFT_ASSERT(1 + 1 == 3);
    FAIL("the handler was not called");
  } catch (const seen& s) {
    CHECK(s.expression == "1 + 1 == 3");
    CHECK(s.file.find("assert.test.cpp") != std::string::npos);
    CHECK(s.line == __LINE__ - 5);
  }
  set_assertion_handler(previous);
}

TEST_CASE("a handler is replaced and the default comes back") {
  const assertion_handler first = [](const char*, const char*, int) {};
  const auto original = set_assertion_handler(first);
  CHECK(set_assertion_handler(nullptr) == first);
  CHECK(set_assertion_handler(original) == nullptr);
}

TEST_CASE("without a handler, or when it returns, the process aborts") {
  CHECK(aborts([] { WEFT_ASSERT(false); }));
  CHECK(aborts([] {
    set_assertion_handler([](const char*, const char*, int) {});
    WEFT_ASSERT(false);
  }));
  CHECK_FALSE(aborts([] { WEFT_ASSERT(true); }));
}
