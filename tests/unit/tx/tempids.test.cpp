#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_database database() {
  tx_database db;
  db.must(R"([{:db/ident :a/n :db/valueType :db.type/long}
              {:db/ident :a/s :db/valueType :db.type/string}
              {:db/ident :a/ref :db/valueType :db.type/ref}])");
  return db;
}

} // namespace

TEST_CASE("tempids: each name is one new entity, in the order of mention") {
  auto db = database();
  const auto first = db.next.next_local;
  const auto done =
      db.must(R"([[:db/add "b" :a/n 1] [:db/add "a" :a/ref "b"] [:db/add "b" :a/s ""]])");
  CHECK(done.tempids ==
        std::vector<resolved_tempid>{{"a", entity_id(first + 1)}, {"b", entity_id(first)}});
  CHECK(done.next.next_local == first + 2);
}

TEST_CASE("tempids: negative numbers are names too") {
  auto db = database();
  const auto done = db.must("[{:db/id -1 :a/n 1} {:db/id -2 :a/ref -1}]");
  REQUIRE(done.tempids.size() == 2);
  CHECK(done.tempids[0].name == "-1");
  CHECK(done.tempids[1].name == "-2");
  CHECK(done.datoms[1].value == value::of(done.tempids[0].entity));
}

TEST_CASE("tempids: a text is a tempid for a ref and a string for a string") {
  auto db = database();
  CHECK(db.said(R"([{:db/id "x" :a/s "x" :a/ref "x"}])") ==
        lines{"+ x :a/s \"x\"", "+ x :a/ref x"});
}

TEST_CASE("tempids: nothing but used as a value") {
  auto db = database();
  for (const auto* text :
       {R"([{:db/id "x" :a/ref "y"}])", R"([{:db/id "x"}])", R"([[:db/retract "x" :a/n 1]])",
        R"([[:db/retractEntity "x"]])", R"([{:db/id "x" :a/_ref "datomic.tx"}])",
        R"([{:db/id "x" :a/n 1} [:db/retract "y" :a/n]])"}) {
    INFO(text);
    CHECK(db.refused(text).code == errc::tempid_unused);
  }
  CHECK(db.refused(R"([{:db/id "x" :a/ref "y"}])").field("tempid") == "\"y\"");
  CHECK(db.refused(R"([{:db/id "x" :a/ref "y"}])").field("line") == "1");
}

TEST_CASE("tempids: of new entities have nothing to take back") {
  auto db = database();
  CHECK(db.said(R"([[:db/add "x" :a/n 1] [:db/retract "x" :a/n 2] [:db/retract "x" :a/s]
                    [:db/retractEntity "x"]])") == lines{"+ x :a/n 1"});
}

TEST_CASE("tempids: ids are never used twice") {
  auto db = database();
  db.must(R"([{:db/id "x" :a/n 1}])");
  const auto before = db.next.next_local;
  db.must("[[:db/retractEntity $x]]");
  CHECK(db.must(R"([{:db/id "y" :a/n 1}])").tempids[0].entity.get() == before);
}

TEST_CASE("tempids: names have a size") {
  auto db = database();
  const std::string longest(limits::tempid_bytes_max, 'x');
  CHECK(db.must(tx_request{}.add(tempid(longest), "a/n", 1)).tempids.size() == 1);
  CHECK(db.refused(tx_request{}.add(tempid(longest + "x"), "a/n", 1)).code ==
        errc::value_too_large);
  CHECK(db.refused(tx_request{}.add(tempid(""), "a/n", 1)).code == errc::invalid_value);
  CHECK(db.refused(tx_request{}.add(tempid("\xFF"), "a/n", 1)).code == errc::invalid_value);
}
