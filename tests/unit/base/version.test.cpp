#include "weft/core/base/version.hpp"

#include "support/catch.hpp"

#include <algorithm>

TEST_CASE("the version has three numbers") {
  const auto version = weft::version();
  CHECK(std::ranges::count(version, '.') == 2);
  CHECK(version.find_first_not_of("0123456789.") == std::string_view::npos);
}
