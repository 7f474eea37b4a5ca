// Flexible mode: what nobody declared is declared by its first use.
#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

TEST_CASE("flexible: a name that no declaration may give is refused") {
  for (const auto* text :
       {"[{:user/_ 1}]", "[{:_ 1}]", "[{:a/_ 1}]", "[{:user/name {:a/_ 1}}]",
        R"([{:db/id "y" :k/n 1} {:db/id "z" :k/n 2 :user/__x "y"}])",
        R"([[:db/add "z" :user/__x "y"] [:db/add "y" :k/n 1]])", "[[:db/add \"z\" :_ [\"a\"]]]"}) {
    INFO(text);
    tx_database db;
    const auto e = db.refused(text);
    CHECK(e.code == errc::schema_invalid);
    CHECK(e.field("key") == ":db/ident");
    CHECK(e.field("line") == "1");
  }
  tx_database db;
  CHECK(db.refused(tx_request{}.put({{"u/_", 1}})).code == errc::schema_invalid);
  CHECK(db.declared("[{:a_/b_ 1}]").size() == 3); // elsewhere in a name it is a letter
}

TEST_CASE("flexible: a name that is too long says so") {
  tx_database db;
  const std::string longest(limits::keyword_bytes_max, 'a');
  CHECK(db.plan(tx_request{}.add(tempid("x"), longest, 1)));
  const auto e = db.refused(tx_request{}.add(tempid("x"), longest + "a", 1));
  CHECK(e.code == errc::value_too_large);
  CHECK(e.field("attribute").starts_with(":aaa"));
}

TEST_CASE("flexible: a map under a reverse attribute is nobody's component") {
  tx_database db;
  db.must(R"([{:db/id "o" :order/no 1 :item/_of [{:db/id "i" :item/no 10} {:item/no 11}]}])");
  CHECK(!db.now().schema().find("item/of")->component);
  CHECK(db.now().schema().find("item/of")->cardinality == cardinality::one);
  CHECK(db.said("[[:db/retractEntity $i]]").size() == 2);
  CHECK(db.about("o") == lines{"o :order/no 1"});
}

TEST_CASE("flexible: a lookup ref makes a reference") {
  tx_database db;
  db.must(R"([{:db/ident :u/email :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/id "a" :u/email "a"} {:db/id "b" :u/email "b"}])");
  CHECK(db.said(R"([{:db/id "x" :x/n 1 :x/friend [:u/email "a"]
                     :x/likes [[:u/email "a"] [:u/email "b"]]}])") ==
        lines{"+ x :x/friend a", "+ x :x/likes a", "+ x :x/likes b", "+ x :x/n 1"});
  CHECK(db.now().schema().find("x/friend")->cardinality == cardinality::one);
  CHECK(db.now().schema().find("x/likes")->cardinality == cardinality::many);
  CHECK(db.refused(R"([{:y/friend [:u/email "c"]}])").code == errc::unknown_entity);
}

TEST_CASE("flexible: what does not say a type is refused in words") {
  tx_database db;
  for (const auto* text : {"[{:a/n nil}]", "[{:a/n [[1 2]]}]", "[{:a/n #weft/tuple [1 nil]}]"}) {
    INFO(text);
    const auto e = db.refused(text);
    CHECK(e.code == errc::type_mismatch);
    CHECK(e.detail.starts_with(":a/n is not declared, and "));
  }
}

TEST_CASE("flexible: tuples of one attribute have elements of the same types") {
  tx_database db;
  const auto e = db.refused("[{:a/t #weft/tuple [1.0 \"a\"]} {:a/t #weft/tuple [1 \"b\"]}]");
  CHECK(e.code == errc::type_mismatch);
  CHECK(e.field("attribute") == ":a/t");
  db.must("[{:a/t #weft/tuple [1.0 \"a\"]} {:a/t #weft/tuple [2.0 \"b\"]}]");
  CHECK(db.now().schema().find("a/t")->tuple_types ==
        std::vector{value_type::double_, value_type::string});
}
