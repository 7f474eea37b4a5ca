#include "support/catch.hpp"
#include "support/facts.hpp"

#include "weft/core/db/index_loader.hpp"

#include <array>
#include <optional>

using namespace weft;
using namespace weft::test;

namespace {

value number(std::int64_t x) {
  return value::of(x);
}

/// An index of people_schema() that counts its own transactions.
class people_index {
 public:
  void apply(const datom_list& datoms) {
    std::vector<datom_view> views;
    for (const auto& d : datoms) {
      views.push_back(view_of(d));
      views.back().t = next();
    }
    index_.apply(next(), instant(static_cast<std::int64_t>(next().get()) * 10), views, schema_);
  }
  /// One transaction: the attribute of the entity goes from one number to another.
  void change(entity_id e, attribute_id a, std::int64_t from, std::int64_t to) {
    apply({retract(e, a, number(from), 0), add(e, a, number(to), 0)});
  }
  [[nodiscard]] view open() const { return index_.open(); }
  [[nodiscard]] memory_index::statistics stats() const { return index_.stats(); }
  [[nodiscard]] const memory_index& index() const { return index_; }

 private:
  [[nodiscard]] tx_number next() const { return index_.head().next(); }

  memory_index index_{people_schema()};
  std::shared_ptr<const schema> schema_ = people_schema();
};

std::size_t count(const view& v, index_order order, const components& match = {}) {
  return collect(*v.datoms(order, match)).size();
}

/// Facts that reading all of a match looks at.
std::uint64_t looked_at(const view& v, index_order order, const components& match) {
  auto found = *v.datoms(order, match);
  for (auto it = found.begin(); it != found.end(); ++it) {
    // nop
  }
  return found.looked_at();
}

std::int64_t age(const view& v, entity_id e) {
  return v.get(e, person_age).value()->view().as_long();
}

} // namespace

TEST_CASE("an empty index is the bootstrap facts at t = 0") {
  const memory_index index;
  CHECK(index.head() == tx_number(0));
  CHECK(index.last_instant() == instant(0));
  CHECK(index.open().basis() == tx_number(0));
  CHECK(collect(*index.open().datoms(index_order::eavt)) == bootstrap_datoms());
  CHECK(index.stats().facts_live == bootstrap_datoms().size());
  CHECK(index.open().ident("weft/name").value() == entity::of_attribute(builtin::name));
}

TEST_CASE("a transaction is there as a whole, with its instant") {
  people_index db;
  const auto before = db.open();
  db.apply({add(user(1), person_name, value::string("Ada"), 0),
            add(user(1), person_age, number(36), 0)});
  const auto after = db.open();
  CHECK(db.index().head() == tx_number(1));
  CHECK(db.index().last_instant() == instant(10));
  CHECK(before.entity(user(1)).value().empty());
  CHECK(after.entity(user(1)).value().size() == 2);
  const auto self = entity::of_transaction(shard_id(0), tx_number(1));
  CHECK(after.get(self, builtin::tx_instant).value() == value::of(instant(10)));
  CHECK(after.as_of(instant(9)).value().basis() == tx_number(0));
  CHECK(after.as_of(instant(10)).value().basis() == tx_number(1));
}

TEST_CASE("transaction entities belong to the shard of the index") {
  memory_index index(schema::bootstrap(), shard_id(7));
  index.apply(tx_number(1), instant(5), {}, schema::bootstrap());
  const auto self = entity::of_transaction(shard_id(7), tx_number(1));
  CHECK(index.open().get(self, builtin::tx_instant).value() == value::of(instant(5)));
}

TEST_CASE("a view outlives the index it was opened on") {
  auto db = std::make_optional<people_index>();
  db->apply({add(user(1), person_age, number(1), 0)});
  const auto held = db->open();
  db->change(user(1), person_age, 1, 2);
  db.reset();
  CHECK(age(held, user(1)) == 1);
  CHECK(count(held, index_order::avet, {.attribute = person_age}) == 1);
}

