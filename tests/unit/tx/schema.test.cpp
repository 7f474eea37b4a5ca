// Schema as facts: declaring attributes and changing them.
#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

TEST_CASE("schema: an attribute is declared by facts, usable at once") {
  tx_database db;
  const auto done = db.must(R"([{:db/ident :user/name :db/valueType :db.type/string
                                 :db/cardinality :db.cardinality/many :db/unique :db.unique/value
                                 :db/index true :db/doc "a name" :db/noHistory true
                                 :weft/check [:length 1 80]}
                                {:db/id "x" :user/name ["A" "B"]}])");
  CHECK(done.next.next_attribute == limits::first_user_attribute + 1);
  CHECK(done.datoms.size() == 10);
  const auto* a = done.schema->find("user/name");
  REQUIRE(a != nullptr);
  CHECK(a->id == attribute_id(limits::first_user_attribute));
  CHECK(a->type == value_type::string);
  CHECK(a->cardinality == cardinality::many);
  CHECK(a->unique == uniqueness::value);
  CHECK(a->no_history);
  CHECK(a->check_text == "[:length 1 80]");
  CHECK(db.about("x").size() == 2);
}

TEST_CASE("schema: cardinality one is written out when it is left out") {
  tx_database db;
  CHECK(db.declared("[{:db/ident :a/n :db/valueType :db.type/long}]") ==
        lines{"+ :a/n :db/ident :a/n", "+ :a/n :db/valueType :db.type/long",
              "+ :a/n :db/cardinality :db.cardinality/one"});
  CHECK(db.declared("[{:db/ident :a/n :db/valueType :db.type/long :db/cardinality "
                    ":db.cardinality/one}]")
            .empty());
}

TEST_CASE("schema: tempids of attributes get attribute ids, those of enums do not") {
  tx_database db;
  const auto done = db.must(R"([{:db/id "a" :db/ident :a/n :db/valueType :db.type/ref}
                                {:db/id "e" :db/ident :color/red :db/doc "red"}
                                {:db/id "x" :a/n "a"}])");
  CHECK(done.tempids[0].entity.get() == limits::first_user_attribute);
  CHECK(done.tempids[1].entity.get() == limits::first_user_local);
  CHECK(db.about("x") == lines{"x :a/n a"});
}

TEST_CASE("schema: facts of one declaration may stand apart") {
  tx_database db;
  CHECK(db.must(R"([[:db/add "a" :db/ident :a/n] {:db/ident :a/n :db/doc "n"}
                    {:db/ident :a/n :db/unique :db.unique/value}
                    [:db/add "a" :db/valueType :db.type/long]])")
            .schema->find("a/n")
            ->unique == uniqueness::value);
}

