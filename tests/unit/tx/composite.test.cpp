#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

constexpr auto parts = R"([{:db/ident :p/a :db/valueType :db.type/long}
                           {:db/ident :p/b :db/valueType :db.type/string}
                           {:db/ident :p/c :db/valueType :db.type/ref}])";
constexpr auto composites =
    R"([{:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b]
         :db/unique :db.unique/value}
        {:db/ident :p/abc :db/valueType :db.type/tuple :db/tupleAttrs [:p/c :p/b :p/a]
         :db/unique :db.unique/identity}])";

tx_database database() {
  tx_database db;
  db.must(parts);
  db.must(composites);
  db.must(R"([{:db/id "x" :p/a 1 :p/b "b"}])");
  return db;
}

} // namespace

TEST_CASE("composite: computed with nil for what is missing") {
  auto db = database();
  CHECK(db.about("x") == lines{"x :p/a 1", "x :p/b \"b\"", "x :p/ab #weft/tuple [1 \"b\"]",
                               "x :p/abc #weft/tuple [nil \"b\" 1]"});
  CHECK(db.said("[[:db/add $x :p/a 2]]") ==
        lines{"- x :p/a 1", "+ x :p/a 2", "- x :p/ab #weft/tuple [1 \"b\"]",
              "+ x :p/ab #weft/tuple [2 \"b\"]", "- x :p/abc #weft/tuple [nil \"b\" 1]",
              "+ x :p/abc #weft/tuple [nil \"b\" 2]"});
  CHECK(db.said("[[:db/retract $x :p/b]]").size() == 5);
  CHECK(db.about("x")[1] == "x :p/ab #weft/tuple [2 nil]");
}

TEST_CASE("composite: gone when all parts are") {
  auto db = database();
  CHECK(db.said("[[:db/retract $x :p/a 1] [:db/retract $x :p/b \"b\"]]").size() == 4);
  CHECK(db.about("x").empty());
  auto again = database();
  CHECK(again.said("[[:db/retractEntity $x]]").size() == 4);
  CHECK(again.about("x").empty());
}

TEST_CASE("composite: unchanged when its parts are stated again") {
  auto db = database();
  CHECK(db.said("[{:db/id $x :p/a 1 :p/b \"b\"}]").empty());
}

TEST_CASE("composite: a reference that goes with its target changes it") {
  auto db = database();
  db.must(R"([{:db/id "y" :p/a 7} [:db/add $x :p/c "y"]])");
  CHECK(db.said("[[:db/retractEntity $y]]").size() == 6);
  CHECK(db.about("x")[3] == "x :p/abc #weft/tuple [nil \"b\" 1]");
}

TEST_CASE("composite: written by hand only as it is computed") {
  auto db = database();
  CHECK(db.said("[{:db/id $x :p/ab [1 \"b\"]}]").empty());
  CHECK(db.said("[{:db/id $x :p/a 5 :p/ab [5 \"b\"]}]").size() == 6);
  const auto e = db.refused("[{:db/id $x :p/ab [9 \"b\"]}]");
  CHECK(e.code == errc::tuple_read_only);
  CHECK(e.field("attribute") == ":p/ab");
  CHECK(e.field("value") == "#weft/tuple [9 \"b\"]");
  CHECK(e.field("found") == "#weft/tuple [5 \"b\"]");
  CHECK(db.refused(R"([{:db/id "n" :p/ab [9 "b"]}])").field("found") == "nil");
  CHECK(db.refused("[[:db/retract $x :p/ab [5 \"b\"]]]").code == errc::tuple_read_only);
  CHECK(db.refused("[[:db/retract $x :p/ab]]").code == errc::tuple_read_only);
  CHECK(db.refused("[[:db/cas $x :p/ab [5 \"b\"] [6 \"b\"]]]").code == errc::tuple_read_only);
  CHECK(db.refused("[{:db/id $x :p/ab [5]}]").code == errc::type_mismatch);
  CHECK(db.refused("[{:db/id $x :p/ab [\"b\" 5]}]").code == errc::type_mismatch);
}

