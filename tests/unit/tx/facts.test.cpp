// add and retract: a set of operations against the view before.
#include "fixture.hpp"

#include "weft/core/tx/describe.hpp"

#include <algorithm>

using namespace weft;
using namespace weft::test;

namespace {

tx_database database() {
  tx_database db;
  db.must(R"([{:db/ident :a/n :db/valueType :db.type/long}
              {:db/ident :a/x :db/valueType :db.type/double}
              {:db/ident :a/s :db/valueType :db.type/string}
              {:db/ident :a/tags :db/valueType :db.type/string :db/cardinality :db.cardinality/many}
              {:db/ident :a/when :db/valueType :db.type/instant}
              {:db/ident :a/id :db/valueType :db.type/uuid}
              {:db/ident :a/raw :db/valueType :db.type/bytes}
              {:db/ident :a/key :db/valueType :db.type/keyword}
              {:db/ident :a/at :db/valueType :db.type/vector}
              {:db/ident :a/ref :db/valueType :db.type/ref}
              {:db/ident :a/refs :db/valueType :db.type/ref
               :db/cardinality :db.cardinality/many}])");
  db.must(R"([{:db/id "x" :a/n 1 :a/tags ["a" "b"] :a/s "s"} {:db/id "y" :a/n 2 :a/ref "x"}])");
  return db;
}

} // namespace

TEST_CASE("facts: a replaced value is taken back and stated in one transaction") {
  auto db = database();
  CHECK(db.said("[[:db/add $x :a/n 5]]") == lines{"- x :a/n 1", "+ x :a/n 5"});
}

TEST_CASE("facts: stating a live fact or taking back an absent one adds no datom") {
  auto db = database();
  const auto done =
      db.must("[[:db/add $x :a/n 1] [:db/retract $x :a/n 7] [:db/add $x :a/tags \"a\"] "
              "[:db/retract $x :a/tags \"z\"] [:db/retract $x :a/ref]]");
  CHECK(done.datoms.empty());
  CHECK(done.next == db.next);
}

TEST_CASE("facts: an empty transaction is one") {
  auto db = database();
  CHECK(db.must("[]").datoms.empty());
  CHECK(db.must("[nil {}]").datoms.empty());
}

TEST_CASE("facts: taken back by value, by attribute, and by entity") {
  auto db = database();
  CHECK(db.said("[[:db/retract $x :a/tags \"a\"]]") == lines{"- x :a/tags \"a\""});
  CHECK(db.said("[[:db/retract $y :a/n]]") == lines{"- y :a/n 2"});
  CHECK(db.said("[[:db/retract $x :a/tags] [:db/retractAttribute $x :a/n]]") ==
        lines{"- x :a/n 1", "- x :a/tags \"b\""});
  CHECK(db.said("[[:db/retractEntity $x]]") == lines{"- x :a/s \"s\"", "- y :a/ref x"});
  CHECK(db.about("x").empty());
}

TEST_CASE("facts: two values for one value's place contradict each other") {
  auto db = database();
  const auto e = db.refused("[[:db/add $x :a/n 5] [:db/add $x :a/n 6]]");
  CHECK(e.code == errc::datoms_conflict);
  CHECK(e.field("attribute") == ":a/n");
  CHECK(e.field("entity") == std::to_string(db.id("x").get()));
  CHECK(e.field("value") == "5");
  CHECK(e.field("other") == "6");
  CHECK(db.refused(R"([{:db/id "n" :a/n 5} {:db/id "n" :a/n 6}])").code == errc::datoms_conflict);
  CHECK(db.said("[[:db/add $x :a/n 5] [:db/add $x :a/n 5]]").size() == 2);
}

TEST_CASE("facts: stating and taking back one fact contradict each other") {
  auto db = database();
  for (const auto* text : {"[[:db/add $x :a/n 1] [:db/retract $x :a/n 1]]",
                           "[[:db/add $x :a/n 3] [:db/retract $x :a/n 3]]",
                           "[[:db/add $x :a/n 1] [:db/retract $x :a/n]]",
                           "[[:db/add $x :a/tags \"a\"] [:db/retract $x :a/tags]]",
                           "[[:db/add $x :a/tags \"z\"] [:db/retract $x :a/tags \"z\"]]",
                           "[[:db/add $x :a/n 1] [:db/retractEntity $x]]",
                           "[[:db/add $y :a/ref $x] [:db/retractEntity $x]]"})
    CHECK(db.refused(text).code == errc::datoms_conflict);
}

