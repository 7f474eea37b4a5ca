#include "weft/core/base/strong.hpp"

#include "support/property.hpp"

#include "weft/core/base/time.hpp"

#include <unordered_set>

using namespace weft;

// What the types are for is what does not compile.
static_assert(!std::is_convertible_v<std::uint64_t, tx_number>);
static_assert(!std::is_convertible_v<tx_number, std::uint64_t>);
static_assert(!std::is_constructible_v<tx_number, log_index>);
static_assert(!std::is_assignable_v<tx_number&, log_index>);
static_assert(!std::equality_comparable_with<tx_number, log_index>);
static_assert(sizeof(attribute_id) == sizeof(std::uint32_t));
static_assert(std::is_trivially_copyable_v<instant>);
static_assert(tx_number(6).next() == tx_number(7));
static_assert(tx_number().get() == 0);

TEST_CASE("strong integers are ordered as their numbers") {
  rc::prop("two", [](std::int64_t a, std::int64_t b) {
    RC_ASSERT((instant(a) <=> instant(b)) == (a <=> b));
    RC_ASSERT((instant(a) == instant(b)) == (a == b));
    RC_ASSERT(instant(a).get() == a);
  });
}

TEST_CASE("equal numbers have equal hashes") {
  std::unordered_set<tx_number> seen;
  for (std::uint64_t i = 0; i < 100; ++i)
    seen.insert(tx_number(i % 10));
  CHECK(seen.size() == 10);
}

TEST_CASE("hashes of consecutive numbers differ in their high bits too") {
  std::unordered_set<std::size_t> high;
  for (std::uint64_t i = 0; i < 256; ++i)
    high.insert(std::hash<tx_number>()(tx_number(i)) >> 56U);
  CHECK(high.size() > 200);
}