TEST_CASE("schema: declarations that are wrong name the key") {
  const std::vector<std::pair<std::string_view, std::string_view>> rows = {
      {":db/ident", "[{:db/valueType :db.type/long}]"},
      {":db/ident", "[{:db/ident :a/_n :db/valueType :db.type/long}]"},
      {":db/ident", "[{:db/ident :_n :db/valueType :db.type/long}]"},
      {":db/ident", "[{:db/ident :color/red :db/valueType :db.type/long}]"},
      {":db/ident", "[[:db/add $red :db/valueType :db.type/long]]"},
      {":db/valueType", "[{:db/ident :a/n :db/cardinality :db.cardinality/one}]"},
      {":db/valueType", "[{:db/ident :a/n :db/valueType :db.type/bigdec}]"},
      {":db/valueType", "[{:db/ident :a/n :db/valueType :long}]"},
      {":db/cardinality",
       "[{:db/ident :a/n :db/valueType :db.type/long :db/cardinality :db.cardinality/few}]"},
      {":db/unique", "[{:db/ident :a/n :db/valueType :db.type/long :db/unique :db.unique/yes}]"},
      {":db/unique",
       "[{:db/ident :a/n :db/valueType :db.type/vector :db/unique :db.unique/value}]"},
      {":db/index", "[{:db/ident :a/n :db/valueType :db.type/long :db/unique :db.unique/value "
                    ":db/index false}]"},
      {":db/isComponent", "[{:db/ident :a/n :db/valueType :db.type/long :db/isComponent true}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/long :db/tupleAttrs [:p/a :p/b]}]"},
      {":db/tupleTypes", "[{:db/ident :a/n :db/valueType :db.type/long :db/tupleTypes "
                         "[:db.type/long :db.type/long]}]"},
      {":db/tupleType", "[{:db/ident :a/n :db/valueType :db.type/tuple}]"},
      {":db/tupleAttrs", "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b] "
                         ":db/tupleType :db.type/long}]"},
      {":db/cardinality",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b] :db/cardinality "
       ":db.cardinality/many}]"},
      {":db/tupleAttrs", "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/a]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/none]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/many]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :a/n]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :db/ident]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs [:p/a \"x\"]}]"},
      {":db/tupleAttrs",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleAttrs \"not EDN [\"}]"},
      {":db/tupleTypes",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleTypes [:db.type/long]}]"},
      {":db/tupleTypes",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleTypes [:db.type/long :long]}]"},
      {":db/tupleTypes", "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleTypes "
                         "[:db.type/long :db.type/tuple]}]"},
      {":db/tupleTypes",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleTypes [:db.type/long 1]}]"},
      {":db/tupleTypes", "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleTypes \"5\"}]"},
      {":db/tupleType",
       "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleType :db.type/vector}]"},
      {":db/tupleType", "[{:db/ident :a/n :db/valueType :db.type/tuple :db/tupleType :x}]"},
      {":weft/check", "[{:db/ident :a/n :db/valueType :db.type/long :weft/check [:regex \"a\"]}]"},
      // changes that are never allowed
      {":db/valueType", "[[:db/add :p/a :db/valueType :db.type/string]]"},
      {":db/valueType", "[[:db/retract :p/a :db/valueType]]"},
      {":db/ident", "[[:db/retract :p/a :db/ident :p/a]]"},
      {":db/ident", "[[:db/retractEntity :p/a]]"},
      {":db/cardinality", "[[:db/add :p/a :db/cardinality :db.cardinality/many]]"},
      {":db/tupleAttrs", "[[:db/add :p/ab :db/tupleAttrs [:p/b :p/a]]]"},
      {":db/tupleTypes", "[[:db/add :p/tt :db/tupleTypes [:db.type/long :db.type/string]]]"},
      {":db/tupleType", "[[:db/add :p/t :db/tupleType :db.type/string]]"},
      {":db/index", "[[:db/add :p/u :db/index false]]"},
      {":db/unique", "[[:db/add :p/u :db/unique :db.unique/no]]"},
  };
  tx_database db;
  db.must(R"([{:db/ident :p/a :db/valueType :db.type/long}
              {:db/ident :p/b :db/valueType :db.type/long}
              {:db/ident :p/u :db/valueType :db.type/long :db/unique :db.unique/value}
              {:db/ident :p/many :db/valueType :db.type/long :db/cardinality :db.cardinality/many}
              {:db/ident :p/t :db/valueType :db.type/tuple :db/tupleType :db.type/long}
              {:db/ident :p/tt :db/valueType :db.type/tuple
               :db/tupleTypes [:db.type/long :db.type/long]}
              {:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b]}
              {:db/id "red" :db/ident :color/red}])");
  for (const auto& [key, text] : rows) {
    INFO(text);
    const auto e = db.refused(text);
    CHECK(e.code == errc::schema_invalid);
    CHECK(e.field("key") == key);
  }
}

TEST_CASE("schema: contradictions in one declaration") {
  tx_database db;
  CHECK(db.refused("[{:db/ident :a/n :db/valueType :db.type/long} {:db/ident :a/n :db/valueType "
                   ":db.type/string}]")
            .code == errc::datoms_conflict);
  CHECK(db.refused(R"([{:db/id "a" :db/ident :a/n :db/valueType :db.type/long}
                       [:db/add "a" :db/ident :a/m]])")
            .code == errc::datoms_conflict);
}

