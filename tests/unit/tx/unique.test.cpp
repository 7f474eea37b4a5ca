#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_database database() {
  tx_database db;
  db.must(R"([{:db/ident :user/email :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/ident :user/badge :db/valueType :db.type/long :db/unique :db.unique/value}
              {:db/ident :user/keys :db/valueType :db.type/long :db/unique :db.unique/value
               :db/cardinality :db.cardinality/many}])");
  db.must(R"([{:db/id "ada" :user/email "ada@x" :user/badge 1}
              {:db/id "bob" :user/email "bob@x" :user/badge 2 :user/keys [1 2]}])");
  return db;
}

} // namespace

TEST_CASE("unique: a value that another entity holds is refused, with its holder") {
  auto db = database();
  const auto e = db.refused("[[:db/add $bob :user/badge 1]]");
  CHECK(e.code == errc::unique_conflict);
  CHECK(e.field("attribute") == ":user/badge");
  CHECK(e.field("value") == "1");
  CHECK(e.field("holder") == std::to_string(db.id("ada").get()));
  CHECK(e.field("entity") == std::to_string(db.id("bob").get()));
  CHECK(db.refused(R"([[:db/add $bob :user/email "ada@x"]])").code == errc::unique_conflict);
}

TEST_CASE("unique: within a transaction too") {
  auto db = database();
  CHECK(db.refused(R"([{:db/id "x" :user/badge 9} {:db/id "y" :user/badge 9}])").code ==
        errc::unique_conflict);
}

TEST_CASE("unique: a value that was retracted earlier is free") {
  auto db = database();
  db.must("[[:db/retract $ada :user/badge 1]]");
  CHECK(db.said("[[:db/add $bob :user/badge 1]]") ==
        lines{"- bob :user/badge 2", "+ bob :user/badge 1"});
}

TEST_CASE("unique: a value freed in the transaction may be taken in it") {
  auto db = database();
  CHECK(db.said("[[:db/retract $ada :user/badge 1] [:db/add $bob :user/badge 1]]") ==
        lines{"- ada :user/badge 1", "- bob :user/badge 2", "+ bob :user/badge 1"});
}

TEST_CASE("unique: two entities may exchange their values") {
  auto db = database();
  CHECK(db.said("[[:db/add $ada :user/badge 2] [:db/add $bob :user/badge 1]]").size() == 4);
}

TEST_CASE("unique: a replaced value frees the old one") {
  auto db = database();
  CHECK(db.said(R"([[:db/add $ada :user/badge 5] {:db/id "c" :user/badge 1}])").size() == 3);
}

TEST_CASE("unique: each of many values") {
  auto db = database();
  CHECK(db.refused("[[:db/add $ada :user/keys 2]]").code == errc::unique_conflict);
  CHECK(db.said("[[:db/add $ada :user/keys [3 4]] [:db/add $bob :user/keys 1]]").size() == 2);
}

TEST_CASE("unique: stating what one holds is nothing new") {
  auto db = database();
  CHECK(db.said("[[:db/add $ada :user/badge 1]]").empty());
}

TEST_CASE("unique: what a tuple names is remembered like what a transaction names") {
  auto db = database();
  db.must(R"([{:db/ident :user/pair :db/valueType :db.type/tuple
               :db/tupleTypes [:db.type/ref :db.type/string]}
              {:db/id "c" :user/email "carol.of.the.long.address@example.org"}])");
  // The lookup inside the tuple is asked for again, when the tuple has been read.
  db.must(R"([{:db/id "x" :user/pair [[:user/email "carol.of.the.long.address@example.org"] "p"]}
              {:user/email "carol.of.the.long.address@example.org" :user/badge 7}
              {:db/id "y" :user/email "dora.of.the.long.address@example.org"}])");
  CHECK(db.refused("[{:db/id \"z\" :user/badge 7}]").code == errc::unique_conflict);
}