TEST_CASE("composite: unique at the end of the transaction") {
  auto db = database();
  const auto e = db.refused(R"([{:db/id "y" :p/a 1 :p/b "b" :p/c $x}])");
  CHECK(e.code == errc::unique_conflict);
  CHECK(e.field("attribute") == ":p/ab");
  CHECK(e.field("holder") == std::to_string(db.id("x").get()));
  db.must(R"([{:db/id "y" :p/a 1 :p/b "c" :p/c $x}])");
  CHECK(db.said("[[:db/add $y :p/b \"b\"] [:db/add $x :p/b \"c\"]]").size() == 12);
  CHECK(db.refused(R"([{:db/id "v" :p/a 3 :p/b "q"} {:db/id "w" :p/a 3 :p/b "q"}])").code ==
        errc::unique_conflict);
}

TEST_CASE("composite: finds entities as a lookup ref") {
  auto db = database();
  db.must(R"([{:db/id "y" :p/a 2 :p/b "b" :p/c $x}])");
  CHECK(db.said(R"([[:db/add [:p/abc [$x "b" 2]] :p/b "z"]])").size() == 6);
  CHECK(db.said(R"([[:db/add [:p/abc [[:p/ab [1 "b"]] "z" 2]] :p/b "y"]])").size() == 6);
  CHECK(db.refused(R"([{:p/abc [$x "y" 2] :p/b "w" :p/a 2 :p/c $x}])").code ==
        errc::tuple_read_only); // it is [$x "w" 2] then
}

TEST_CASE("composite: a tempid that writes the tuple stands for its holder") {
  auto db = database();
  db.must(R"([{:db/id "y" :p/a 2 :p/b "b" :p/c $x}])");
  db.must(R"([{:db/ident :p/note :db/valueType :db.type/string}])");
  CHECK(db.said(R"([{:p/abc [$x "b" 2] :p/note "hi"}])") == lines{"+ y :p/note \"hi\""});
}

TEST_CASE("composite: computed for facts that were there before it") {
  tx_database db;
  db.must(parts);
  db.must(R"([{:db/id "x" :p/a 1 :p/b "b"} {:db/id "y" :p/c "x"} {:db/id "z" :p/a 1}])");
  CHECK(db.said("[{:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b]} "
                "[:db/retract $z :p/a 1]]") ==
        lines{"+ x :p/ab #weft/tuple [1 \"b\"]", "- z :p/a 1"});
  CHECK(db.said(R"([{:db/ident :p/ca :db/valueType :db.type/tuple :db/tupleAttrs [:p/c :p/a]
                     :db/unique :db.unique/value}])") ==
        lines{"+ x :p/ca #weft/tuple [nil 1]",
              "+ y :p/ca #weft/tuple [#weft/ref " + std::to_string(db.id("x").get()) + " nil]"});
}

TEST_CASE("composite: declared with its parts and with facts of them") {
  tx_database db;
  db.must(R"([{:db/ident :q/ab :db/valueType :db.type/tuple :db/tupleAttrs [:q/a :q/b]}
              {:db/ident :q/a :db/valueType :db.type/long}
              {:db/ident :q/b :db/valueType :db.type/long} {:db/id "x" :q/a 1 :q/b 2}])");
  CHECK(db.about("x").front() == "x :q/ab #weft/tuple [1 2]");
}

