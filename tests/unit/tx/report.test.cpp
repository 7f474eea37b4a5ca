#include "weft/core/tx/report.hpp"

#include "fixture.hpp"

#include "weft/core/db/memory_index.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_request parsed(std::string_view text) {
  return *parse_transaction(*read_edn(text));
}

lines facts(const view& db, entity_id e) {
  lines out;
  const auto found = db.entity(e).value();
  for (const auto& [a, values] : found)
    for (const auto& v : values)
      out.push_back(db.schema().find(a)->ident + " " + to_edn(v.view()));
  return out;
}

} // namespace

TEST_CASE("report: what a request would do, without doing it") {
  const memory_index index;
  const auto db = index.open();
  const auto report =
      with(db, parsed(R"([{:db/id "ada" :user/name "Ada" :user/age 36}])"), {.when = instant(77)});
  REQUIRE(report);
  CHECK(report->t == tx_number(1));
  CHECK(report->when == instant(77));
  CHECK(report->datoms.size() == 8);
  const auto ada = report->entity("ada");
  REQUIRE(ada);
  CHECK(!report->entity("bob"));
  CHECK(facts(report->after, *ada) == lines{"user/age 36", "user/name \"Ada\""});
  CHECK(report->after.basis() == tx_number(1));
  CHECK(report->after.schema().find("user/age") != nullptr);
  CHECK(facts(report->before, *ada).empty());
  CHECK(db.schema().find("user/age") == nullptr);
  CHECK(index.head() == tx_number(0));
}

TEST_CASE("report: one on top of another") {
  const memory_index index;
  const auto first = with(index.open(), parsed(R"([{:db/id "ada" :user/age 36}])"));
  REQUIRE(first);
  const auto ada = *first->entity("ada");
  const auto second =
      with(*first, tx_request{}.cas(ada, "user/age", 36, 37).add("bob", "user/age", 1));
  REQUIRE(second);
  CHECK(second->t == tx_number(2));
  CHECK(facts(second->after, ada) == lines{"user/age 37"});
  CHECK(facts(first->after, ada) == lines{"user/age 36"});
  CHECK(*second->entity("bob") > ada);
  CHECK(facts(*second->after.as_of(tx_number(1)), ada) == lines{"user/age 36"});
  CHECK(with(*second, tx_request{}.cas(ada, "user/age", 36, 38)).error().code == errc::cas_failed);
}

TEST_CASE("report: its views outlive it") {
  const auto after = [] {
    const memory_index index;
    const auto report = with(index.open(), parsed(R"([{:db/id "ada" :user/name "Ada"}])"));
    REQUIRE(report);
    return std::pair(report->after, *report->entity("ada"));
  }();
  CHECK(facts(after.first, after.second) == lines{"user/name \"Ada\""});
}

TEST_CASE("report: refuses what transacting would refuse") {
  const memory_index index;
  const auto refused = with(index.open(), parsed("[[:db/add 5000000 :a/n 1]]"));
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::unknown_entity);
  CHECK(with(index.open(), parsed("[{:a/n 1}]"), {.mode = schema_mode::strict}).error().code ==
        errc::unknown_attribute);
}

TEST_CASE("report: what is too large to be written is refused by with, too") {
  tx_request request;
  const std::string text(limits::value_bytes_max - 100, 'x');
  for (int i = 0; i < 5; ++i)
    request.add(tempid(std::to_string(i)), "a/s", std::to_string(i) + text);
  tx_database db;
  const auto refused = with(db.now(), request);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::transaction_too_large);
}

TEST_CASE("report: a transaction needs a view of one moment") {
  memory_index index;
  const auto first = with(index.open(), parsed(R"([{:db/id "ada" :user/age 36}])"));
  REQUIRE(first);
  const auto ada = *first->entity("ada");
  const auto older = tx_request{}.add(ada, "user/age", 37);
  const with_options how{.next = first->next};
  for (const auto& no_moment :
       {first->after.history().value(), first->after.since(first->t).value(),
        first->after.since(tx_number(0)).value()}) {
    const auto refused = with(no_moment, older, how);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::invalid_argument);
    CHECK(refused.error().detail.find("take as_of or the present") != std::string::npos);
  }
  CHECK(with(first->after.history().value(), older, how).error().detail.starts_with("a history"));
  CHECK(
      with(first->after.since(first->t).value(), older, how).error().detail.starts_with("a since"));
  CHECK(with(first->after, older, how));
  CHECK(with(first->after.as_of(first->t).value(), older, how));
}
