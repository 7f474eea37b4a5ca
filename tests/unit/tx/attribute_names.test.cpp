// Attributes that a transaction calls by something other than :db/ident, and names nobody may give.
#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

/// :z/e1 is called "attr", :k/id says of itself that its :k/id is "self".
tx_database with_named_attributes() {
  tx_database db;
  db.must(R"([{:db/ident :z/e1 :db/valueType :db.type/long :weft/name "attr"}
              {:db/ident :z/e2 :db/valueType :db.type/long}
              {:db/ident :z/both :db/valueType :db.type/tuple :db/tupleAttrs [:z/e1 :z/e2]}
              {:db/ident :k/id :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/ident :k/of :db/valueType :db.type/ref :db/unique :db.unique/identity}])");
  db.must("[[:db/add :k/id :k/id \"self\"] [:db/add :z/e1 :k/of :k/id]]");
  return db;
}

} // namespace

TEST_CASE("attribute names: by whatever identity it is called, an attribute is declared") {
  auto db = with_named_attributes();
  CHECK(db.refused(R"([{:weft/name "attr" :db/ident :z/_bad}])").code == errc::schema_invalid);
  const auto gone = db.refused(R"([[:db/add "t" :k/id "self"] [:db/add "t" :db/doc "zz"]
                                   [:db/retract "t" :db/ident :k/id]])");
  CHECK(gone.code == errc::schema_invalid);
  CHECK(gone.field("key") == ":db/ident");
  CHECK(db.refused(R"([{:weft/name "attr" :db/ident :db/mine}])").code == errc::reserved_attribute);
  CHECK(db.refused(tx_request{}.add(named("attr"), "db/ident", value::keyword("z/_bad"))).code ==
        errc::schema_invalid);
  CHECK(db.refused(R"([{:weft/name "attr" :db/valueType :db.type/string}])").field("key") ==
        ":db/valueType");
}

TEST_CASE("attribute names: a rename by another identity is a rename") {
  auto db = with_named_attributes();
  CHECK(db.declared(R"([{:weft/name "attr" :db/ident :z/n1}])") ==
        lines{"- :z/n1 :db/ident :z/e1", "+ :z/n1 :db/ident :z/n1",
              "- :z/both :db/tupleAttrs \"[:z/e1 :z/e2]\"",
              "+ :z/both :db/tupleAttrs \"[:z/n1 :z/e2]\""});
  CHECK(db.now().schema().find("z/e1") == nullptr);
  CHECK(db.now().schema().find("z/n1") != nullptr);
  CHECK(db.declared(tx_request{}.add(named("attr"), "db/ident", value::keyword("z/e1"))).size() ==
        4);
}

TEST_CASE("attribute names: what is declared need not repeat the name") {
  auto db = with_named_attributes();
  CHECK(db.declared(R"([{:weft/name "attr" :db/noHistory true}])") ==
        lines{"+ :z/e1 :db/noHistory true"});
  CHECK(db.now().schema().find("z/e1")->no_history);
  // found through a reference to what was found
  CHECK(db.declared(R"([{:db/id "i" :k/id "self" :db/doc "an id"}
                        {:db/id "e" :k/of "i" :db/index false}])") ==
        lines{"+ e :db/index false", "+ i :db/doc \"an id\""});
  CHECK(!db.now().schema().find("z/e1")->indexed);
  const auto none = db.refused(R"([{:weft/name "other" :db/noHistory true}])");
  CHECK(none.code == errc::schema_invalid);
  CHECK(none.field("key") == ":db/ident");
}

TEST_CASE("attribute names: those of the database are nobody's") {
  auto db = with_named_attributes();
  for (const auto* text :
       {"[{:db/ident :db/mine}]", R"([{:db/id "x" :db/ident :weft/mine :db/doc "x"}])",
        "[{:db/ident :db.mine/x :db/doc \"x\"}]", "[[:db/add \"x\" :db/ident :weft.x/y]]",
        "[[:db/add :z/e1 :db/ident :db/mine]]", "[[:db/add \"db/current-tx\" :db/ident :db/tx]]",
        "[{:db/ident :db/mine :db/valueType :db.type/long}]"}) {
    INFO(text);
    const auto e = db.refused(text);
    CHECK(e.code == errc::reserved_attribute);
    CHECK(e.field("line") == "1");
  }
  CHECK(db.plan("[{:db/ident :dbx/mine} {:db/ident :weft}]"));
}

TEST_CASE("attribute names: a new :db/ident and a property declare, unless :db/id says of whom") {
  auto db = with_named_attributes();
  db.must(R"([{:db/ident :z/e3 :db/valueType :db.type/long :weft/name "third"}])");
  const auto nameless = db.refused(R"([{:weft/name "third" :db/ident :z/n3
                                        :db/cardinality :db.cardinality/many}])");
  CHECK(nameless.code == errc::schema_invalid);
  CHECK(nameless.field("key") == ":db/valueType");
  const auto changed = lines{"- :z/n3 :db/ident :z/e3", "+ :z/n3 :db/ident :z/n3",
                             "- :z/n3 :db/cardinality :db.cardinality/one",
                             "+ :z/n3 :db/cardinality :db.cardinality/many"};
  for (const auto* who : {"[:weft/name \"third\"]", ":z/e3"}) {
    INFO(who);
    auto copy = with_named_attributes();
    copy.must(R"([{:db/ident :z/e3 :db/valueType :db.type/long :weft/name "third"}])");
    CHECK(copy.declared(std::string("[{:db/id ") + who +
                        " :db/ident :z/n3 :db/cardinality :db.cardinality/many}]") == changed);
  }
}
