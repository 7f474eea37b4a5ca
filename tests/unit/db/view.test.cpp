#include "weft/core/db/view.hpp"

#include "support/catch.hpp"
#include "support/facts.hpp"
#include "support/failing_source.hpp"
#include "support/naive_source.hpp"

#include <functional>

using namespace weft;
using namespace weft::test;

namespace {

const auto ada = user(1);
const auto bob = user(2);
const auto eve = user(3);

/// t=1: Ada 36, friend of Bob. t=2: Ada 37, Bob named. t=3: Ada no friend. t=4: nothing.
naive_database people() {
  naive_database db(people_schema());
  const auto s = people_schema();
  db.apply(tx_number(1), instant(1000),
           datom_list{add(ada, person_name, value::string("Ada"), 1),
                      add(ada, person_age, value::of(std::int64_t{36}), 1),
                      add(ada, person_friend, value::of(bob), 1),
                      add(ada, person_mood, value::keyword("mood/calm"), 1)},
           s);
  db.apply(tx_number(2), instant(2000),
           datom_list{retract(ada, person_age, value::of(std::int64_t{36}), 2),
                      add(ada, person_age, value::of(std::int64_t{37}), 2),
                      add(bob, person_name, value::string("Bob"), 2),
                      add(bob, person_nick, value::string("b"), 2),
                      add(bob, person_nick, value::string("a"), 2)},
           s);
  db.apply(tx_number(3), instant(3000), datom_list{retract(ada, person_friend, value::of(bob), 3)},
           s);
  db.apply(tx_number(4), instant(4000), datom_list{}, s);
  return db;
}

std::int64_t age(const view& v, entity_id e) {
  const auto found = v.get(e, person_age).value();
  return found ? found->view().as_long() : -1;
}

datom_list all(const view& v, const components& match = {}) {
  return collect(*v.datoms(index_order::eavt, match));
}

} // namespace

TEST_CASE("a view of the past is the database after that transaction") {
  const auto now = people().open();
  CHECK(now.basis() == tx_number(4));
  CHECK(age(now, ada) == 37);
  CHECK(age(*now.as_of(tx_number(2)), ada) == 37);
  CHECK(age(*now.as_of(tx_number(1)), ada) == 36);
  CHECK(now.as_of(tx_number(1))->basis() == tx_number(1));
  CHECK(now.as_of(tx_number(4))->basis() == tx_number(4));
  CHECK(all(*now.as_of(tx_number(0))) == bootstrap_datoms());
}

TEST_CASE("a transaction that a view does not reach is basis_ahead") {
  const auto now = people().open();
  const auto ahead = now.as_of(tx_number(5));
  REQUIRE_FALSE(ahead);
  CHECK(ahead.error().code == errc::basis_ahead);
  CHECK(ahead.error().field("t") == "5");
  CHECK(ahead.error().field("basis") == "4");
  CHECK(now.as_of(tx_number(2))->as_of(tx_number(3)).error().code == errc::basis_ahead);
}

TEST_CASE("as of an instant is the last transaction at or before it") {
  const auto now = people().open();
  CHECK(now.as_of(instant(999)).value().basis() == tx_number(0));
  CHECK(now.as_of(instant(1000)).value().basis() == tx_number(1));
  CHECK(now.as_of(instant(1999)).value().basis() == tx_number(1));
  CHECK(now.as_of(instant(2000)).value().basis() == tx_number(2));
  CHECK(now.as_of(instant(1'000'000)).value().basis() == tx_number(4));
  CHECK(now.as_of(instant(-5)).value().basis() == tx_number(0));
  CHECK(age(now.as_of(instant(1500)).value(), ada) == 36);
  // Never behind the view's own basis, and found whatever the window hides.
  CHECK(now.as_of(tx_number(2))->as_of(instant(9000)).value().basis() == tx_number(2));
  CHECK(now.since(tx_number(3)).value().as_of(instant(2500)).value().basis() == tx_number(2));
}

TEST_CASE("since shows what was asserted later and still holds") {
  const auto now = people().open();
  const auto news = now.since(tx_number(1)).value();
  CHECK(age(news, ada) == 37);
  CHECK_FALSE(news.get(ada, person_name).value());
  CHECK(news.entity(ada).value().size() == 1);
  CHECK(all(now.since(tx_number(0)).value(), {.entity = ada}).size() == 3);
  CHECK(all(now.since(tx_number(0)).value(), {.entity = entity_id(1)}).empty()); // bootstrap facts
  CHECK(all(now.since(tx_number(1)).value().since(tx_number(0)).value()) == all(news));
  CHECK(all(now.since(tx_number(4)).value()).empty());
}