TEST_CASE("schema: changes that are free") {
  tx_database db;
  db.must(
      "[{:db/ident :a/n :db/valueType :db.type/ref} {:db/id \"x\" :a/n \"y\"} {:db/id \"y\" :a/n "
      "\"x\"}]");
  CHECK(db.declared("[{:db/ident :a/n :db/index false :db/noHistory true :db/isComponent true "
                    ":db/doc \"d\"}]")
            .size() == 4);
  CHECK(!db.now().schema().find("a/n")->indexed);
  CHECK(db.declared("[{:db/ident :a/n :db/index true :db/noHistory false :db/isComponent false}]")
            .size() == 6);
  CHECK(db.declared("[[:db/retract :a/n :db/index] [:db/retract :a/n :db/doc \"d\"]]").size() == 2);
  CHECK(db.now().schema().find("a/n")->indexed);
  CHECK(db.declared("[{:db/ident :a/n :db/cardinality :db.cardinality/many}]").size() == 2);
  CHECK(db.declared("[{:db/ident :a/n :db/cardinality :db.cardinality/one :db/unique "
                    ":db.unique/value}]")
            .size() == 3);
  CHECK(db.declared("[{:db/ident :a/n :db/unique :db.unique/identity}]").size() == 2);
  CHECK(db.declared("[[:db/retract :a/n :db/unique]]").size() == 1);
  CHECK(db.now().schema().find("a/n")->unique == uniqueness::none);
}

TEST_CASE("schema: a change that facts violate is refused with one of them") {
  tx_database db;
  db.must(R"([{:db/ident :a/tags :db/valueType :db.type/long :db/cardinality :db.cardinality/many}
              {:db/ident :a/n :db/valueType :db.type/long}
              {:db/id "x" :a/tags [1 2] :a/n 7} {:db/id "y" :a/tags [3] :a/n 7}])");
  const auto many = db.refused("[{:db/ident :a/tags :db/cardinality :db.cardinality/one}]");
  CHECK(many.code == errc::schema_violation);
  CHECK(many.field("key") == ":db/cardinality");
  CHECK(many.field("attribute") == ":a/tags");
  CHECK(many.field("entity") == std::to_string(db.id("x").get()));
  CHECK(many.field("value") == "1");
  CHECK(many.field("other") == "2");
  const auto unique = db.refused("[{:db/ident :a/n :db/unique :db.unique/identity}]");
  CHECK(unique.code == errc::schema_violation);
  CHECK(unique.field("key") == ":db/unique");
  CHECK(unique.field("value") == "7");
  CHECK(unique.field("entity") == std::to_string(db.id("x").get()));
  CHECK(unique.field("other") == std::to_string(db.id("y").get()));
  const auto check = db.refused("[{:db/ident :a/n :weft/check [:range 0 5]}]");
  CHECK(check.code == errc::schema_violation);
  CHECK(check.field("key") == ":weft/check");
  CHECK(check.field("value") == "7");
  CHECK(check.field("constraint") == "[:range 0 5]");
}

TEST_CASE("schema: what the transaction itself puts right is right") {
  tx_database db;
  db.must(R"([{:db/ident :a/tags :db/valueType :db.type/long :db/cardinality :db.cardinality/many}
              {:db/ident :a/n :db/valueType :db.type/long}
              {:db/id "x" :a/tags [1 2] :a/n 7} {:db/id "y" :a/tags [3] :a/n 7}])");
  CHECK(
      db.said(
          "[{:db/ident :a/tags :db/cardinality :db.cardinality/one} [:db/retract $x :a/tags 1]]") ==
      lines{"- x :a/tags 1"});
  CHECK(db.said("[{:db/ident :a/n :db/unique :db.unique/value :weft/check [:range 0 8]} "
                "[:db/add $x :a/n 8]]") == lines{"- x :a/n 7", "+ x :a/n 8"});
  CHECK(db.refused("[{:db/ident :a/n :weft/check [:range 0 6]} [:db/add $x :a/n 5]]").code ==
        errc::schema_violation);
  auto again = db;
  again.must("[[:db/retract :a/n :db/unique] [:db/retract :a/n :weft/check]]");
  CHECK(again.refused("[{:db/ident :a/n :db/unique :db.unique/value} [:db/add $x :a/n 7]]").code ==
        errc::schema_violation);
  CHECK(again.refused("[{:db/ident :a/n :weft/check [:range 0 9]} [:db/add $x :a/n 10]]").code ==
        errc::check_failed);
}

TEST_CASE("schema: a value of an attribute with one value from now on replaces all it had") {
  tx_database db;
  db.must(R"([{:db/ident :a/tags :db/valueType :db.type/long :db/cardinality :db.cardinality/many}
              {:db/id "x" :a/tags [1 2]}])");
  CHECK(
      db.said("[{:db/ident :a/tags :db/cardinality :db.cardinality/one} [:db/add $x :a/tags 5]]") ==
      lines{"- x :a/tags 1", "- x :a/tags 2", "+ x :a/tags 5"});
}

