#include "weft/core/base/strong.hpp"

#include "support/catch.hpp"

#include "weft/core/base/time.hpp"

#include <concepts>
#include <unordered_set>

using namespace weft;

static_assert(!std::convertible_to<std::uint64_t, tx_number>);
static_assert(!std::convertible_to<tx_number, std::uint64_t>);
static_assert(!std::constructible_from<tx_number, log_index>);
static_assert(sizeof(tx_number) == sizeof(std::uint64_t));

TEST_CASE("strong: ordered, with a successor") {
  CHECK(tx_number().get() == 0);
  CHECK(tx_number(7).next() == tx_number(8));
  CHECK(tx_number(7) < tx_number(8));
  CHECK(instant(-1) < instant(0));
}

TEST_CASE("strong: hashable") {
  std::unordered_set<tx_number> seen;
  for (std::uint64_t i = 0; i < 100; ++i)
    seen.insert(tx_number(i % 10));
  CHECK(seen.size() == 10);
}
