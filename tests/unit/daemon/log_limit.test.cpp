#include "weft/console/daemon/log_limit.hpp"

#include "support/catch.hpp"

using namespace weft;
using namespace weft::console;

namespace {

constexpr auto loud = log_event::request_overloaded;

} // namespace

TEST_CASE("log limit: so many lines of an event in a second, then one that says how many more") {
  log_limit limit;
  const instant begun(7'000'000);
  for (std::uint64_t i = 0; i < limits::log_event_lines_max; ++i)
    CHECK(limit.ask(loud, begun).let_through);
  CHECK(!limit.ask(loud, begun).let_through);
  CHECK(!limit.ask(loud, instant(begun.get() + 999'999)).let_through);
  CHECK(limit.ask(log_event::node_started, begun).let_through); // another event

  const auto next = limit.ask(loud, instant(begun.get() + 1'000'000));
  CHECK(next.let_through);
  CHECK(next.left_out == 2);
  CHECK(limit.ask(loud, instant(begun.get() + 1'000'001)).left_out == 0);
}

TEST_CASE("log limit: what a burst left out is told even when the event does not come again") {
  log_limit limit;
  for (std::uint64_t i = 0; i < limits::log_event_lines_max + 5; ++i)
    static_cast<void>(limit.ask(loud, instant(0)));
  CHECK(limit.finish(instant(999'999)).empty());
  const auto left = limit.finish(instant(1'000'000));
  REQUIRE(left.size() == 1);
  CHECK(left[0].event == loud);
  CHECK(left[0].lines == 5);
  CHECK(limit.finish(instant(5'000'000)).empty());
}