TEST_CASE("facts: what is taken back may be replaced") {
  auto db = database();
  CHECK(db.said("[[:db/retract $x :a/n 1] [:db/add $x :a/n 5]]").size() == 2);
  CHECK(db.said("[[:db/retract $x :a/n] [:db/add $x :a/n 6]]").size() == 2);
  CHECK(db.said("[[:db/retract $x :a/tags] [:db/add $x :a/tags \"c\"]]") ==
        lines{"- x :a/tags \"a\"", "- x :a/tags \"b\"", "+ x :a/tags \"c\""});
  CHECK(db.said("[[:db/retractEntity $y] [:db/add $y :a/n 9]]") ==
        lines{"- y :a/n 2", "+ y :a/n 9", "- y :a/ref x"});
}

TEST_CASE("facts: order has no meaning") {
  std::vector<std::string> ops = {"[:db/retract $x :a/tags \"a\"]", "[:db/add $x :a/tags \"c\"]",
                                  "[:db/add $x :a/n 9]", "[:db/retractEntity $y]"};
  std::sort(ops.begin(), ops.end());
  auto db = database();
  lines first;
  do {
    std::string text = "[";
    for (const auto& op : ops)
      text += op;
    const auto done = db.plan(text + "]");
    REQUIRE(done);
    lines now;
    for (const auto& d : done->datoms)
      now.push_back(std::to_string(d.entity.get()) + " " + std::to_string(d.attribute.get()) +
                    to_edn(d.value.view()) + (d.added ? "+" : "-"));
    if (first.empty())
      first = now;
    CHECK(now == first);
  } while (std::next_permutation(ops.begin(), ops.end()));
}

TEST_CASE("facts: datoms come in stream order") {
  auto db = database();
  CHECK(db.said("[[:db/add $y :a/n 0] [:db/add $x :a/tags [\"z\" \"c\"]] [:db/retract $x :a/tags "
                "\"b\"] [:db/add $x :a/n 0]]") ==
        lines{"- x :a/n 1", "+ x :a/n 0", "- x :a/tags \"b\"", "+ x :a/tags \"c\"",
              "+ x :a/tags \"z\"", "- y :a/n 2", "+ y :a/n 0"});
}

TEST_CASE("facts: values have the attribute's type") {
  auto db = database();
  CHECK(db.said(R"([{:db/id "v" :a/x 2 :a/s "" :a/when #inst "2024-01-02T03:04:05Z"
                     :a/id #uuid "00000000-0000-0000-0000-000000000001" :a/raw #weft/bytes "AQ=="
                     :a/key :b/c :a/at [0.5 1] :a/ref $x :a/refs [$x :a/n "v"]}])")
            .size() == 11);
  for (const auto* text :
       {"[[:db/add $x :a/n \"1\"]]", "[[:db/add $x :a/n 1.0]]", "[[:db/add $x :a/s :k]]",
        "[[:db/add $x :a/x \"1\"]]", "[[:db/add $x :a/x 9007199254740993]]",
        "[[:db/add $x :a/when 5]]", "[[:db/add $x :a/key \"k\"]]", "[[:db/add $x :a/n [1 2]]]",
        "[[:db/add $x :a/ref 1.5]]", "[[:db/add $x :a/ref [1 2 3]]]", "[{:db/id $x :a/n nil}]",
        "[{:db/id $x :a/n {:a/s \"\"}}]", "[{:db/id $x :a/_s $y}]"}) {
    INFO(text);
    CHECK(db.plan(text).has_value() == false);
  }
  const auto e = db.refused("[[:db/add $x :a/n \"one\"]]");
  CHECK(e.code == errc::type_mismatch);
  CHECK(e.field("attribute") == ":a/n");
  CHECK(e.field("expected") == "long");
  CHECK(e.field("found") == "string");
  CHECK(e.field("value") == "\"one\"");
  CHECK(e.field("line") == "1");
  CHECK(e.field("column") == "2");
}

TEST_CASE("facts: values that no fact can have") {
  auto db = database();
  const auto large = db.refused(
      tx_request{}.add(db.id("x"), "a/s", std::string(limits::value_bytes_max + 1, 'a')));
  CHECK(large.code == errc::value_too_large);
  CHECK(large.field("attribute") == ":a/s");
  CHECK(db.refused(tx_request{}.add(db.id("x"), "a/s", "\xFF")).code == errc::invalid_value);
  CHECK(db.refused(tx_request{}.add(db.id("x"), "a/x", std::nan(""))).code == errc::invalid_value);
  CHECK(db.refused(tx_request{}.add(db.id("x"), "a/key", value::keyword("a b"))).code ==
        errc::invalid_value);
  CHECK(db.refused("[[:db/add $x :a/at []]]").code == errc::invalid_value);
  CHECK(db.refused("[[:db/add $x :a/at [1 1e300]]]").code == errc::invalid_value);
  CHECK(db.refused("[[:db/add $x :a/at [-3.5e38]]]").code == errc::invalid_value);
  const auto components = std::vector<operand>{1.0, std::nan("")};
  CHECK(db.refused(tx_request{}.add(db.id("x"), "a/at", list_of(components))).code ==
        errc::invalid_value);
}