TEST_CASE("schema: an attribute that becomes an identity upserts in the same transaction") {
  tx_database db;
  db.must(R"([{:db/ident :a/n :db/valueType :db.type/long :db/index false}
              {:db/ident :a/s :db/valueType :db.type/string} {:db/id "x" :a/n 7}])");
  CHECK(db.said(R"([{:db/ident :a/n :db/unique :db.unique/identity :db/index true}
                    {:a/n 7 :a/s "seven"}])") == lines{"+ x :a/s \"seven\""});
}

TEST_CASE("schema: renaming") {
  tx_database db;
  db.must(
      R"([{:db/ident :a/n :db/valueType :db.type/long} {:db/ident :a/m :db/valueType :db.type/long}
              {:db/ident :a/nm :db/valueType :db.type/tuple :db/tupleAttrs [:a/n :a/m]}
              {:db/id "x" :a/n 1}])");
  CHECK(db.declared("[[:db/add :a/n :db/ident :a/number] [:db/add $x :a/n 2]]") ==
        lines{"- :a/number :db/ident :a/n", "+ :a/number :db/ident :a/number",
              "- :a/nm :db/tupleAttrs \"[:a/n :a/m]\"",
              "+ :a/nm :db/tupleAttrs \"[:a/number :a/m]\""});
  CHECK(db.now().schema().find("a/n") == nullptr);
  CHECK(db.said("[[:db/add $x :a/number 3]]").size() == 4);
  CHECK(db.refused("[[:db/add :a/m :db/ident :a/number]]").code == errc::unique_conflict);
  // names mean what they meant before, so two can be exchanged
  CHECK(db.said("[[:db/add :a/m :db/ident :a/number] [:db/add :a/number :db/ident :a/m] "
                "[:db/add $x :a/m 5]]") ==
        lines{"+ x :a/number 5", "- x :a/nm #weft/tuple [3 nil]", "+ x :a/nm #weft/tuple [3 5]"});
  CHECK(db.declared("[[:db/add :a/nm :db/tupleAttrs [:a/m :a/number]]]").empty());
  // a name that was freed is free
  CHECK(db.declared("[{:db/ident :a/n :db/valueType :db.type/string}]").size() == 3);
}

TEST_CASE("schema: flexible attributes are declared by their first use") {
  tx_database db;
  CHECK(db.declared(R"([{:user/name "Ada" :user/tags ["a"] :user/address {:street/no 3}
                         :user/x 1.5 :user/ok false}])")
            .size() == 6 * 3 + 1);
  const auto& s = db.now().schema();
  CHECK(s.find("user/name")->type == value_type::string);
  CHECK(s.find("user/name")->cardinality == cardinality::one);
  CHECK(s.find("user/tags")->cardinality == cardinality::many);
  CHECK(s.find("user/address")->component);
  CHECK(s.find("user/address")->type == value_type::ref);
  CHECK(s.find("street/no")->type == value_type::long_);
  CHECK(s.find("user/x")->type == value_type::double_);
  CHECK(s.find("user/ok")->type == value_type::boolean);
}

TEST_CASE("schema: what flexible attributes are inferred from") {
  tx_database db;
  db.must(R"([{:db/ident :a/key :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/id "k" :a/key "k"}])");
  db.must(tx_request{}
              .put({{"f/tempid", tempid("new")},
                    {"f/named", named("n")},
                    {"f/tx", this_transaction()},
                    {"f/id", db.id("k")},
                    {"f/known", map_of({{"a/key", "k"}})},
                    {"f/kw", value::keyword("k")},
                    {"f/tuple", value::tuple(std::vector<std::optional<value>>{
                                    value::of(std::int64_t{1}), value::string("s")})},
                    {"f/vector", value::vector(std::vector<float>{1.0F})},
                    {"f/list", list_of({map_of({{"g/n", 1}}), map_of({{"g/n", 2}})})},
                    {"f/_back", db.id("k")},
                    {"f/empty", list_of({})}})
              .add(tempid("new"), "g/n", 3)
              .add(named("n"), "g/n", 4));
  const auto& s = db.now().schema();
  for (const auto* name : {"f/tempid", "f/named", "f/tx", "f/id", "f/known", "f/back"}) {
    INFO(name);
    CHECK(s.find(name)->type == value_type::ref);
    CHECK(!s.find(name)->component);
  }
  CHECK(s.find("f/kw")->type == value_type::keyword);
  CHECK(s.find("f/tuple")->tuple_types ==
        std::vector<value_type>{value_type::long_, value_type::string});
  CHECK(s.find("f/vector")->type == value_type::vector);
  CHECK(s.find("f/list")->component);
  CHECK(s.find("f/list")->cardinality == cardinality::many);
  CHECK(s.find("f/empty") == nullptr);
}

