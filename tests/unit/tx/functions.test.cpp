#include "fixture.hpp"

#include <stdexcept>

using namespace weft;
using namespace weft::test;

namespace {

/// A stock that functions take from: [:stock/take item count] refuses to go below nothing.
result<tx_request> take(const function_call& call) {
  if (call.arguments.size() != 2)
    return fail(errc::invalid_argument, "an item and a count", {{"given", "wrong"}});
  const auto item = call.arguments[0].scalar().view().as_ref();
  const auto count = call.arguments[1].scalar().view().as_long();
  const auto* a = call.before.schema().find("stock/left");
  const auto left = call.before.get(item, a->id).value()->view().as_long();
  if (left < count)
    return fail(errc::check_failed, "not enough", {{"left", std::to_string(left)}});
  return tx_request{}.cas(item, "stock/left", left, left - count);
}

tx_database database() {
  tx_database db;
  db.must("[{:db/ident :stock/left :db/valueType :db.type/long} {:db/id \"pen\" :stock/left 5}]");
  const auto must_add = [&](std::string_view name, tx_function f) {
    const auto added = db.functions.add(name, std::move(f));
    REQUIRE(added);
  };
  must_add("stock/take", take);
  must_add("f/throws",
           [](const function_call&) -> result<tx_request> { throw std::runtime_error("broken"); });
  must_add("f/throws-int", [](const function_call&) -> result<tx_request> { throw 7; });
  must_add("f/again", [](const function_call&) -> result<tx_request> {
    return tx_request{}.call("f/again", {});
  });
  must_add("f/twice", [](const function_call& call) -> result<tx_request> {
    const auto n = call.arguments[0].scalar().view().as_long();
    tx_request out;
    if (n == 0)
      return out.add(tempid("leaf"), "leaf/n", 1);
    return out.call("f/twice", {operand(n - 1)}).call("f/twice", {operand(n - 1)});
  });
  return db;
}

} // namespace

TEST_CASE("functions: their operations join the transaction") {
  auto db = database();
  CHECK(db.said("[[:stock/take $pen 2] [:db/add \"datomic.tx\" :by \"me\"]]").size() == 3);
  CHECK(db.said("[[:db.fn/call :stock/take $pen 1]]") ==
        lines{"- pen :stock/left 3", "+ pen :stock/left 2"});
}

TEST_CASE("functions: all of a transaction see the view before it") {
  auto db = database();
  CHECK(db.said("[[:stock/take $pen 2] [:stock/take $pen 2]]").size() == 2); // one fact, not two
  CHECK(db.refused("[[:stock/take $pen 2] [:stock/take $pen 1]]").code == errc::datoms_conflict);
  CHECK(db.refused("[[:db/add $pen :stock/left 9] [:stock/take $pen 1]]").code ==
        errc::datoms_conflict);
}

TEST_CASE("functions: share tempids with the transaction, and call each other") {
  auto db = database();
  const auto done = db.must("[[:f/twice 3] {:db/id \"leaf\" :leaf/m 2}]");
  CHECK(done.tempids.size() == 1);
  CHECK(db.about("leaf").size() == 2);
}

TEST_CASE("functions: unknown ones") {
  auto db = database();
  const auto e = db.refused("[[:no/such 1]]");
  CHECK(e.code == errc::unknown_function);
  CHECK(e.field("function") == ":no/such");
  CHECK(e.field("line") == "1");
  const auto none = db.now();
  const auto done = plan(tx_request{}.call("stock/take", {}), {.before = none, .t = db.t()});
  CHECK(done.error().code == errc::unknown_function);
}

TEST_CASE("functions: failing ones refuse the transaction") {
  auto db = database();
  const auto e = db.refused("[[:stock/take $pen 9]]");
  CHECK(e.code == errc::function_failed);
  CHECK(e.field("function") == ":stock/take");
  CHECK(e.field("cause") == "check_failed");
  CHECK(e.field("left") == "5");
  CHECK(db.refused("[[:stock/take]]").field("cause") == "invalid_argument");
}

TEST_CASE("functions: throwing ones likewise") {
  auto db = database();
  const auto e = db.refused("[[:f/throws]]");
  CHECK(e.code == errc::function_failed);
  CHECK(e.detail == ":f/throws failed: broken");
  CHECK(e.field("cause") == "exception");
  CHECK(db.refused("[[:f/throws-int]]").code == errc::function_failed);
}

TEST_CASE("functions: that call each other without end") {
  auto db = database();
  const auto e = db.refused("[[:f/again]]");
  CHECK(e.code == errc::nesting_too_deep); // limits::function_depth_max
  CHECK(db.plan("[[:f/twice " + std::to_string(limits::function_depth_max - 1) + "]]"));
  CHECK(db.refused("[[:f/twice " + std::to_string(limits::function_depth_max) + "]]").code ==
        errc::nesting_too_deep);
}

TEST_CASE("functions: all calls together have limits::function_time_us_max") {
  auto db = database();
  bool asked = false;
  REQUIRE(db.functions.add("f/slow", [&](const function_call& call) -> result<tx_request> {
    db.clock_us += limits::function_time_us_max / 2;
    asked = call.until.passed();
    return tx_request{};
  }));
  CHECK(db.plan("[[:f/slow]]"));
  CHECK(db.plan("[[:f/slow] [:f/slow]]"));
  CHECK(!asked);
  const auto e = db.refused("[[:f/slow] [:f/slow] [:f/slow]]");
  CHECK(asked);
  CHECK(e.code == errc::function_timeout);
  CHECK(e.field("function") == ":f/slow");
  CHECK(e.field("limit_us") == std::to_string(limits::function_time_us_max));
}

TEST_CASE("functions: calls count as operations") {
  auto db = database();
  REQUIRE(db.functions.add("f/wide", [](const function_call&) -> result<tx_request> {
    tx_request out;
    for (int i = 0; i < 1000; ++i)
      out.call("f/leaf", {});
    return out;
  }));
  REQUIRE(db.functions.add("f/leaf", [](const function_call&) { return tx_request{}; }));
  tx_request many;
  for (std::size_t i = 0; i < limits::transaction_datoms_max / 1000; ++i)
    many.call("f/wide", {});
  CHECK(db.refused(many).code == errc::transaction_too_large);
}

TEST_CASE("functions: names") {
  tx_functions f;
  const auto nothing = [](const function_call&) -> result<tx_request> { return tx_request{}; };
  CHECK(f.add("b/b", nothing));
  CHECK(f.add("a/a", nothing));
  CHECK(f.names() == std::vector<std::string>{"a/a", "b/b"});
  CHECK(f.find("c/c") == nullptr);
  for (const auto* name : {"", "a b", "db/add", "db.fn/call", "weft/x"})
    CHECK(f.add(name, nothing).error().code == errc::invalid_argument);
  CHECK(f.add("c/c", nullptr).error().code == errc::invalid_argument);
}
