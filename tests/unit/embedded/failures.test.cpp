// What the database does when the disk is full, or fails.
#include "support/catch.hpp"
#include "support/switch_disk.hpp"
#include "support/temp_folder.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <thread>

namespace {

using namespace weft;
using embedded::database;

constexpr auto ada = R"([{:user/name "Ada"}])";

struct failing_database {
  test::temp_folder folder;
  test::switch_disk disk;
  std::optional<database> db;

  failing_database() { open(); }
  void open() {
    auto opened = database::open(folder / "db", {.disk = &disk});
    if (!opened)
      FAIL(opened.error().to_string());
    db = std::move(*opened);
  }
};

} // namespace

TEST_CASE("a full disk refuses writes, serves reads, and writes resume with room") {
  failing_database f;
  REQUIRE(f.db->transact(ada));
  f.disk.full = true;
  static_cast<void>(f.db->transact(ada)); // may still pass: room was looked for after the last one
  const auto refused = f.db->transact(ada);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::disk_full);
  CHECK(info(errc::disk_full).retryable);
  const auto reached = f.db->view().value().basis();
  CHECK(f.db->status().writable);
  f.disk.full = false;
  const auto again = f.db->transact(ada);
  REQUIRE(again);
  CHECK(again->t == reached.next());
}

TEST_CASE("a failed sync leaves the outcome unknown and stops writing for good") {
  failing_database f;
  REQUIRE(f.db->transact(ada));
  f.disk.fail_syncs = true;
  const auto unknown = f.db->transact(ada);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == errc::outcome_unknown);
  const auto syncs = f.disk.syncs.load();
  f.disk.fail_syncs = false;
  const auto refused = f.db->transact(ada);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::storage_failed);
  CHECK(f.disk.syncs.load() == syncs); // no sync is ever tried again
  CHECK_FALSE(f.db->status().writable);
  CHECK(f.db->status().reason.find("switched to fail syncs") != std::string::npos);
  CHECK(f.db->view().value().basis() == tx_number(1));
}

TEST_CASE("a database that is opened below the reserve refuses its first transaction") {
  failing_database f;
  REQUIRE(f.db->transact(ada));
  f.db.reset();
  f.disk.low = true;
  f.open();
  CHECK(f.db->view().value().basis() == tx_number(1));
  CHECK(f.db->transact(ada).error().code == errc::disk_full);
  f.disk.low = false;
  CHECK(f.db->transact(ada)->t == tx_number(2));
}

TEST_CASE("a failure in the background stops writing with its reason and nothing else") {
  failing_database f;
  f.disk.fail_creates = true; // the spare file of the next segments fails, sooner or later
  const std::string text(100'000, 'x');
  std::uint64_t acknowledged = 0;
  std::optional<error> stopped;
  while (!stopped) {
    const auto done = f.db->transact(tx_request{}.put({{"doc/text", text}}));
    if (done)
      acknowledged = done->t.get();
    else
      stopped = done.error();
  }
  CHECK((stopped->code == errc::storage_failed || stopped->code == errc::outcome_unknown));
  CHECK(stopped->detail.find("switched to fail creates") != std::string::npos);
  CHECK_FALSE(f.db->status().writable);
  CHECK(f.db->status().reason.find("switched to fail creates") != std::string::npos);
  CHECK(f.db->view().value().basis().get() == acknowledged);
  f.disk.fail_creates = false;
  f.db.reset();
  f.open();
  CHECK(f.db->view().value().basis().get() >= acknowledged);
}

TEST_CASE("after a failed write the database opens with what was acknowledged") {
  failing_database f;
  REQUIRE(f.db->transact(ada));
  f.disk.fail_writes = true;
  CHECK(f.db->transact(ada).error().code == errc::outcome_unknown);
  CHECK(f.db->transact(ada).error().code == errc::storage_failed);
  f.disk.fail_writes = false;
  f.db.reset();
  f.open();
  CHECK(f.db->view().value().basis() == tx_number(1));
  CHECK(f.db->transact(ada)->t == tx_number(2));
}

TEST_CASE("a request whose outcome is unknown is executed once, whatever happened") {
  failing_database f;
  const auto id = f.db->make_request_id();
  const auto request = tx_request{}.put({{"user/name", "Ada"}});
  f.disk.fail_syncs = true;
  CHECK(f.db->transact(request, id).error().code == errc::outcome_unknown);
  f.disk.fail_syncs = false;
  f.db.reset();
  f.open();
  const auto retried = f.db->transact(request, id);
  REQUIRE(retried);
  CHECK(retried->t == tx_number(1));
  CHECK(f.db->view().value().basis() == tx_number(1));
}

TEST_CASE("callers in many threads all get an outcome when the disk fails under them") {
  failing_database f;
  constexpr int callers = 8;
  std::atomic<int> committed = 0;
  std::atomic<int> unknown = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  threads.reserve(callers);
  for (int i = 0; i < callers; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 50; ++n) {
        if (i == 0 && n == 25)
          f.disk.fail_syncs = true;
        const auto done = f.db->transact(ada);
        if (done)
          ++committed;
        else if (done.error().code == errc::outcome_unknown)
          ++unknown;
        else if (done.error().code == errc::storage_failed)
          ++refused;
      }
    });
  for (auto& t : threads)
    t.join();
  CHECK(committed + unknown + refused == callers * 50);
  CHECK(unknown >= 1);
  CHECK(refused >= 1);
  CHECK(f.db->view().value().basis() == tx_number(static_cast<std::uint64_t>(committed.load())));
  f.disk.fail_syncs = false;
  f.db.reset();
  f.open();
  CHECK(f.db->view().value().basis().get() >= static_cast<std::uint64_t>(committed.load()));
  CHECK(f.db->view().value().basis().get() <= static_cast<std::uint64_t>(committed + unknown));
}

TEST_CASE("a disk that fills under many callers loses nothing and repeats nothing") {
  failing_database f;
  constexpr int callers = 6;
  std::atomic<int> committed = 0;
  std::atomic<int> full = 0;
  std::vector<std::thread> threads;
  threads.reserve(callers);
  const std::string large(60'000, 'x');
  for (int i = 0; i < callers; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 60; ++n) {
        if (i == 0 && n % 10 == 5)
          f.disk.full = n % 20 == 5;
        std::string text = large;
        for (std::size_t k = 0; k < text.size(); ++k)
          text[k] =
              static_cast<char>('a' + (k * k + static_cast<std::size_t>(n * callers + i)) % 26);
        const auto done = f.db->transact(tx_request{}.put({{"doc/text", text}}));
        if (done)
          ++committed;
        else if (done.error().code == errc::disk_full)
          ++full;
        else
          FAIL(done.error().to_string());
      }
    });
  for (auto& t : threads)
    t.join();
  f.disk.full = false;
  CHECK(full > 0);
  CHECK(committed + full == callers * 60);
  CHECK(f.db->view().value().basis().get() == static_cast<std::uint64_t>(committed.load()));
  CHECK(f.db->transact(ada));
  f.db.reset();
  f.open();
  CHECK(f.db->view().value().basis().get() == static_cast<std::uint64_t>(committed.load()) + 1);
}
