#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

constexpr auto people = R"([
  {:db/ident :user/email :db/valueType :db.type/string :db/unique :db.unique/identity}
  {:db/ident :user/handle :db/valueType :db.type/string :db/unique :db.unique/identity}
  {:db/ident :user/badge :db/valueType :db.type/long :db/unique :db.unique/value}
  {:db/ident :user/age :db/valueType :db.type/long}
  {:db/ident :seat/of :db/valueType :db.type/ref :db/unique :db.unique/identity}
  {:db/ident :seat/row :db/valueType :db.type/long}
  {:db/ident :in/term :db/valueType :db.type/ref}
  {:db/ident :in/course :db/valueType :db.type/string}
  {:db/ident :in/key :db/valueType :db.type/tuple :db/tupleAttrs [:in/term :in/course]
   :db/unique :db.unique/identity}])";

tx_database database() {
  tx_database db;
  db.must(people);
  db.must(R"([{:db/id "ada" :user/email "ada@x" :user/handle "ada"}
              {:db/id "bob" :user/email "bob@x"}])");
  return db;
}

} // namespace

TEST_CASE("upsert: a tempid with a known identity stands for its holder") {
  auto db = database();
  const auto ada = db.id("ada");
  CHECK(db.said(R"([{:db/id "a" :user/email "ada@x" :user/age 36}])") ==
        lines{"+ ada :user/age 36"});
  CHECK(db.id("a") == ada);
}

TEST_CASE("upsert: a map without :db/id upserts too") {
  auto db = database();
  CHECK(db.said(R"([{:user/handle "ada" :user/age 36}])") == lines{"+ ada :user/age 36"});
}

TEST_CASE("upsert: several identities must agree") {
  auto db = database();
  CHECK(db.said(R"([{:user/email "ada@x" :user/handle "ada" :user/age 1}])").size() == 1);
  const auto e = db.refused(R"([{:db/id "x" :user/email "bob@x" :user/handle "ada"}])");
  CHECK(e.code == errc::tempid_conflict);
  CHECK(e.field("tempid") == "\"x\"");
  CHECK(!e.field("entity").empty());
  CHECK(!e.field("other").empty());
}

TEST_CASE("upsert: an identity nobody has yet joins the others") {
  auto db = database();
  CHECK(db.said(R"([{:user/email "bob@x" :user/handle "bob"}])") ==
        lines{"+ bob :user/handle \"bob\""});
}

TEST_CASE("upsert: two tempids with one new identity merge") {
  auto db = database();
  const auto done = db.must(R"([{:db/id "x" :user/email "new@x" :user/age 1}
                                {:db/id "y" :user/email "new@x" :user/handle "new"}])");
  CHECK(db.id("x") == db.id("y"));
  CHECK(done.datoms.size() == 3);
}

TEST_CASE("upsert: merged tempids merge others, in any order of the request") {
  const std::array<std::string, 3> facts = {R"({:db/id "x" :user/email "new@x"})",
                                            R"({:db/id "y" :user/email "new@x" :user/handle "n"})",
                                            R"({:db/id "z" :user/handle "n" :user/age 3})"};
  std::array<std::size_t, 3> order = {0, 1, 2};
  do {
    auto db = database();
    db.must("[" + facts[order[0]] + facts[order[1]] + facts[order[2]] + "]");
    CHECK(db.id("x") == db.id("y"));
    CHECK(db.id("y") == db.id("z"));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("upsert: tempids that merge with two entities conflict") {
  auto db = database();
  CHECK(db.refused(R"([{:db/id "x" :user/email "ada@x" :seat/of "s"}
                       {:db/id "y" :user/email "bob@x" :seat/of "s"}
                       {:db/id "s" :user/age 1}])")
            .code == errc::tempid_conflict);
}

TEST_CASE("upsert: an explicit entity that claims an identity is who a tempid means") {
  auto db = database();
  CHECK(db.said(R"([[:db/add $bob :user/handle "bo"]
                    {:db/id "x" :user/handle "bo" :user/age 7}])") ==
        lines{"+ bob :user/handle \"bo\"", "+ bob :user/age 7"});
}