TEST_CASE("schema: uses of a new attribute must agree") {
  tx_database db;
  const auto e = db.refused(R"([{:a/n 1} {:a/n "one"}])");
  CHECK(e.code == errc::type_mismatch);
  CHECK(e.field("attribute") == ":a/n");
  CHECK(e.field("expected") == "long");
  CHECK(e.field("found") == "string");
  for (const auto* text :
       {R"([{:a/n 1} {:a/n 1.5}])", R"([{:a/n nil}])", R"([{:a/n [[1 2]]}])", R"([{:a/n [1 "x"]}])",
        R"([{:a/n 1 :b/c {:a/_n {:x/y 1}}}])", R"([{:a/n #weft/tuple [1 nil]}])",
        R"([{:a/n #weft/tuple [1 2]} {:a/n #weft/tuple [1 "x"]}])"}) {
    INFO(text);
    CHECK(db.refused(text).code == errc::type_mismatch);
  }
  CHECK(db.refused(tx_request{}.add(tempid("x"), "a b", 1)).code == errc::invalid_value);
}

TEST_CASE("schema: names nobody declared") {
  tx_database db;
  db.must("[{:db/ident :user/name :db/valueType :db.type/string}]");
  CHECK(db.refused("[[:db/retract 1048576 :user/nmae \"x\"]]").code == errc::unknown_entity);
  db.must(R"([{:db/id "x" :user/name "x"}])");
  const auto e = db.refused("[[:db/retract $x :user/nmae \"x\"]]");
  CHECK(e.code == errc::unknown_attribute);
  CHECK(e.field("attribute") == ":user/nmae");
  CHECK(e.field("nearest") == ":user/name");
  CHECK(e.field("line") == "1");
  CHECK(db.refused("[[:db/add $x :db/dco \"x\"]]").field("nearest") == ":db/doc");
  db.mode = schema_mode::strict;
  const auto strict = db.refused("[[:db/add $x :user/nmae \"x\"]]");
  CHECK(strict.code == errc::unknown_attribute);
  CHECK(strict.field("attribute") == ":user/nmae");
  CHECK(strict.field("nearest") == ":user/name");
  CHECK(db.refused("[[:db/add $x :a/empty []]]").code == errc::unknown_attribute);
  CHECK(db.said("[[:db/add $x :user/name \"y\"]]").size() == 2);
}

TEST_CASE("schema: attribute ids run out") {
  tx_database db;
  db.next.next_attribute = limits::first_user_local - 1;
  CHECK(db.plan("[{:a/n 1}]"));
  CHECK(db.refused("[{:a/n 1 :a/m 2}]").code == errc::schema_invalid);
  CHECK(db.refused("[{:db/ident :a/n :db/valueType :db.type/long} {:db/ident :a/m :db/valueType "
                   ":db.type/long}]")
            .code == errc::schema_invalid);
}

TEST_CASE("schema: many attributes in one transaction") {
  tx_database db;
  std::string text = "[{";
  for (int i = 0; i < 20'000; ++i)
    text += ":a/n" + std::to_string(i) + " 1 ";
  const auto done = db.plan(text + "}]");
  REQUIRE(done);
  CHECK(done->datoms.size() == 80'000);
}

TEST_CASE("schema: folding refuses what no transaction says") {
  const datom broken{entity_id(2000), builtin::cardinality, value::keyword("db.cardinality/one"),
                     tx_number(1), true};
  const auto view = view_of(broken);
  const auto folded = fold_schema(schema::bootstrap(), std::span(&view, 1));
  REQUIRE(!folded);
  CHECK(folded.error().code == errc::schema_invalid);
}
