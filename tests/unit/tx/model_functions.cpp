#include "model_functions.hpp"

#include "weft/core/base/assert.hpp"

#include <limits>

namespace weft::test {

namespace {

result<tx_request> increase(const function_call& call) {
  const auto e = call.arguments[0].scalar().view().as_ref();
  const std::string ident(call.arguments[1].scalar().view().as_bytes());
  const auto* a = call.before.schema().find(ident);
  std::int64_t now = 0;
  operand expected;
  if (a != nullptr)
    for (auto facts = call.before.datoms(index_order::eavt, {.entity = e, .attribute = a->id});
         const auto& d : *facts)
      if (d.value.type() == value_type::long_) {
        now = d.value.as_long();
        expected = now;
      }
  return tx_request{}.cas(e, ident, expected, increased(now));
}

} // namespace

tx_functions model_functions() {
  tx_functions out;
  WEFT_ASSERT(out.add("fn/inc", [](const function_call& c) { return increase(c); }).has_value());
  WEFT_ASSERT(out.add("fn/fail",
                      [](const function_call&) -> result<tx_request> {
                        return fail(errc::check_failed, "as it should");
                      })
                  .has_value());
  return out;
}

std::int64_t increased(std::int64_t n) {
  return n == std::numeric_limits<std::int64_t>::max() ? n : n + 1;
}

} // namespace weft::test
