#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_database database() {
  tx_database db;
  db.must(R"([{:db/ident :part/of :db/valueType :db.type/ref :db/isComponent true
               :db/cardinality :db.cardinality/many}
              {:db/ident :part/n :db/valueType :db.type/long}
              {:db/ident :likes :db/valueType :db.type/ref
               :db/cardinality :db.cardinality/many}])");
  db.must(R"([{:db/id "car" :part/n 1 :part/of ["wheel" "door"]}
              {:db/id "wheel" :part/n 2 :part/of "bolt"} {:db/id "bolt" :part/n 3}
              {:db/id "door" :part/n 4} {:db/id "fan" :part/n 5 :likes ["car" "bolt"]}])");
  return db;
}

} // namespace

TEST_CASE("components: go with the entity they belong to, and all references with them") {
  auto db = database();
  CHECK(db.said("[[:db/retractEntity $car]]") ==
        lines{"- car :part/of wheel", "- car :part/of door", "- car :part/n 1",
              "- wheel :part/of bolt", "- wheel :part/n 2", "- bolt :part/n 3", "- door :part/n 4",
              "- fan :likes car", "- fan :likes bolt"});
}

TEST_CASE("components: of components alone") {
  auto db = database();
  CHECK(db.said("[[:db/retractEntity $wheel]]") ==
        lines{"- car :part/of wheel", "- wheel :part/of bolt", "- wheel :part/n 2",
              "- bolt :part/n 3", "- fan :likes bolt"});
}

TEST_CASE("components: taking back the reference alone leaves the component") {
  auto db = database();
  CHECK(db.said("[[:db/retract $car :part/of $wheel]]") == lines{"- car :part/of wheel"});
  CHECK(db.about("wheel").size() == 2);
}

TEST_CASE("components: in a circle") {
  auto db = database();
  db.must("[[:db/add $bolt :part/of $car]]");
  db.must("[[:db/retractEntity $door]]");
  CHECK(db.said("[[:db/retractEntity $wheel]]").size() == 8);
  CHECK(db.about("car").empty());
  db.must("[[:db/add $door :part/of $door]]");
  CHECK(db.said("[[:db/retractEntity $door]]") == lines{"- door :part/of door"});
}

TEST_CASE("components: the view before says what belongs together") {
  auto db = database();
  CHECK(db.said("[[:db/retractEntity $wheel] [:db/retract $wheel :part/of $bolt]]").size() == 5);
  auto again = database();
  CHECK(again.said(R"([[:db/retractEntity $door] [:db/add $door :part/of "new"]
                       {:db/id "new" :part/n 9}])") ==
        lines{"- car :part/of door", "+ door :part/of new", "- door :part/n 4", "+ new :part/n 9"});
}

TEST_CASE("components: the schema after says what is one") {
  auto db = database();
  CHECK(db.said(R"([{:db/ident :part/of :db/isComponent false} [:db/retractEntity $wheel]])") ==
        lines{"- car :part/of wheel", "- wheel :part/of bolt", "- wheel :part/n 2"});
  CHECK(db.said(R"([{:db/ident :likes :db/isComponent true} [:db/retractEntity $fan]])").size() ==
        6);
}

TEST_CASE("components: a deep chain") {
  auto db = database();
  std::string text = "[";
  for (int i = 0; i < 3000; ++i)
    text += "{:db/id \"e" + std::to_string(i) + "\" :part/of \"e" + std::to_string(i + 1) + "\"}";
  auto request = parse_transaction(*read_edn(text + "{:db/id \"e3000\" :part/n 1}]"));
  REQUIRE(request);
  auto done = db.plan(*request);
  REQUIRE(done);
  CHECK(done->datoms.size() == 3001);
}

TEST_CASE("components: an attribute is nobody's part") {
  tx_database db;
  db.must(R"([{:db/ident :c/of :db/valueType :db.type/ref :db/isComponent true}
              {:db/ident :a/n :db/valueType :db.type/long}])");
  db.must(R"([{:db/id "x" :c/of :a/n :a/n 1}])");
  CHECK(db.said("[[:db/retractEntity $x]]") == lines{"- x :c/of :a/n", "- x :a/n 1"});
  CHECK(db.now().schema().find("a/n") != nullptr);
}
