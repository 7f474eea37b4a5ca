// Many callers at once: dense t, one outcome each, group commit, order of what one caller submits.
#include "support/catch.hpp"
#include "support/switch_disk.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <thread>

namespace {

using namespace weft;
using embedded::database;

template <class Work>
void in_threads(int count, Work work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&work, i] { work(i); });
  for (auto& t : threads)
    t.join();
}

std::int64_t long_of(const view& db, entity_id e, std::string_view attribute) {
  return db.get(e, db.schema().find(attribute)->id).value()->view().as_long();
}

} // namespace

TEST_CASE("callers in many threads: every t once, and fewer syncs than transactions") {
  const test::temp_folder folder;
  test::switch_disk disk;
  auto db = std::move(*database::open(folder / "db", {.disk = &disk}));
  constexpr int callers = 16;
  constexpr int each = 100;
  std::vector<std::vector<tx_number>> seen(callers);
  in_threads(callers, [&](int i) {
    for (int n = 0; n < each; ++n) {
      auto done = db.transact(tx_request{}.put({{"user/number", i * each + n}}));
      if (done)
        seen[static_cast<std::size_t>(i)].push_back(done->t);
    }
  });
  std::set<tx_number> all;
  for (const auto& mine : seen) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == callers * each);
  CHECK(*all.rbegin() == tx_number(callers * each));
  const auto stages = db.stages();
  CHECK(stages.transactions == callers * each);
  CHECK(stages.syncs < callers * each);
}

TEST_CASE("concurrent compare-and-swap: no update is lost") {
  const test::temp_folder folder;
  auto db = std::move(*database::open(folder / "db"));
  const auto counter = *db.transact(R"([{:db/id "c" :counter/value 0}])")->entity("c");
  constexpr int callers = 8;
  constexpr int each = 40;
  in_threads(callers, [&](int) {
    for (int n = 0; n < each;) {
      const auto now = long_of(db.view().value(), counter, "counter/value");
      const auto done = db.transact(tx_request{}.cas(counter, "counter/value", now, now + 1));
      if (done)
        ++n;
      else if (done.error().code != errc::cas_failed)
        return;
    }
  });
  CHECK(long_of(db.view().value(), counter, "counter/value") == callers * each);
}

TEST_CASE("what is submitted happens in order, waited for or not") {
  const test::temp_folder folder;
  {
    auto db = std::move(*database::open(folder / "db"));
    std::deque<embedded::pending> window;
    tx_number previous(0);
    for (int n = 0; n < 500; ++n) {
      window.push_back(db.submit(tx_request{}.put({{"user/number", n}})));
      if (window.size() < 32)
        continue;
      const auto done = window.front().get();
      window.pop_front();
      REQUIRE(done);
      CHECK(done->t == previous.next());
      previous = done->t;
    }
    auto last = db.submit(tx_request{});
    CHECK(last.get());
    CHECK(last.get().error().code == errc::invalid_argument);
  }
  auto db = std::move(*database::open(folder / "db"));
  CHECK(db.view().value().basis() == tx_number(501));
}

TEST_CASE("readers see whole transactions while writers write") {
  const test::temp_folder folder;
  auto db = std::move(*database::open(folder / "db"));
  const auto made =
      *db.transact(R"([{:db/id "a" :account/balance 100} {:db/id "b" :account/balance 100}])");
  const auto a = *made.entity("a");
  const auto b = *made.entity("b");
  std::atomic<bool> balanced = true;
  std::atomic<int> writing = 2;
  in_threads(4, [&](int i) {
    if (i < 2) {
      for (int n = 0; n < 100; ++n) {
        const auto now = db.view().value();
        const auto x = long_of(now, a, "account/balance");
        const auto y = long_of(now, b, "account/balance");
        static_cast<void>(db.transact(
            tx_request{}.cas(a, "account/balance", x, x - 1).cas(b, "account/balance", y, y + 1)));
      }
      --writing;
      return;
    }
    while (writing > 0) {
      const auto now = db.view().value();
      if (long_of(now, a, "account/balance") + long_of(now, b, "account/balance") != 200)
        balanced = false;
    }
  });
  CHECK(balanced);
}

TEST_CASE("more waiting transactions than requests_waiting_max are refused as overloaded") {
  const test::temp_folder folder;
  test::switch_disk disk;
  std::atomic<bool> stalled = false; // the clock stands, and with it whoever resolves
  const auto clock = [&stalled] {
    stalled.wait(true);
    return instant(1'767'225'600'000'000);
  };
  auto db = std::move(*database::open(folder / "db", {.clock = clock, .disk = &disk}));
  stalled = true;
  // One batch may have left the queue before the clock stood: two queues and one are too many.
  std::vector<embedded::pending> all;
  for (std::size_t n = 0; n <= 2 * limits::requests_waiting_max; ++n)
    all.push_back(db.submit(tx_request{}.put({{"user/number", 1}})));
  disk.fail_writes = true; // what waits need not be executed
  stalled = false;
  stalled.notify_all();
  std::size_t refused = 0;
  for (auto& one : all)
    if (const auto done = one.get(); !done && done.error().code == errc::overloaded)
      ++refused;
  CHECK(refused >= 1);
  CHECK(refused <= limits::requests_waiting_max + 1);
}
