#include "weft/core/base/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace weft {

namespace {

std::atomic<assertion_handler> installed{nullptr};

} // namespace

assertion_handler set_assertion_handler(assertion_handler handler) noexcept {
  return installed.exchange(handler);
}

void assertion_failed(const char* expression, const char* file, int line) {
  if (auto handler = installed.load())
    handler(expression, file, line);
  std::fprintf(stderr, "weft: invariant broken: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

} // namespace weft
