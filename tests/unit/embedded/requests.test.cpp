// Request ids and clocks as a caller of the database meets them, also after opening again.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <stdexcept>

namespace {

using namespace weft;
using embedded::database;

constexpr auto ada = R"([{:user/name "Ada"}])";

struct clocked_database {
  test::temp_folder folder;
  std::int64_t now = 1'767'225'600'000'000;
  std::optional<database> db;

  clocked_database() { open(); }
  void open() {
    db.reset();
    auto opened = database::open(folder / "db", {.clock = [this] { return instant(now); }});
    REQUIRE(opened);
    db = std::move(*opened);
  }
  errc refused(std::optional<request_id> id = {}) {
    const auto done = db->transact(ada, id);
    REQUIRE_FALSE(done);
    return done.error().code;
  }
};

} // namespace

TEST_CASE("requests: an id that is ahead of the clock is refused until the clock is there") {
  clocked_database f;
  const auto right = f.now;
  f.now += limits::request_future_us_max + 1'000'000;
  const auto id = f.db->make_request_id();
  f.now = right;
  CHECK(f.refused(id) == errc::request_from_future);
  f.open();
  CHECK(f.refused(id) == errc::request_from_future);
  f.now += 2'000'000;
  const auto done = f.db->transact(ada, id);
  REQUIRE(done);
  CHECK(done->t == tx_number(1));
}

TEST_CASE("requests: a clock that jumps is not believed until the database is opened again") {
  clocked_database f;
  REQUIRE(f.db->transact(ada));
  f.now += 2 * limits::clock_jump_us_max;
  CHECK(f.refused() == errc::clock_jumped);
  CHECK(f.refused() == errc::clock_jumped);
  f.open();
  const auto done = f.db->transact(ada);
  REQUIRE(done);
  CHECK(done->t == tx_number(2));
  CHECK(done->when == instant(f.now));
}

TEST_CASE("requests: an id that is no UUID of version 7 is refused") {
  clocked_database f;
  CHECK(f.refused(request_id{}) == errc::invalid_argument);
  auto id = f.db->make_request_id();
  id.id.octets[6] = 0x40;
  CHECK(f.db->submit(tx_request{}, id).get().error().code == errc::invalid_argument);
}

TEST_CASE("requests: what is too large takes no t, no ids and not the request id") {
  clocked_database f;
  const auto first = f.db->transact(R"([{:db/id "a" :user/text "x"}])");
  REQUIRE(first);
  tx_request request;
  const std::string text(limits::value_bytes_max - 100, 'x');
  for (int i = 0; i < 5; ++i)
    request.add(tempid(std::to_string(i)), "user/text", std::to_string(i) + text);
  const auto id = f.db->make_request_id();
  const auto refused = f.db->transact(request, id);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::transaction_too_large);
  CHECK(f.db->with(request).error().code == errc::transaction_too_large);
  const auto next = f.db->transact(R"([{:db/id "b" :user/text "y"}])", id);
  REQUIRE(next);
  CHECK(next->t == first->t.next());
  CHECK(next->entity("b")->get() == first->entity("a")->get() + 1);
}

TEST_CASE("requests: a clock that throws is replaced by the system's") {
  const test::temp_folder folder;
  bool broken = false;
  auto opened = database::open(folder / "db", {.clock = [&]() -> instant {
                                 if (broken)
                                   throw std::runtime_error("no time");
                                 return instant(1'700'000'000'000'000);
                               }});
  REQUIRE(opened);
  broken = true;
  CHECK(opened->transact(ada));
  CHECK(opened->make_request_id().made_at() > instant(1'700'000'000'000'000));
}

TEST_CASE("requests: an id older than the window is expired, also after opening again") {
  clocked_database f;
  const auto old = f.db->make_request_id();
  f.now += 1'000'000;
  REQUIRE(f.db->transact(ada, f.db->make_request_id()));
  for (std::uint64_t n = 0; n < limits::dedup_window_transactions;) {
    std::vector<embedded::pending> some;
    for (int i = 0; i < 4096; ++i, ++n)
      some.push_back(f.db->submit(tx_request{}));
    for (auto& one : some)
      REQUIRE(one.get());
  }
  CHECK(f.refused(old) == errc::request_expired);
  f.open();
  CHECK(f.refused(old) == errc::request_expired);
}