TEST_CASE("facts: NaN is refused wherever it is written, and shown") {
  auto db = database();
  const auto nan = std::nan("");
  const auto x = operand(db.id("x"));
  const auto inside = std::vector<std::optional<value>>{value::of(nan), value::of(true)};
  const std::vector<operand> forms = {nan, value::tuple(inside),
                                      value::vector(std::vector<float>{1.0F, std::nanf("")}),
                                      list_of({1.0, nan})};
  for (const auto& form : forms)
    for (const auto* name : {"a/n", "a/x", "a/s", "a/at", "a/ref", "a/refs", "a/tags", "a/new"})
      for (const auto& request :
           {tx_request{}.add(x, name, form), tx_request{}.retract(x, name, form),
            tx_request{}.put({{name, form}}), tx_request{}.cas(x, name, form, form),
            tx_request{}.add(form, name, 1), tx_request{}.add(x, "a/ref", lookup(name, form))}) {
        INFO(tx::text_of(form) << " as :" << name);
        const auto done = db.plan(request);
        REQUIRE_FALSE(done.has_value());
        CHECK_FALSE(done.error().to_string().empty());
      }
  const auto refused = db.refused(tx_request{}.add(x, "a/n", nan));
  CHECK(refused.code == errc::type_mismatch);
  CHECK(refused.field("value") == "##NaN");
  const auto check = list_of({value::keyword("range"), nan, 1.0});
  CHECK(db.refused(tx_request{}.add(value::keyword("a/x"), "weft/check", check)).code ==
        errc::schema_invalid);
}

TEST_CASE("facts: components of a vector are what a vector's text may hold") {
  auto db = database();
  CHECK(db.said("[[:db/add $x :a/at [##Inf ##-Inf -0.0 3.4028235e38 1e-50]]]") ==
        lines{"+ x :a/at #weft/vector [##Inf ##-Inf 0.0 3.4028235e+38 0.0]"});
  CHECK(
      db.said("[[:db/add $x :a/at #weft/vector [##Inf ##-Inf -0.0 3.4028235e38 1e-50]]]").empty());
}

TEST_CASE("facts: entities that were never made are unknown") {
  auto db = database();
  for (const auto* text :
       {"[[:db/add 0 :a/n 1]]", "[[:db/add 5000000 :a/n 1]]", "[[:db/add 500 :a/n 1]]",
        "[[:db/add 2000 :a/n 1]]", "[[:db/add $x :a/ref 5000000]]", "[[:db/retractEntity 5000000]]",
        "[[:db/retract 5000000 :a/n 1]]", "[[:db/add 4503599627370497 :a/n 1]]",
        "[[:db/add 9007199254740997 :a/n 1]]", "[[:db/add :no/body :a/n 1]]"}) {
    INFO(text);
    CHECK(db.refused(text).code == errc::unknown_entity);
  }
  CHECK(db.refused("[[:db/add 5000000 :a/n 1]]").field("entity") == "5000000");
  CHECK(db.refused("[[:db/add :no/body :a/n 1]]").field("ident") == ":no/body");
}

TEST_CASE("facts: about the transaction itself") {
  auto db = database();
  const auto t = std::to_string(db.t().get());
  const lines expected = {"+ tx" + t + " :a/s \"import\""};
  CHECK(db.plan(R"([[:db/add "datomic.tx" :a/s "import"]])")->datoms ==
        db.plan(R"([[:db/add "db/current-tx" :a/s "import"]])")->datoms);
  CHECK(db.plan(R"([[:db/add :db/current-tx :a/s "import"]])")->datoms ==
        db.plan(tx_request{}.add(this_transaction(), "a/s", "import"))->datoms);
  CHECK(db.said(R"([[:db/add "datomic.tx" :a/s "import"] [:db/add $x :a/ref "datomic.tx"]])") ==
        lines{"+ x :a/ref tx" + t, expected[0]});
  CHECK(db.must("[]").tempids.empty());
  const auto tx = entity::of_transaction(shard_id(0), db.now().basis());
  CHECK(db.must(tx_request{}.add(tx, "a/n", 1)).datoms.size() == 1); // and about earlier ones
  CHECK(db.must(tx_request{}.retract_entity(tx)).datoms.size() == 1);
}

TEST_CASE("facts: what the database writes cannot be written") {
  auto db = database();
  for (const auto* text :
       {"[[:db/add \"datomic.tx\" :db/txInstant #inst \"2024-01-01\"]]",
        "[[:db/retract \"datomic.tx\" :db/txInstant]]", "[[:db/add :db/doc :db/doc \"mine\"]]",
        "[[:db/add 1 :a/n 1]]", "[[:db/retractEntity :db/ident]]",
        "[[:db/retract :db/ident :db/unique]]",
        "[{:db/ident :db/ident :db/cardinality :db.cardinality/many}]",
        "[{:db/ident :db/mine :db/valueType :db.type/long}]",
        "[{:db/ident :weft.x/mine :db/valueType :db.type/long}]"}) {
    INFO(text);
    CHECK(db.refused(text).code == errc::reserved_attribute);
  }
}