TEST_CASE("the present does not pay for history") {
  people_index db;
  db.apply({add(user(1), person_age, number(0), 0), add(user(1), person_visits, number(0), 0),
            add(user(2), person_age, number(7), 0)});
  constexpr std::int64_t updates = 100'000;
  for (std::int64_t i = 0; i < updates; ++i) {
    db.change(user(1), person_age, i, i + 1);
    db.change(user(1), person_visits, i, i + 1);
  }
  // Every fact in the current trees is one that a view of now shows: nothing else is walked over.
  CHECK(db.stats().facts_kept == 0);
  CHECK(db.stats().facts_live == bootstrap_datoms().size() + 3 + 2 * updates + 1);
  CHECK(db.stats().facts_history == updates); // not of visits
  const auto now = db.open();
  CHECK(age(now, user(1)) == updates);
  CHECK(count(now, index_order::eavt, {.entity = user(1)}) == 2);
  CHECK(count(now, index_order::aevt, {.attribute = person_age}) == 2);
  CHECK(count(now, index_order::avet, {.attribute = person_age}) == 2);
  for (const auto& match : {components{.entity = user(1)}, components{.entity = user(2)}})
    CHECK(looked_at(now, index_order::eavt, match) == count(now, index_order::eavt, match));
  for (const auto order : {index_order::aevt, index_order::avet})
    CHECK(looked_at(now, order, {.attribute = person_age}) == 2);
  // The past pays for the history of what it asks for, and for nothing else's.
  const auto past = *now.as_of(tx_number(updates));
  CHECK(looked_at(past, index_order::eavt, {.entity = user(2)}) == 1);
  CHECK(looked_at(past, index_order::eavt, {.entity = user(1), .attribute = person_age}) > updates);
  // Nodes that nobody reads any more are used again: memory grows with the facts alone.
  const auto facts = 2 * static_cast<double>(updates) * (40 + 56) /* values, instants */;
  const auto trees = static_cast<double>(updates) * (3 + 2 * 3) * 384 / 14 * 1.6;
  CHECK(static_cast<double>(db.stats().bytes) < facts + trees);
}

TEST_CASE("a view that is held keeps what it sees, not what comes and goes meanwhile") {
  people_index db;
  db.apply({add(user(1), person_age, number(0), 0)});
  std::optional<view> held = db.open();
  for (std::int64_t i = 0; i < 1000; ++i)
    db.change(user(1), person_age, i, i + 1);
  CHECK(db.stats().facts_kept == 1);
  CHECK(age(*held, user(1)) == 0);
  CHECK(count(*held, index_order::aevt, {.attribute = person_age}) == 1);
  CHECK(age(db.open(), user(1)) == 1000);
  held.reset();
  db.apply({});
  CHECK(db.stats().facts_kept == 0);
  CHECK(age(db.open(), user(1)) == 1000);
}

TEST_CASE("what ended moves on to the next older view that sees it, whichever closes first") {
  for (const auto& closing :
       {std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0}, std::array{1, 0, 2}}) {
    people_index db;
    db.apply({add(user(1), person_age, number(0), 0), add(user(2), person_age, number(5), 0)});
    std::array<std::optional<view>, 3> held;
    for (std::int64_t i = 0; i < 3; ++i) {
      held[static_cast<std::size_t>(i)] = db.open();
      db.change(user(1), person_age, i, i + 1);
    }
    db.apply({retract(user(2), person_age, number(5), 0)}); // seen by all three
    CHECK(db.stats().facts_kept == 4);
    std::uint64_t open = 3;
    for (const auto i : closing) {
      held[static_cast<std::size_t>(i)].reset();
      --open;
      db.apply({});
      CHECK(db.stats().facts_kept == (open == 0 ? 0 : open + 1));
      for (std::size_t k = 0; k < held.size(); ++k)
        if (held[k]) {
          CHECK(age(*held[k], user(1)) == static_cast<std::int64_t>(k));
          CHECK(age(*held[k], user(2)) == 5);
          CHECK(count(*held[k], index_order::avet, {.attribute = person_age}) == 2);
        }
    }
  }
}

TEST_CASE("a superseded value without history is in no past view that is opened later") {
  people_index db;
  db.apply({add(user(1), person_visits, number(1), 0)});
  const auto early = db.open();
  db.change(user(1), person_visits, 1, 2);
  const auto late = db.open();
  CHECK(early.get(user(1), person_visits).value() == number(1));
  CHECK(early.as_of(tx_number(1))->get(user(1), person_visits).value() == number(1));
  CHECK(late.get(user(1), person_visits).value() == number(2));
  CHECK_FALSE(late.as_of(tx_number(1))->get(user(1), person_visits).value());
  CHECK(count(early.history().value(), index_order::eavt, {.entity = user(1)}) == 1);
  CHECK(count(late.history().value(), index_order::eavt, {.entity = user(1)}) == 1);
}

TEST_CASE("an attribute can be put into the value index when it has facts and history") {
  memory_index index(people_schema());
  const auto calm = add(user(1), person_mood, value::keyword("mood/calm"), 1);
  const auto no_more = retract(user(1), person_mood, value::keyword("mood/calm"), 2);
  const auto glad = add(user(1), person_mood, value::keyword("mood/glad"), 2);
  const std::array first = {view_of(calm)};
  const std::array second = {view_of(no_more), view_of(glad)};
  index.apply(tx_number(1), instant(1), first, people_schema());
  index.apply(tx_number(2), instant(2), second, people_schema());
  const auto before = index.open();
  auto mood = *people_schema()->find(person_mood);
  mood.indexed = true;
  index.apply(tx_number(3), instant(3), {}, people_schema()->with(mood));
  const components match{.attribute = person_mood};
  CHECK(before.datoms(index_order::avet, match).error().code == errc::not_indexed);
  CHECK(count(index.open(), index_order::avet, match) == 1);
  CHECK(count(index.open().history().value(), index_order::avet, match) == 3);
  CHECK(count(*index.open().as_of(tx_number(1)), index_order::avet, match) == 1);
}

