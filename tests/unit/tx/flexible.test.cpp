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
