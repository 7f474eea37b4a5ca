#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_database database() {
  tx_database db;
  db.must(R"([{:db/ident :order/no :db/valueType :db.type/long :db/unique :db.unique/identity}
              {:db/ident :order/lines :db/valueType :db.type/ref :db/isComponent true
               :db/cardinality :db.cardinality/many}
              {:db/ident :order/head :db/valueType :db.type/ref :db/isComponent true}
              {:db/ident :order/by :db/valueType :db.type/ref}
              {:db/ident :line/sku :db/valueType :db.type/string}
              {:db/ident :line/tags :db/valueType :db.type/string
               :db/cardinality :db.cardinality/many}
              {:db/ident :user/email :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/ident :user/friends :db/valueType :db.type/ref
               :db/cardinality :db.cardinality/many}])");
  db.must(R"([{:db/id "ada" :user/email "ada@x"} {:db/id "bob" :user/email "bob@x"}])");
  return db;
}

} // namespace

TEST_CASE("maps: nested maps of components are new entities") {
  auto db = database();
  const auto done = db.must(R"([{:db/id "o" :order/no 1 :order/head {:line/sku "h"}
                                 :order/lines [{:line/sku "A"}
                                               {:line/sku "B" :line/tags ["x" "y"]}]}])");
  CHECK(done.datoms.size() == 9);
  CHECK(done.tempids.size() == 1);
  CHECK(done.next.next_local == db.id("o").get() + 4);
}

TEST_CASE("maps: nested maps of other refs need an identity or an id") {
  auto db = database();
  CHECK(db.said(R"([{:db/id "o" :order/no 1 :order/by {:user/email "ada@x"}}])") ==
        lines{"+ o :order/no 1", "+ o :order/by ada"});
  CHECK(db.said(R"([{:db/id $o :order/by {:db/id "n" :line/sku "x"}}])") ==
        lines{"- o :order/by ada", "+ o :order/by n", "+ n :line/sku \"x\""});
  const auto e = db.refused(R"([{:db/id $o :order/by {:line/sku "x"}}])");
  CHECK(e.code == errc::malformed_transaction);
  CHECK(e.field("attribute") == ":order/by");
}

TEST_CASE("maps: nested in each other, and empty") {
  auto db = database();
  CHECK(db.said(R"([{:order/no 1 :order/by {:user/email "ada@x" :user/friends
                     [{:user/email "bob@x" :user/friends {:user/email "eve@x"}}]}}])")
            .size() == 5);
  const auto e = db.refused("[{:order/no 2 :order/head {}}]");
  CHECK(e.code == errc::tempid_unused);
  CHECK(e.field("tempid") == "the map under :order/head");
}

TEST_CASE("maps: reverse attributes point here") {
  auto db = database();
  CHECK(db.said(R"([{:db/id "c" :line/sku "x" :user/_friends [$ada [:user/email "bob@x"]]}])") ==
        lines{"+ ada :user/friends c", "+ bob :user/friends c", "+ c :line/sku \"x\""});
  CHECK(db.said(R"([{:db/id $ada :user/_friends [:user/email "bob@x"]}])") ==
        lines{"+ bob :user/friends ada"});
  CHECK(db.said(R"([{:db/id $bob :user/_friends {:user/email "eve@x"}}])").size() == 2);
  CHECK(db.said("[[:db/retract $ada :user/_friends $bob]]") == lines{"- bob :user/friends ada"});
  CHECK(db.refused("[[:db/retract $ada :user/_friends]]").code == errc::malformed_transaction);
  CHECK(db.refused("[[:db/cas $ada :user/_friends nil $bob]]").code == errc::malformed_transaction);
  CHECK(db.refused("[{:db/id $ada :line/_sku $bob}]").code == errc::type_mismatch);
}

TEST_CASE("maps: a list is many values, a bare lookup ref is one") {
  auto db = database();
  CHECK(db.said(R"([{:db/id $ada :user/friends [:user/email "bob@x"]}])") ==
        lines{"+ ada :user/friends bob"});
  CHECK(db.said(R"([{:db/id "l" :line/tags ["a" "b" "a"]}])") ==
        lines{"+ l :line/tags \"a\"", "+ l :line/tags \"b\""});
  CHECK(
      db.said(R"([{:db/id $l :line/tags #{"c"}} [:db/retract $l :line/tags ["a" "b"]]])").size() ==
      3);
  CHECK(db.said(R"([{:db/id $l :line/tags []}])").empty());
  CHECK(db.refused(R"([{:db/id $l :line/sku ["a"]}])").code == errc::type_mismatch);
}

TEST_CASE("maps: only facts can be stated in them") {
  auto db = database();
  CHECK(db.refused(R"([[:db/retract $ada :user/friends {:user/email "x"}]])").code ==
        errc::malformed_transaction);
  CHECK(db.refused(R"([{:db/id {:user/email "x"} :line/sku "a"}])").code ==
        errc::malformed_transaction);
  CHECK(db.refused(tx_request{}.put(list_of({1}), {{"line/sku", "a"}})).code ==
        errc::malformed_transaction);
}

TEST_CASE("maps: as deep as limits::nesting_depth_max") {
  auto db = database();
  const auto nested = [](std::size_t levels) {
    operand x = map_of({{"line/sku", "x"}});
    for (std::size_t i = 1; i < levels; ++i)
      x = map_of({{"order/head", x}});
    return tx_request{}.put({{"order/no", 1}, {"order/head", x}});
  };
  CHECK(db.must(nested(limits::nesting_depth_max - 1)).datoms.size() ==
        limits::nesting_depth_max + 1);
  CHECK(db.refused(nested(limits::nesting_depth_max)).code == errc::nesting_too_deep);
  CHECK(db.refused(nested(1000)).code == errc::nesting_too_deep);
}

TEST_CASE("maps: that only turn facts round say nothing about themselves") {
  auto db = database();
  const auto e = db.refused("[{:user/_friends $ada}]");
  CHECK(e.code == errc::tempid_unused);
  CHECK(e.field("tempid") == "a map without :db/id");
}
