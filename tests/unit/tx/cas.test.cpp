#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_database database() {
  tx_database db;
  db.must(R"([{:db/ident :a/n :db/valueType :db.type/long}
              {:db/ident :a/tags :db/valueType :db.type/string :db/cardinality :db.cardinality/many}
              {:db/ident :a/next :db/valueType :db.type/ref}
              {:db/ident :a/key :db/valueType :db.type/string :db/unique :db.unique/identity}])");
  db.must(R"([{:db/id "x" :a/n 1 :a/key "x"}])");
  return db;
}

} // namespace

TEST_CASE("cas: replaces the expected value") {
  auto db = database();
  CHECK(db.said("[[:db/cas $x :a/n 1 2]]") == lines{"- x :a/n 1", "+ x :a/n 2"});
  CHECK(db.said("[[:db.fn/cas [:a/key \"x\"] :a/n 2 2]]").empty());
}

TEST_CASE("cas: refuses when another value is found") {
  auto db = database();
  const auto e = db.refused("[[:db/cas $x :a/n 5 2]]");
  CHECK(e.code == errc::cas_failed);
  CHECK(e.field("attribute") == ":a/n");
  CHECK(e.field("expected") == "5");
  CHECK(e.field("found") == "1");
  CHECK(e.field("line") == "1");
}

TEST_CASE("cas: nil expects no value") {
  auto db = database();
  CHECK(db.refused("[[:db/cas $x :a/n nil 2]]").field("expected") == "nil");
  CHECK(db.said("[[:db/cas $x :a/next nil $x]]") == lines{"+ x :a/next x"});
  CHECK(db.said(R"([[:db/cas "new" :a/n nil 7]])") == lines{"+ new :a/n 7"});
  CHECK(db.refused(R"([[:db/cas "new" :a/n 1 7]])").field("found") == "nil");
}

TEST_CASE("cas: the new value cannot be nil") {
  auto db = database();
  CHECK(db.refused("[[:db/cas $x :a/n 1 nil]]").code == errc::malformed_transaction);
  CHECK(db.refused(tx_request{}.cas(db.id("x"), "a/n", 1, {})).code == errc::type_mismatch);
}

TEST_CASE("cas: needs one value") {
  auto db = database();
  const auto e = db.refused("[[:db/cas $x :a/tags \"a\" \"b\"]]");
  CHECK(e.code == errc::invalid_argument);
  CHECK(e.field("attribute") == ":a/tags");
}

TEST_CASE("cas: all of a transaction see the view before") {
  auto db = database();
  CHECK(db.refused("[[:db/cas $x :a/n 1 2] [:db/cas $x :a/n 2 3]]").code == errc::cas_failed);
  CHECK(db.refused("[[:db/cas $x :a/n 1 2] [:db/cas $x :a/n 1 3]]").code == errc::datoms_conflict);
  CHECK(db.said("[[:db/cas $x :a/n 1 2] [:db/cas $x :a/n 1 2]]").size() == 2);
}

TEST_CASE("cas: expected values may be lookup refs and upserting tempids") {
  auto db = database();
  db.must("[[:db/add $x :a/next $x]]");
  CHECK(db.said(R"([[:db/cas $x :a/next [:a/key "x"] "y"] {:db/id "y" :a/n 3}])").size() == 3);
  CHECK(db.said(R"([[:db/cas $x :a/next "z" $x] {:db/id "z" :a/key "y"}
                    [:db/add $y :a/key "y"]])")
            .size() == 3);
}
