#include "weft/core/base/result.hpp"

#include "support/catch.hpp"

using namespace weft;

namespace {

result<int> half(int x) {
  if (x % 2 != 0)
    return fail(errc::invalid_argument, "odd", {{"x", std::to_string(x)}});
  return x / 2;
}

result<void> must_be_even(int x) {
  WEFT_CHECK(half(x));
  return {};
}

result<int> quarter(int x) {
  WEFT_TRY(const int h, half(x));
  WEFT_TRY(const int q, half(h));
  return q;
}

} // namespace

TEST_CASE("WEFT_TRY declares the value or passes the error on") {
  CHECK(quarter(8).value() == 2);
  const auto wrong = quarter(6);
  REQUIRE(!wrong);
  CHECK(wrong.error() == error{errc::invalid_argument, "odd", {{"x", "3"}}});
}

TEST_CASE("WEFT_CHECK passes the error on and drops the value") {
  CHECK(must_be_even(2));
  REQUIRE(!must_be_even(1));
  CHECK(must_be_even(1).error().code == errc::invalid_argument);
}

TEST_CASE("error: fields are found by name") {
  const error e{errc::unknown_attribute, "no attribute :a", {{"nearest", ":b"}}};
  CHECK(e.field("nearest") == ":b");
  CHECK(e.field("other").empty());
}

TEST_CASE("error: as text") {
  CHECK(error{errc::unknown_attribute, "no attribute :a", {{"nearest", ":b"}, {"t", "7"}}}
            .to_string() == "unknown_attribute: no attribute :a (nearest :b, t 7)");
  CHECK(error{errc::closed, ""}.to_string() == "closed: the database is closed");
}