TEST_CASE("facts: lookup refs find entities in the view before") {
  auto db = database();
  db.must(R"([{:db/ident :a/email :db/valueType :db.type/string :db/unique :db.unique/value}
              {:db/ident :a/of :db/valueType :db.type/ref :db/unique :db.unique/identity}])");
  db.must(R"([{:db/id $x :a/email "x@x"} {:db/id $y :a/of $x}])");
  CHECK(db.said(R"([[:db/add [:a/email "x@x"] :a/n 8]])").size() == 2);
  CHECK(db.said(R"([[:db/add [:a/of [:a/email "x@x"]] :a/n 8]])").size() == 2);
  CHECK(db.said(R"([{:db/id $y :a/refs [:a/email "x@x"]}])") == lines{"+ y :a/refs x"});
  CHECK(db.said(R"([{:db/id $y :a/refs [[:a/email "x@x"] :a/n]}])") == lines{"+ y :a/refs :a/n"});
  const auto e = db.refused(R"([[:db/add [:a/email "no"] :a/n 8]])");
  CHECK(e.code == errc::unknown_entity);
  CHECK(e.field("lookup") == "[:a/email \"no\"]");
  CHECK(db.refused(R"([{:db/id "n" :a/email "n@x"} [:db/add [:a/email "n@x"] :a/n 8]])").code ==
        errc::unknown_entity);
  CHECK(db.refused(R"([[:db/add [:a/n 1] :a/n 8]])").code == errc::invalid_argument);
  CHECK(db.refused(R"([[:db/add [:a/emial "x"] :a/n 8]])").field("nearest") == ":a/email");
  CHECK(db.refused(R"([[:db/add [:a/email] :a/n 8]])").code == errc::malformed_transaction);
  CHECK(db.refused(R"([[:db/add [:a/email 5] :a/n 8]])").code == errc::type_mismatch);
  CHECK(db.refused(R"([[:db/add [:a/of "new"] :a/n 8] {:db/id "new" :a/n 1}])").code ==
        errc::unknown_entity);
}

TEST_CASE("facts: idents name entities") {
  auto db = database();
  db.must(R"([{:db/id "red" :db/ident :color/red} {:db/id "blue" :db/ident :color/blue}])");
  CHECK(db.said("[{:db/id $x :a/refs [:color/red :color/blue]} [:db/add :color/red :a/n 3]]") ==
        lines{"+ x :a/refs red", "+ x :a/refs blue", "+ red :a/n 3"});
  CHECK(db.said("[[:db/add $x :a/key :color/red]]") == lines{"+ x :a/key :color/red"});
  CHECK(db.refused("[[:db/add $x :db/ident :color/red]]").code == errc::unique_conflict);
}

TEST_CASE("facts: at most limits::transaction_datoms_max") {
  auto db = database();
  tx_request many;
  for (std::size_t i = 0; i < limits::transaction_datoms_max; ++i)
    many.add(tempid("e"), "a/refs", entity::of_attribute(builtin::ident));
  CHECK(db.must(many).datoms.size() == 1);
  many.add(tempid("e"), "a/n", 1);
  const auto e = db.refused(many);
  CHECK(e.code == errc::transaction_too_large);
  CHECK(e.field("limit") == std::to_string(limits::transaction_datoms_max));
  std::vector<operand> items(limits::transaction_datoms_max + 1, operand("same"));
  const auto list = tx_request{}.add(tempid("e"), "a/tags", list_of(std::move(items)));
  CHECK(db.refused(list).code == errc::transaction_too_large);
}

TEST_CASE("facts: a vector's components are binary32") {
  tx_database db;
  db.must("[{:db/ident :a/at :db/valueType :db.type/vector}]");
  for (const auto* text : {"[{:a/at [1 1e300]}]", "[{:a/at [-1e39]}]"}) {
    INFO(text);
    const auto e = db.refused(text);
    CHECK(e.code == errc::invalid_value);
    CHECK(e.field("attribute") == ":a/at");
  }
  CHECK(db.plan("[{:a/at [3.4028234663852886e38 1e-300]}]"));
}

TEST_CASE("facts: entity ids end where those of transactions begin") {
  tx_database db;
  db.must("[{:a/n 1}]");
  db.next.next_local = limits::transactions_max;
  CHECK(db.plan("[{:a/n 1}]"));
  CHECK(db.refused("[{:a/n 1} {:a/n 2}]").code == errc::transaction_too_large);
}