TEST_CASE("names are found whatever the window") {
  const auto news = people().open().since(tx_number(3)).value();
  CHECK(*news.lookup(person_name, value_view::string("Ada")) == ada);
  CHECK(news.ident("db/ident").value() == entity_id(1));
  CHECK(*news.history().value().lookup(person_name, value_view::string("Bob")) == bob);
  // ... but not before they were given.
  const auto then = *people().open().as_of(tx_number(1));
  CHECK_FALSE(then.lookup(person_name, value_view::string("Bob"))->has_value());
}

TEST_CASE("history has both sides of every change, newest first within a fact") {
  const auto h = people().open().history().value();
  CHECK(all(h, {.entity = ada, .attribute = person_age}) ==
        datom_list{retract(ada, person_age, value::of(std::int64_t{36}), 2),
                   add(ada, person_age, value::of(std::int64_t{36}), 1),
                   add(ada, person_age, value::of(std::int64_t{37}), 2)});
  CHECK(all(h.since(tx_number(2)).value(), {.entity = ada}) ==
        datom_list{retract(ada, person_friend, value::of(bob), 3)});
  CHECK(all(*h.as_of(tx_number(1)), {.entity = ada, .attribute = person_age}) ==
        datom_list{add(ada, person_age, value::of(std::int64_t{36}), 1)});
  CHECK(h.entity(ada).error().code == errc::invalid_argument); // it had several states
  CHECK(h.get(ada, person_age).error().code == errc::invalid_argument);
  CHECK(*h.lookup(person_name, value_view::string("Bob")) == bob); // a name has one meaning
}

TEST_CASE("an entity is its attributes with their values in order") {
  const auto now = people().open();
  const auto found = now.entity(bob).value();
  REQUIRE(found.size() == 2);
  CHECK(found.at(person_name) == std::vector{value::string("Bob")});
  CHECK(found.at(person_nick) == std::vector{value::string("a"), value::string("b")});
  CHECK(now.entity(eve).value().empty());
  CHECK_FALSE(now.get(eve, person_age).value());
  CHECK(now.get(bob, person_nick).value() == value::string("a"));
}

