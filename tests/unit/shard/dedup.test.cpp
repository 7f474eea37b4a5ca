#include "weft/core/shard/dedup.hpp"

#include "support/catch.hpp"

namespace {

using namespace weft;

/// An id made at `ms`, told apart by `salt`.
request_id id_at(std::int64_t ms, std::uint8_t salt = 0) {
  request_id id;
  for (unsigned i = 0; i < 6; ++i)
    id.id.octets[i] = static_cast<std::uint8_t>(ms >> (40U - 8U * i));
  id.id.octets[15] = salt;
  return id;
}

constexpr hash128 payload{1, 2};
constexpr hash128 other_payload{1, 3};
constexpr instant late{1'000'000'000};

} // namespace

TEST_CASE("an id made at a millisecond says so") {
  CHECK(id_at(1'767'225'600'123).made_at() == instant(1'767'225'600'123'000));
}

TEST_CASE("a retry finds the transaction of the first request") {
  dedup_table table(10);
  CHECK(table.find(id_at(5), payload, late).value() == std::optional<tx_number>());
  CHECK(table.add(tx_number(1), id_at(5), payload));
  CHECK(table.find(id_at(5), payload, late).value() == std::optional(tx_number(1)));
}

TEST_CASE("the same id with another payload is refused") {
  dedup_table table(10);
  CHECK(table.add(tx_number(1), id_at(5), payload));
  const auto found = table.find(id_at(5), other_payload, late);
  REQUIRE(!found);
  CHECK(found.error().code == errc::request_conflict);
  CHECK(found.error().field("t") == "1");
}

TEST_CASE("an id that left the window is expired, and so is every older one") {
  dedup_table table(2);
  CHECK(table.add(tx_number(1), id_at(50), payload));
  CHECK(table.add(tx_number(2), std::nullopt, {}));
  CHECK(table.find(id_at(50), payload, late).value() == std::optional(tx_number(1)));
  CHECK(table.add(tx_number(3), std::nullopt, {}));
  for (const auto ms : {50, 49, 0}) {
    const auto found = table.find(id_at(ms), payload, late);
    REQUIRE(!found);
    CHECK(found.error().code == errc::request_expired);
  }
  CHECK(table.find(id_at(51), payload, late).value() == std::optional<tx_number>());
  CHECK(table.size() == 0);
}

TEST_CASE("the floor never falls when an older id leaves later") {
  dedup_table table(1);
  CHECK(table.add(tx_number(1), id_at(90), payload));
  CHECK(table.add(tx_number(2), id_at(10), payload));
  CHECK(table.add(tx_number(3), id_at(95), payload));
  CHECK(table.find(id_at(80), payload, late).error().code == errc::request_expired);
}

TEST_CASE("an id from the future is refused beyond the limit") {
  const dedup_table table(10);
  const auto limit_ms = limits::request_future_us_max / 1000;
  CHECK(table.find(id_at(limit_ms), payload, instant(0)).has_value());
  const auto found = table.find(id_at(limit_ms + 1), payload, instant(0));
  REQUIRE(!found);
  CHECK(found.error().code == errc::request_from_future);
}

TEST_CASE("lost transactions are forgotten, their ids may be executed again") {
  dedup_table table(10);
  CHECK(table.add(tx_number(1), id_at(1), payload));
  CHECK(table.add(tx_number(2), id_at(2), payload));
  CHECK(table.add(tx_number(3), id_at(3), payload));
  table.drop_after(tx_number(1));
  CHECK(table.find(id_at(1), payload, late).value() == std::optional(tx_number(1)));
  CHECK(table.find(id_at(2), other_payload, late).value() == std::optional<tx_number>());
  CHECK(table.add(tx_number(2), id_at(2), other_payload));
  CHECK(table.find(id_at(2), other_payload, late).value() == std::optional(tx_number(2)));
}

TEST_CASE("the default window is the limit") {
  dedup_table table;
  CHECK(table.add(tx_number(1), id_at(1), payload));
  CHECK(table.add(tx_number(limits::dedup_window_transactions), std::nullopt, {}));
  CHECK(table.find(id_at(1), payload, late).value() == std::optional(tx_number(1)));
  CHECK(table.add(tx_number(limits::dedup_window_transactions + 1), std::nullopt, {}));
  CHECK(table.find(id_at(1), payload, late).error().code == errc::request_expired);
}

TEST_CASE("an id that is remembered is not added again") {
  dedup_table table;
  CHECK(table.add(tx_number(1), id_at(1), payload));
  CHECK_FALSE(table.add(tx_number(2), id_at(1), other_payload));
  CHECK(table.find(id_at(1), payload, late).value() == std::optional(tx_number(1)));
  CHECK(table.size() == 1);
  CHECK(table.add(tx_number(3), std::nullopt, {}));
}
