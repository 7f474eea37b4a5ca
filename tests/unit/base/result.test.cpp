#include "weft/core/base/result.hpp"

#include "support/catch.hpp"

#include <memory>

using namespace weft;

namespace {

result<int> half(int x) {
  if (x % 2 != 0)
    return fail(errc::invalid_argument, "odd", {{"number", std::to_string(x)}});
  return x / 2;
}

result<void> positive(int x) {
  if (x <= 0)
    return fail(errc::invalid_value, "not positive");
  return {};
}

/// Both macros, twice each, in a function of another result type.
result<std::string> quarter(int x) {
  WEFT_CHECK(positive(x));
  WEFT_TRY(const auto once, half(x));
  WEFT_TRY(auto twice, half(once));
  WEFT_CHECK(positive(twice));
  return std::to_string(twice);
}

result<std::unique_ptr<int>> boxed(bool fails) {
  if (fails)
    return fail(errc::not_found, "");
  return std::make_unique<int>(7);
}

result<int> unboxed(bool fails) {
  WEFT_TRY(const auto box, boxed(fails));
  return *box;
}

} // namespace

TEST_CASE("WEFT_TRY declares the value or passes on the error") {
  CHECK(quarter(8) == "2");
  CHECK(quarter(6).error() == error{errc::invalid_argument, "odd", {{"number", "3"}}});
  CHECK(quarter(7).error().field("number") == "7");
}

TEST_CASE("WEFT_TRY moves what cannot be copied") {
  CHECK(unboxed(false) == 7);
  CHECK(unboxed(true).error().code == errc::not_found);
}

TEST_CASE("WEFT_CHECK goes on or passes on the error") {
  CHECK(quarter(-4).error().code == errc::invalid_value);
  CHECK(quarter(0).error().detail == "not positive");
}

TEST_CASE("WEFT_CHECK drops the value of a result that has one") {
  const auto must_be_even = [](int x) -> result<void> {
    WEFT_CHECK(half(x));
    return {};
  };
  CHECK(must_be_even(2).has_value());
  CHECK(must_be_even(1).error().code == errc::invalid_argument);
}

TEST_CASE("an error can be passed on by hand") {
  const error original{errc::not_found, "gone", {{"id", "1"}}};
  const result<int> passed = fail(original);
  CHECK(passed.error() == original);
}

TEST_CASE("an error's fields are found by name") {
  const error e{errc::not_found, "", {{"a", "1"}, {"b", "2"}, {"b", "3"}}};
  CHECK(e.field("a") == "1");
  CHECK(e.field("b") == "2");
  CHECK(e.field("c").empty());
}

TEST_CASE("an error reads as one line") {
  CHECK(error{errc::not_found, "no entity 7"}.to_string() == "not_found: no entity 7");
  CHECK(error{errc::not_found, ""}.to_string() == "not_found: nothing was found");
  CHECK(error{errc::not_found, "no entity", {{"id", "7"}}}.to_string() ==
        "not_found: no entity (id 7)");
  CHECK(error{errc::not_found, "no entity", {{"id", "7"}, {"near", "8"}}}.to_string() ==
        "not_found: no entity (id 7, near 8)");
}
