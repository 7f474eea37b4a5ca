// Errors say where the operation stands that is at fault, and call nobody by a number that was
// never given out.
#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

TEST_CASE("places: refusals of whole transactions name a line") {
  tx_database db;
  db.must(R"([{:db/ident :k/id :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/ident :k/no :db/valueType :db.type/long :db/unique :db.unique/value}
              {:db/ident :n/age :db/valueType :db.type/long :weft/check [:range 0 3]}
              {:db/ident :n/tags :db/valueType :db.type/string :db/cardinality
               :db.cardinality/many}
              {:db/ident :p/a :db/valueType :db.type/long}
              {:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :n/age]}
              {:db/id "x" :k/id "x" :k/no 1 :n/age 1 :n/tags ["a" "b"] :p/a 1}
              {:db/id "y" :k/id "y" :p/a 1}])");
  const std::vector<std::pair<errc, std::string_view>> rows = {
      {errc::unique_conflict, "[{:p/a 1}\n [:db/add \"new\" :k/no 1]]"},
      {errc::unique_conflict, "[{:k/no 2}\n {:k/no 2}]"},
      {errc::datoms_conflict, "[[:db/add \"new\" :p/a 1]\n [:db/add \"new\" :p/a 2]]"},
      {errc::datoms_conflict, "[[:db/add $x :n/tags \"c\"]\n [:db/retract $x :n/tags \"d\"]"
                              " [:db/add $x :n/tags \"d\"]]"},
      {errc::check_failed, "[[:db/add $x :n/tags \"c\"]\n [:db/add $x :n/age 4]]"},
      {errc::tempid_conflict,
       "[{:p/a 3}\n {:db/id \"t\" :k/id \"x\"} [:db/add \"t\" :k/id \"y\"]]"},
      {errc::tuple_read_only,
       "[{:p/a 1}\n [:db/add \"new\" :p/ab [7 nil]]\n [:db/add \"new\" :p/a 1]]"},
      {errc::schema_violation, "[{:p/a 1}\n [:db/add :p/a :db/unique :db.unique/value]]"},
      {errc::schema_violation,
       "[{:p/a 1}\n [:db/add :n/tags :db/cardinality :db.cardinality/one]]"},
      {errc::schema_invalid, "[{:p/a 1}\n {:db/ident :q/a :db/valueType :x}]"},
      {errc::schema_invalid, "[{:p/a 1}\n {:db/valueType :db.type/long}]"},
      {errc::schema_invalid, "[{:p/a 1}\n [:db/retractEntity :p/a]]"},
      {errc::schema_invalid, "[{:p/a 1}\n [:db/retract :p/a :db/cardinality]]"},
      {errc::schema_invalid, "[{:p/a 1}\n [:db/add $x :db/valueType :db.type/long]]"},
      {errc::schema_invalid, "[{:p/a 1}\n [:db/add :p/a :db/valueType :db.type/string]]"},
  };
  for (const auto& [code, text] : rows) {
    INFO(text);
    const auto e = db.refused(text);
    INFO(e.to_string());
    CHECK(e.code == code);
    CHECK(e.field("line") == "2");
  }
}

TEST_CASE("places: a mistake in a map is where its value stands") {
  tx_database db;
  db.must(R"([{:db/ident :n/age :db/valueType :db.type/long :weft/check [:range 0 3]}
              {:db/ident :n/part :db/valueType :db.type/ref :db/isComponent true}])");
  for (const auto* text : {"[{:n/age 1}\n {:n/name \"a\"\n  :n/age \"x\"}]",
                           "[{:n/age 1}\n {:n/name \"a\"\n  :n/age 17}]",
                           "[{:n/age 1}\n {:n/part {:n/name \"a\"\n  :n/age 17}}]"}) {
    INFO(text);
    const auto e = db.refused(text);
    INFO(e.to_string());
    CHECK(e.field("line") == "3");
    CHECK(e.field("column") == "10");
  }
  const auto json = parse_json_transaction("[{\"n/name\": \"a\",\n\"n/age\": \"x\"}]");
  REQUIRE(json);
  CHECK(db.refused(*json).field("line") == "2");
}

TEST_CASE("places: an entity that is new is called by its tempid") {
  tx_database db;
  db.must(R"([{:db/ident :k/no :db/valueType :db.type/long :db/unique :db.unique/value}])");
  const auto twice = db.refused(R"([{:db/id "a" :k/no 2} {:db/id "b" :k/no 2}])");
  CHECK(twice.field("entity") == "\"b\"");
  CHECK(twice.field("holder") == "\"a\"");
  CHECK(twice.detail.find("is held by \"a\"") != std::string::npos);
  const auto two = db.refused(R"([[:db/add "a" :k/no 2] [:db/add "a" :k/no 3]])");
  CHECK(two.field("entity") == "\"a\"");
  const auto map = db.refused("[{:k/no 2} {:k/no 2}]");
  CHECK(map.field("entity") == "a map without :db/id");
  const auto tx = db.refused(R"([[:db/cas "db/current-tx" :k/no 1 2]])");
  CHECK(tx.field("entity") == "\"db/current-tx\"");
}