TEST_CASE("composite: too many tuples to compute in one transaction") {
  tx_database db;
  db.must(parts);
  const auto one = db.must(R"([{:db/id "x" :p/a 1}])").datoms.front();
  struct wide final : fact_source { // as many entities as it takes, all with the same fact
    struct cursor final : datom_cursor {
      datom_view d;
      std::size_t left = limits::transaction_datoms_max + 1;
      explicit cursor(datom_view first) : d(first) {}
      [[nodiscard]] bool valid() const noexcept override { return left > 0; }
      [[nodiscard]] const datom_view& get() const noexcept override { return d; }
      void next() override {
        --left;
        d.entity = d.entity.next();
      }
    };
    datom_view fact;
    std::shared_ptr<const fact_source> under;
    [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                     const time_window& window) const override {
      if (spec.order == index_order::aevt && spec.lower->at.attribute == fact.attribute)
        return std::make_unique<cursor>(fact);
      return under->scan(spec, window);
    }
  };
  auto source = std::make_shared<wide>();
  source->fact = view_of(one);
  source->under = db.now().source();
  const view before(source, db.now().shared_schema(), db.now().basis());
  const auto tree =
      read_edn("[{:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b]}]");
  const auto done =
      plan(*parse_transaction(*tree), {.before = before, .t = db.t(), .next = db.next});
  REQUIRE(!done);
  CHECK(done.error().code == errc::transaction_too_large);
  CHECK(done.error().field("attribute") == ":p/ab");
}

TEST_CASE("composite: a tuple whose key is larger than limits::tuple_key_bytes_max") {
  auto db = database();
  const auto e = db.refused(
      tx_request{}.add(db.id("x"), "p/b", std::string(limits::tuple_key_bytes_max, 'b')));
  CHECK(e.code == errc::value_too_large);
  CHECK(e.field("attribute") == ":p/ab");
}

TEST_CASE("composite: a tuple that lacks a part is not unique") {
  tx_database db;
  db.must(R"([{:db/ident :p/a :db/valueType :db.type/long}
              {:db/ident :p/b :db/valueType :db.type/long}
              {:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b]
               :db/unique :db.unique/identity}])");
  db.must(R"([{:db/id "x" :p/a 1} {:db/id "y" :p/a 1}])");
  CHECK(db.about("x") == lines{"x :p/a 1", "x :p/ab #weft/tuple [1 nil]"});
  CHECK(db.about("y") == lines{"y :p/a 1", "y :p/ab #weft/tuple [1 nil]"});
  CHECK(db.said(R"([{:db/id "z" :p/a 1 :p/ab [1 nil]}])").size() == 2); // nobody else
  CHECK(db.refused("[[:db/add [:p/ab [1 nil]] :p/b 2]]").code == errc::unknown_entity);
  const auto lacking =
      value::tuple(std::vector<std::optional<value>>{value::of(std::int64_t{1}), std::nullopt});
  const auto found = db.now().lookup(db.now().schema().find("p/ab")->id, lacking.view());
  REQUIRE(found);
  CHECK_FALSE(found->has_value());
  db.must("[[:db/add $x :p/b 2]]");
  CHECK(db.refused("[[:db/add $y :p/b 2]]").code == errc::unique_conflict);
  db.must("[[:db/retract :p/ab :db/unique]]");
  CHECK(db.plan("[[:db/add :p/ab :db/unique :db.unique/value]]"));
}

TEST_CASE("composite: it forgets what a part forgets") {
  tx_database db;
  db.must(R"([{:db/ident :p/a :db/valueType :db.type/long :db/noHistory true}
              {:db/ident :p/b :db/valueType :db.type/long}
              {:db/ident :p/ab :db/valueType :db.type/tuple :db/tupleAttrs [:p/a :p/b]}])");
  db.must(R"([{:db/id "x" :p/a 1 :p/b 1}])");
  db.must("[[:db/add $x :p/a 2]]");
  const auto& s = db.now().schema();
  CHECK(s.forgets(*s.find("p/ab")));
  CHECK(!s.forgets(*s.find("p/b")));
  auto all =
      db.now().history().value().datoms(index_order::aevt, {.attribute = s.find("p/ab")->id});
  REQUIRE(all);
  std::size_t shown = 0;
  for (const auto& d : *all)
    shown += d.value == value_view::of(std::int64_t{0}) ? 0 : 1;
  CHECK(shown == 1);
}
