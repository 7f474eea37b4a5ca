#include "weft/console/daemon/end_guard.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <future>

using weft::console::end_guard;
using namespace std::chrono_literals;

TEST_CASE("end: what does not end in time is told, by the name that was entered last") {
  std::promise<std::string> late;
  auto told = late.get_future();
  end_guard watched(end_guard::clock::now(),
                    [&](const std::string& what) { late.set_value(what); });
  CHECK(told.wait_for(60s) == std::future_status::ready);
  CHECK(told.get().empty()); // nothing was entered
  std::promise<std::string> late_2;
  auto told_2 = late_2.get_future();
  end_guard again(end_guard::clock::now() + 50ms,
                  [&](const std::string& what) { late_2.set_value(what); });
  again.enter("the pages");
  again.enter("the database");
  CHECK(told_2.get() == "the database");
}

TEST_CASE("end: what ends in time is not told") {
  bool late = false;
  {
    end_guard watched(end_guard::clock::now() + 1h, [&](const std::string&) { late = true; });
    watched.enter("the pages");
  }
  CHECK(!late);
}

TEST_CASE("end: who is in a hurry does not wait for the time to be over") {
  std::promise<std::string> late;
  auto told = late.get_future();
  std::atomic<bool> hurry = false;
  end_guard watched(
      end_guard::clock::now() + 1h, [&](const std::string& what) { late.set_value(what); },
      [&] { return hurry.load(); });
  watched.enter("the pages");
  CHECK(told.wait_for(120ms) == std::future_status::timeout);
  hurry = true;
  CHECK(told.get() == "the pages");
}