TEST_CASE("the ends of the entity and value ranges are found") {
  memory_index index(people_schema());
  const entity_id last((1ULL << 63U) - 1);
  const std::array facts = {
      add(entity_id(1), person_age, number(std::numeric_limits<std::int64_t>::min()), 1),
      add(last, person_age, number(std::numeric_limits<std::int64_t>::max()), 1),
      add(last, person_friend, value::of(last), 1)};
  std::vector<datom_view> views;
  views.reserve(facts.size());
  for (const auto& d : facts)
    views.push_back(view_of(d));
  index.apply(tx_number(1), instant(std::numeric_limits<std::int64_t>::max()), views,
              people_schema());
  const auto now = index.open();
  CHECK(age(now, last) == std::numeric_limits<std::int64_t>::max());
  CHECK(count(now, index_order::vaet, {.entity = {}, .value = value_view::of(last)}) == 1);
  CHECK(count(now, index_order::avet,
              {.attribute = person_age,
               .value = value_view::of(std::numeric_limits<std::int64_t>::min())}) == 1);
  CHECK(collect(*now.seek_datoms(index_order::eavt, {.entity = last})).size() == 2);
  CHECK(now.as_of(instant(std::numeric_limits<std::int64_t>::max())).value().basis() ==
        tx_number(1));
}

TEST_CASE("a loaded index has the figures of one that applied, and views of before keep theirs") {
  people_index applied;
  memory_index loaded(people_schema());
  const auto before = loaded.open();
  index_loader loader(loaded);
  std::size_t told = 0;
  const auto both = [&](const datom_list& datoms) {
    applied.apply(datoms);
    const auto t = loader.head().next();
    std::vector<datom_view> views;
    for (const auto& d : datoms) {
      views.push_back(view_of(d));
      views.back().t = t;
    }
    loader.add(t, instant(static_cast<std::int64_t>(t.get()) * 10), views, people_schema());
  };
  both({add(user(1), person_age, number(0), 0), add(user(1), person_visits, number(0), 0)});
  for (std::int64_t i = 0; i < 5; ++i)
    both({retract(user(1), person_age, number(i % 2), 0),
          add(user(1), person_age, number((i + 1) % 2), 0),
          retract(user(1), person_visits, number(i), 0),
          add(user(1), person_visits, number(i + 1), 0)});
  REQUIRE(loader.finish([&](std::size_t done, std::size_t total) {
    CHECK(done >= std::exchange(told, done));
    CHECK(done <= total);
  }));
  CHECK(told != 0);
  CHECK(loaded.head() == tx_number(6));
  CHECK(loaded.last_instant() == instant(60));
  CHECK(loaded.stats().facts_live == applied.stats().facts_live);
  CHECK(loaded.stats().facts_history == applied.stats().facts_history);
  CHECK(loaded.stats().facts_kept == 0);
  const auto all = loaded.open().history().value();
  CHECK(collect(*all.datoms(index_order::eavt)) ==
        collect(*applied.open().history().value().datoms(index_order::eavt)));
  CHECK(count(all, index_order::aevt, {.attribute = person_visits}) == 1);
  CHECK(before.basis() == tx_number(0));
  CHECK(count(before, index_order::eavt) == bootstrap_datoms().size());
}

TEST_CASE("a loader that was told what cannot be says so and leaves the index alone") {
  const auto age_of = [](std::int64_t n, bool added) {
    return added ? add(user(1), person_age, number(n), 0)
                 : retract(user(1), person_age, number(n), 0);
  };
  struct impossible {
    std::vector<datom_list> told;
    std::string t;
    std::string_view said;
  };
  const std::vector<impossible> all = {
      {{{age_of(1, true)}, {age_of(1, true)}}, "2", "asserts what is live"},
      {{{age_of(1, false)}}, "1", "retracts what is not live"},
      {{{age_of(1, true)}, {age_of(1, false)}, {age_of(1, false)}}, "3", "retracts what is not"},
      {{{age_of(1, true)}, {age_of(2, false)}}, "2", "retracts what is not live"},
      {{{age_of(1, true), age_of(1, true)}}, "1", "asserts what is live"}};
  for (const auto& one : all) {
    INFO(one.said << " " << one.t);
    memory_index index(people_schema());
    index_loader loader(index);
    for (const auto& datoms : one.told) {
      const auto t = loader.head().next();
      auto views = views_of(datoms);
      for (auto& d : views)
        d.t = t;
      loader.add(t, instant(static_cast<std::int64_t>(t.get())), views, people_schema());
    }
    const auto done = loader.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::log_corrupt);
    CHECK(done.error().field("t") == one.t);
    CHECK(done.error().field("entity") == std::to_string(user(1).get()));
    CHECK(done.error().field("attribute") == std::to_string(person_age.get()));
    CHECK(done.error().detail.find(one.said) != std::string::npos);
    CHECK(index.head() == tx_number(0));
    CHECK(count(index.open(), index_order::eavt) == bootstrap_datoms().size());
  }
}