TEST_CASE("looking up needs a unique attribute") {
  const auto now = people().open();
  CHECK(*now.lookup(person_name, value_view::string("Ada")) == ada);
  CHECK_FALSE(now.lookup(person_name, value_view::string("Eve"))->has_value());
  CHECK_FALSE(now.lookup(person_name, value_view::of(std::int64_t{1}))->has_value());
  CHECK(now.lookup(person_secret, value_view::string("x"))); // unique, though index is false
  const auto refused = now.lookup(person_age, value_view::of(std::int64_t{37}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::invalid_argument);
  CHECK(refused.error().field("attribute") == ":person/age");
  CHECK(now.lookup(attribute_id(9999), value_view::of(true)).error().code ==
        errc::invalid_argument);
  CHECK_FALSE(now.ident("person/nothing").value());
}

TEST_CASE("an attribute without an index has no value scans") {
  const auto now = people().open();
  const components mood{.attribute = person_mood};
  CHECK(now.datoms(index_order::avet, mood).error().code == errc::not_indexed);
  CHECK(now.seek_datoms(index_order::avet, mood).error().code == errc::not_indexed);
  CHECK(now.index_range(person_mood, {}, {}).error().code == errc::not_indexed);
  CHECK(now.datoms(index_order::avet, mood).error().field("attribute") == ":person/mood");
  CHECK(collect(*now.datoms(index_order::aevt, mood)).size() == 1);
  CHECK(collect(*now.datoms(index_order::avet, {.attribute = person_secret})).empty());
}

TEST_CASE("ranges of values include their beginning and not their end") {
  naive_database db(people_schema());
  datom_list ages;
  for (std::int64_t i = 1; i <= 5; ++i)
    ages.push_back(add(user(static_cast<std::uint64_t>(i)), person_age, value::of(i * 10), 1));
  db.apply(tx_number(1), instant(1), ages, people_schema());
  const auto now = db.open();
  const auto values = [&](std::optional<std::int64_t> from, std::optional<std::int64_t> to,
                          direction way = direction::forward) {
    const auto end = [](std::optional<std::int64_t> x) {
      return x ? std::optional(value_view::of(*x)) : std::nullopt;
    };
    std::vector<std::int64_t> out;
    auto range = now.index_range(person_age, end(from), end(to), way);
    for (const auto& d : *range)
      out.push_back(d.value.as_long());
    return out;
  };
  using longs = std::vector<std::int64_t>;
  CHECK(values(20, 40) == longs{20, 30});
  CHECK(values(20, 40, direction::backward) == longs{30, 20});
  CHECK(values({}, 30) == longs{10, 20});
  CHECK(values(35, {}) == longs{40, 50});
  CHECK(values({}, {}) == longs{10, 20, 30, 40, 50});
  CHECK(values(40, 20).empty());
  CHECK(values(30, 30).empty());
}

TEST_CASE("seeking runs to the end of the index") {
  const auto now = people().open();
  const components from{.entity = ada, .attribute = person_age};
  const auto forward = collect(*now.seek_datoms(index_order::eavt, from));
  REQUIRE(forward.size() == 2 + 3 + 4); // Ada from her age on, Bob, the transactions
  CHECK(forward.front().attribute == person_age);
  CHECK(forward.back().entity == entity::of_transaction(shard_id(0), tx_number(4)));
  const auto back = collect(*now.seek_datoms(index_order::eavt, from, direction::backward));
  REQUIRE(back.size() == 2 + bootstrap_datoms().size());
  CHECK(back.front().attribute == person_age);
  CHECK(back.back() == bootstrap_datoms().front());
}

TEST_CASE("datoms walk backward as they walk forward") {
  const auto now = people().open();
  for (const auto order : all_index_orders) {
    auto forward = collect(*now.datoms(order));
    const auto back = collect(*now.datoms(order, {}, direction::backward));
    std::reverse(forward.begin(), forward.end());
    CHECK(forward == back);
    CHECK(forward.empty() == (order == index_order::vaet));
  }
}

TEST_CASE("a value of another type than the attribute's is refused, not found to be absent") {
  const auto now = people().open();
  const auto wrong = value_view::of(37.0);
  const components age_37{.attribute = person_age, .value = wrong};
  const auto refused = now.datoms(index_order::avet, age_37);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::type_mismatch);
  CHECK(refused.error().field("attribute") == ":person/age");
  CHECK(refused.error().field("expected") == "long");
  CHECK(now.seek_datoms(index_order::aevt, age_37).error().code == errc::type_mismatch);
  CHECK(now.index_range(person_age, wrong, {}).error().code == errc::type_mismatch);
  CHECK(now.index_range(person_age, {}, wrong).error().code == errc::type_mismatch);
}

TEST_CASE("a read that fails is told, wherever it fails") {
  const auto whole = people().open();
  using read = std::function<result<bool>(const view&)>;
  const auto walk = [](result<datom_range> range) -> result<bool> {
    WEFT_TRY(auto found, std::move(range));
    WEFT_CHECK(found.check());
    while (!found.empty())
      ++found.begin();
    WEFT_CHECK(found.check());
    return true;
  };
  const std::vector<read> reads = {
      [](const view& v) { return v.entity(ada).map([](const auto& e) { return e.size() == 3; }); },
      [](const view& v) {
        return v.get(bob, person_nick).map([](const auto& x) { return x.has_value(); });
      },
      [](const view& v) {
        return v.lookup(person_name, value_view::string("Bob")).map([](const auto& e) {
          return e == bob;
        });
      },
      [](const view& v) { return v.ident("db/ident").map([](const auto& e) { return !!e; }); },
      [](const view& v) {
        return v.as_of(instant(2500)).map([](const view& x) { return x.basis() == tx_number(2); });
      },
      [&](const view& v) { return walk(v.datoms(index_order::eavt)); },
      [&](const view& v) { return walk(v.seek_datoms(index_order::avet, {})); },
      [&](const view& v) { return walk(v.index_range(person_age, {}, {})); },
  };
  for (std::size_t which = 0; which < reads.size(); ++which) {
    bool done = false;
    for (std::size_t steps = 0; !done; ++steps) {
      CAPTURE(which, steps);
      REQUIRE(steps < 1000);
      const view failing(std::make_shared<failing_source>(whole.source(), steps),
                         whole.shared_schema(), whole.basis());
      const auto answer = reads[which](failing);
      done = answer.has_value();
      CHECK((done ? *answer && steps > 0 : answer.error().code == errc::io_error));
    }
  }
}
