#include "weft/fabric/drain_time.hpp"

#include "support/catch.hpp"

using namespace weft;
using namespace std::chrono_literals;

TEST_CASE("drain: doors that end one after the other share one time") {
  std::int64_t now_us = 1'000'000;
  fabric::drain_time time(10s, [&] { return instant(now_us); });
  now_us += 60'000'000; // nothing ends
  time.end();
  CHECK(time.left() == 10s);
  now_us += 4'000'000;
  CHECK(time.left() == 6s);
  time.set(28s); // while it ends
  CHECK(time.left() == 24s);
  now_us += 60'000'000;
  CHECK(time.left() == 1ms);
  time.restart(); // the door was opened again
  CHECK(time.left() == 28s);
}

TEST_CASE("drain: a door that is only opened again does not take long") {
  std::int64_t now_us = 1'000'000;
  fabric::drain_time time(600s, [&] { return instant(now_us); });
  CHECK(time.left() == 10s);
  now_us += 4'000'000;
  CHECK(time.left() == 6s);
  time.end(); // now the node ends
  CHECK(time.left() == 596s);
}
