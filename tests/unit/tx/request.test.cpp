#include "fixture.hpp"
#include "support/failing_source.hpp"
#include "support/property.hpp"

using namespace weft;
using namespace weft::test;

namespace {

tx_request parsed(std::string_view text) {
  const auto tree = read_edn(text);
  REQUIRE(tree);
  auto request = parse_transaction(*tree);
  INFO(text);
  REQUIRE(request);
  return *std::move(request);
}

tx_request without_places(tx_request r) {
  tx_request out;
  for (auto op : r.operations()) {
    op.at = {};
    out.append(op);
  }
  return out;
}

} // namespace

TEST_CASE("request: text and builder say the same") {
  const auto text = parsed(R"([[:db/add "ada" :user/age 36]
                               [:db/retract 17 :user/tags "x"]
                               [:db/retract 17 :user/tags]
                               [:db/retractEntity [:user/email "a@x"]]
                               [:db/cas 17 :user/age nil 5]
                               {:user/name "Bo" :user/_friend :some/ident}
                               {:db/id "eve" :user/at [0.5 nil #{:k}]}
                               (:stock/take 17 {:n 2})])");
  const auto built = tx_request{}
                         .add("ada", "user/age", 36)
                         .retract(17, "user/tags", "x")
                         .retract(17, "user/tags")
                         .retract_entity(lookup("user/email", "a@x"))
                         .cas(17, "user/age", {}, 5)
                         .put({{"user/_friend", ident("some/ident")}, {"user/name", "Bo"}})
                         .put("eve", {{"user/at", list_of({0.5, {}, list_of({ident("k")})})}})
                         .call("stock/take", {17, map_of({{"n", 2}})});
  CHECK(canonical_bytes(text) == canonical_bytes(built));
  CHECK(text.operations()[1].at == text_position{2, 32});
}

TEST_CASE("request: aliases of operations") {
  CHECK(without_places(parsed("[[:db.fn/retractEntity 1] [:db.fn/cas 1 :a 2 3] "
                              "[:db.fn/retractAttribute 1 :a] [:db/retractAttribute 1 :b] "
                              "[:db.fn/call :f/g 1]]")) ==
        without_places(parsed("[[:db/retractEntity 1] [:db/cas 1 :a 2 3] [:db/retract 1 :a] "
                              "[:db/retract 1 :b] [:f/g 1]]")));
}

TEST_CASE("request: text that is no transaction, with its place") {
  for (const auto* text : {"{}",
                           "5",
                           "[5]",
                           "[[]]",
                           "[[5]]",
                           "[[:db/add 1 :a]]",
                           "[[:db/add 1 :a 2 3]]",
                           "[[:db/add 1 \"a\" 2]]",
                           "[[:db/retract 1]]",
                           "[[:db/retractEntity]]",
                           "[[:db/retractEntity 1 2]]",
                           "[[:db/cas 1 :a 2]]",
                           "[[:db/add 1 :a sym]]",
                           "[[:db/add 1 :a nil]]",
                           "[[:db/retract 1 :a nil]]",
                           "[[:db/cas 1 :a nil nil]]",
                           "[{\"a\" 1}]",
                           "[{:db/id nil :a 1}]",
                           "[[:db.fn/call]]",
                           "[[:db.fn/call 5]]",
                           "[[:db/ad 1 :a 2]]",
                           "[[:db.fn/retract 1 :a 2]]",
                           "[{:a {5 6}}]"}) {
    INFO(text);
    const auto request = parse_transaction(*read_edn(text));
    REQUIRE(!request);
    CHECK(request.error().code == errc::malformed_transaction);
    CHECK(request.error().field("line") == "1");
    CHECK(!request.error().field("column").empty());
  }
  CHECK(parse_transaction(*read_edn("[\n [:db/add 1\n :a sym]]")).error().field("line") == "3");
}

TEST_CASE("request: the canonical form is what it was in the first release") {
  const auto request = parsed(R"([[:db/add "ada" :user/age 36] [:db/cas -1 :a nil [1.5 true]]
                                  {:db/id "x" :b #inst "2024-01-01T00:00:00Z" :a {:c :k}}])");
  CHECK(to_hex(canonical_bytes(request)) ==
        "0103140101070361646108757365722f616765010248001704010201016105020103000000"
        "000000f83f01010101002206010701780006020b016106010601630106016b0c0162010400202"
        "110d70d060000");
  const auto typed = tx_request{}
                         .add(tempid("t"), "a", named("n"))
                         .add(this_transaction(), "b", entity_id(7))
                         .retract_entity(9)
                         .call("f", {});
  CHECK(to_hex(canonical_bytes(typed)) ==
        "01040a01020174016103016e00080104016201050700070301021200000006050001660000");
  CHECK(to_hex({to_bytes(canonical_hash(typed)).data(), 16}) == "b7d7b212dc8c0a414d6be6eddd42e993");
}

TEST_CASE("request: order does not matter, content does") {
  const auto a = parsed("[[:db/add 1 :a 2] {:a 1 :b 2} [:db/retract 1 :a 3]]");
  CHECK(canonical_hash(a) ==
        canonical_hash(parsed("[{:b 2 :a 1} [:db/retract 1 :a 3] [:db/add 1 :a 2]]")));
  for (const auto* text :
       {"[[:db/add 1 :a 2] {:a 1 :b 2}]", "[[:db/add 1 :a 2] {:a 1 :b 2} [:db/add 1 :a 3]]",
        "[[:db/add 1 :a 2.0] {:a 1 :b 2} [:db/retract 1 :a 3]]",
        "[[:db/add 1 :a 2] {:a 2 :b 1} [:db/retract 1 :a 3]]",
        "[[:db/add 1 :a 2] {:a 1} {:b 2} [:db/retract 1 :a 3]]",
        "[[:db/add 1 :a 2] {:a 1 :b [2]} [:db/retract 1 :a 3]]",
        "[[:db/add 1 :a 2] [:db/add 1 :a 2] {:a 1 :b 2} [:db/retract 1 :a 3]]"}) {
    INFO(text);
    CHECK(canonical_hash(a) != canonical_hash(parsed(text)));
  }
}

TEST_CASE("request: canonical forms of permutations") {
  rc::prop("are equal", [] {
    const auto n = *rc::gen::inRange<int>(0, 8);
    std::vector<operation> ops;
    ops.reserve(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i)
      ops.push_back({.entity = *rc::gen::inRange(0, 3),
                     .attribute = *rc::gen::element<std::string>("a", "b"),
                     .value = *rc::gen::inRange(0, 3)});
    const auto shuffled = *rc::gen::container<std::vector<std::size_t>>(
        ops.size(), rc::gen::inRange<std::size_t>(0, 100));
    auto other = ops;
    for (std::size_t i = 0; i < shuffled.size(); ++i)
      std::swap(other[i], other[shuffled[i] % other.size()]);
    tx_request x;
    tx_request y;
    for (const auto& op : ops)
      x.append(op);
    for (const auto& op : other)
      y.append(op);
    RC_ASSERT(canonical_bytes(x) == canonical_bytes(y));
  });
}

TEST_CASE("request: operations that the builders would not make are refused") {
  tx_database db;
  db.must(R"([{:db/id "x" :a/n 1}])");
  operation cas{.what = operation::kind::cas, .entity = db.id("x"), .attribute = "a/n", .value = 2};
  CHECK(db.refused(tx_request{}.append(cas)).code == errc::malformed_transaction);
  cas.arguments = {1, 1};
  CHECK(db.refused(tx_request{}.append(cas)).code == errc::malformed_transaction);
  cas.arguments = {1};
  CHECK(db.plan(tx_request{}.append(cas)));
  CHECK(db.refused(tx_request{}.put(tempid("y"), {{"db/id", db.id("x")}, {"a/n", 3}})).code ==
        errc::malformed_transaction);
}

TEST_CASE("request: nesting is limited before anything walks it") {
  operand deep;
  for (std::size_t i = 0; i <= limits::nesting_depth_max; ++i)
    deep = list_of({deep});
  CHECK(check_depth(tx_request{}.add(1, "a/n", deep)).error().code == errc::nesting_too_deep);
  CHECK(check_depth(tx_request{}.call("a/f", {deep})).error().code == errc::nesting_too_deep);
  CHECK(check_depth(tx_request{}.add(1, "a/n", list_of({1}))));
}

TEST_CASE("request: facts that cannot be read make no plan, wherever reading fails") {
  tx_database db;
  db.must(R"([{:db/ident :user/mail :db/valueType :db.type/string :db/unique :db.unique/identity}
              {:db/id "x" :user/mail "x@y" :user/age 36 :user/friend {:user/age 1}}])");
  const auto request = parsed(R"([{:user/mail "x@y" :user/age 37}
                                  [:db/cas [:user/mail "x@y"] :user/age 36 37]
                                  [:db/retractEntity [:user/mail "x@y"]]])");
  const auto context = [&](const view& before) {
    return tx_context{.before = before, .t = db.t(), .next = db.next};
  };
  const auto whole = db.now();
  const auto expected = plan(request, context(whole));
  bool done = false;
  for (std::size_t steps = 0; !done; ++steps) {
    CAPTURE(steps);
    REQUIRE(steps < 1000);
    const view failing(std::make_shared<failing_source>(whole.source(), steps),
                       whole.shared_schema(), whole.basis());
    const auto made = plan(request, context(failing));
    done = made || made.error().code != errc::io_error;
    CHECK((!done || (made.has_value() == expected.has_value() && steps > 10)));
  }
}