TEST_CASE("upsert: :db.unique/value never upserts") {
  auto db = database();
  db.must(R"([{:db/id "c" :user/badge 7}])");
  const auto e = db.refused(R"([{:user/badge 7 :user/age 1}])");
  CHECK(e.code == errc::unique_conflict);
  CHECK(e.field("holder") == std::to_string(db.id("c").get()));
}

TEST_CASE("upsert: a ref that is an identity is followed once its target is known") {
  auto db = database();
  db.must(R"([{:db/id "s1" :seat/of $ada :seat/row 1}])");
  CHECK(db.said(R"([{:db/id "s" :seat/of "a" :seat/row 2} {:db/id "a" :user/email "ada@x"}])") ==
        lines{"- s1 :seat/row 1", "+ s1 :seat/row 2"});
}

TEST_CASE("upsert: refs to one new entity merge those who claim it") {
  auto db = database();
  db.must(R"([{:db/id "s" :seat/of "n" :seat/row 2} {:db/id "r" :seat/of "m"}
              {:db/id "n" :user/email "new@x"} {:db/id "m" :user/email "new@x"}])");
  CHECK(db.id("s") == db.id("r"));
  CHECK(db.id("n") == db.id("m"));
}

TEST_CASE("upsert: a long chain of refs is followed in time") {
  auto db = database();
  std::string link = "$ada";
  for (int i = 0; i < 30; ++i) {
    const auto name = "c" + std::to_string(i);
    db.must("[{:db/id \"" + name + "\" :seat/of " + link + "}]");
    link = "$" + name;
  }
  std::string text = R"([{:db/id "a" :user/email "ada@x"})";
  for (int i = 29; i >= 0; --i) // against the direction of the chain
    text += "{:db/id \"t" + std::to_string(i) + "\" :seat/of \"" +
            (i == 0 ? std::string("a") : "t" + std::to_string(i - 1)) + "\"}";
  CHECK(db.said(text + "]").empty());
  CHECK(db.id("t29") == db.id("c29"));
}

TEST_CASE("upsert: a composite identity decides when all its parts are stated") {
  auto db = database();
  db.must(R"([{:db/id "k" :in/term $ada :in/course "db"}])");
  CHECK(db.said(R"([{:in/term $ada :in/course "db" :user/age 2}])") == lines{"+ k :user/age 2"});
  CHECK(db.said(R"([{:db/id "z" :in/term "a" :in/course "db" :user/age 3}
                    {:db/id "a" :user/email "ada@x"}])") ==
        lines{"- k :user/age 2", "+ k :user/age 3"});
}

TEST_CASE("upsert: parts stated of merged tempids make one composite identity") {
  auto db = database();
  db.must(R"([{:db/id "k" :in/term $ada :in/course "db"}])");
  CHECK(db.said(R"([{:db/id "x" :in/term $ada :user/handle "k"}
                    {:db/id "y" :in/course "db" :user/handle "k"}])") ==
        lines{"+ k :user/handle \"k\""});
}

TEST_CASE("upsert: two tempids with one new composite identity merge") {
  auto db = database();
  db.must(R"([{:db/id "x" :in/term "n" :in/course "db"} {:db/id "y" :in/term "m" :in/course "db"}
              {:db/id "n" :user/email "n@x"} {:db/id "m" :user/email "n@x" :user/age 1}])");
  CHECK(db.id("x") == db.id("y"));
}

TEST_CASE("upsert: an identity freed in the transaction still decides by the view before") {
  auto db = database();
  CHECK(db.refused(R"([[:db/retract $ada :user/email "ada@x"] {:user/email "ada@x" :user/age 1}])")
            .code == errc::datoms_conflict);
}

TEST_CASE("upsert: a :weft/name finds or makes its entity") {
  auto db = database();
  auto request = tx_request{}.add(named("user/1"), "user/age", 3);
  CHECK(db.must(request).datoms.size() == 2);
  const auto e = *db.now().lookup(builtin::name, value_view::string("user/1"));
  REQUIRE(e);
  const auto again = db.must(tx_request{}.add(named("user/1"), "user/age", 4));
  CHECK(again.datoms.size() == 2);
  CHECK(again.datoms[0].entity == *e);
  const auto refused = db.refused(tx_request{}.add(db.id("ada"), "seat/of", named("user/2")));
  CHECK(refused.code == errc::unknown_entity);
  CHECK(refused.field("lookup") == "[:weft/name \"user/2\"]");
}
