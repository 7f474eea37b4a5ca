#include "weft/core/db/overlay.hpp"

#include "support/catch.hpp"
#include "support/facts.hpp"

#include "weft/core/db/memory_index.hpp"

using namespace weft;
using namespace weft::test;

namespace {

/// Proposes one transaction that sets the age of a user.
void propose_age(overlay& o, std::uint64_t t, entity_id e, std::optional<std::int64_t> was,
                 std::int64_t is) {
  datom_list datoms;
  if (was)
    datoms.push_back(retract(e, person_age, value::of(*was), t));
  datoms.push_back(add(e, person_age, value::of(is), t));
  std::vector<datom_view> views;
  for (const auto& d : datoms)
    views.push_back(view_of(d));
  o.append(tx_number(t), instant(static_cast<std::int64_t>(t)), views, people_schema());
}

std::int64_t age(const view& v, entity_id e) {
  const auto found = v.get(e, person_age).value();
  return found ? found->view().as_long() : -1;
}

} // namespace

TEST_CASE("an overlay that says nothing is the base itself") {
  const memory_index index(people_schema());
  overlay o;
  const auto base = index.open();
  CHECK(o.empty());
  CHECK(o.over(base).source() == base.source());
  propose_age(o, 1, user(1), {}, 10);
  CHECK(o.over(base).source() != base.source());
  o.drop_through(tx_number(1));
  CHECK(o.empty());
  CHECK(o.over(base).source() == base.source());
}

TEST_CASE("speculation is seen through its view alone") {
  const memory_index index(people_schema());
  overlay o;
  propose_age(o, 1, user(1), {}, 10);
  const auto first = o.over(index.open());
  propose_age(o, 2, user(1), 10, 11);
  const auto second = o.over(index.open());
  CHECK(first.basis() == tx_number(1));
  CHECK(second.basis() == tx_number(2));
  CHECK(o.last() == tx_number(2));
  CHECK(age(first, user(1)) == 10);
  CHECK(age(second, user(1)) == 11);
  CHECK(age(*second.as_of(tx_number(1)), user(1)) == 10);
  CHECK(age(*second.as_of(tx_number(0)), user(1)) == -1);
  CHECK(second.as_of(instant(1)).value().basis() == tx_number(1));
  CHECK(age(index.open(), user(1)) == -1);
  CHECK(index.head() == tx_number(0));
}

TEST_CASE("what was proposed and lost leaves nothing, and its t is used again") {
  const memory_index index(people_schema());
  overlay o;
  propose_age(o, 1, user(1), {}, 10);
  const auto lost = o.over(index.open());
  o.clear();
  CHECK(o.empty());
  propose_age(o, 1, user(2), {}, 20);
  const auto now = o.over(index.open());
  CHECK(age(now, user(1)) == -1);
  CHECK(age(now, user(2)) == 20);
  CHECK(age(lost, user(1)) == 10); // stays what it was
  CHECK(age(lost, user(2)) == -1);
}

TEST_CASE("a base with a window keeps it under an overlay") {
  memory_index index(people_schema());
  const auto committed = add(user(1), person_age, value::of(std::int64_t{1}), 1);
  const auto seen = view_of(committed);
  index.apply(tx_number(1), instant(1), {&seen, 1}, people_schema());
  overlay o;
  propose_age(o, 2, user(1), 1, 2);
  CHECK(age(o.over(index.open().since(tx_number(1)).value()), user(1)) == 2);
  CHECK(age(o.over(index.open().since(tx_number(2)).value()), user(1)) == -1);
  const auto events = o.over(index.open().history().value());
  CHECK(collect(*events.datoms(index_order::eavt, {.entity = user(1)})).size() == 3);
}

TEST_CASE("dropping from the front keeps the rest, and old views") {
  memory_index index(people_schema());
  overlay o;
  for (std::uint64_t t = 1; t <= 300; ++t)
    propose_age(o, t, user(t % 5),
                t > 5 ? std::optional(static_cast<std::int64_t>(t) - 5) : std::nullopt,
                static_cast<std::int64_t>(t));
  const auto all = o.over(index.open());
  for (std::uint64_t t = 1; t <= 300; ++t) {
    datom_list datoms;
    if (t > 5)
      datoms.push_back(
          retract(user(t % 5), person_age, value::of(static_cast<std::int64_t>(t) - 5), t));
    datoms.push_back(add(user(t % 5), person_age, value::of(static_cast<std::int64_t>(t)), t));
    std::vector<datom_view> views;
    for (const auto& d : datoms)
      views.push_back(view_of(d));
    index.apply(tx_number(t), instant(static_cast<std::int64_t>(t)), views, people_schema());
    o.drop_through(tx_number(t));
    const auto now = o.over(index.open());
    CHECK(now.basis() == tx_number(300));
    CHECK(age(now, user(0)) == 300);
    CHECK(age(now, user(1)) == 296);
  }
  CHECK(o.empty());
  CHECK(age(all, user(4)) == 299);
  CHECK(collect(*all.datoms(index_order::avet, {.attribute = person_age})).size() == 5);
}

TEST_CASE("avet of an attribute that speculation indexes, in both directions") {
  memory_index index(people_schema());
  datom_list datoms;
  for (std::uint64_t i = 0; i < 100; ++i)
    datoms.push_back(
        add(user(i), person_mood, value::keyword("mood/m" + std::to_string(i * 37 % 100)), 1));
  const auto views = views_of(datoms);
  index.apply(tx_number(1), instant(1), views, people_schema());
  auto mood = *people_schema()->find(person_mood);
  mood.indexed = true;
  auto age = *people_schema()->find(person_age);
  age.indexed = false;
  const auto after = people_schema()->with({mood, age});
  const auto more = add(user(100), person_mood, value::keyword("mood/m5x"), 2);
  const auto seen = view_of(more);
  overlay o;
  o.append(tx_number(2), instant(2), {&seen, 1}, after);
  const auto now = o.over(index.open());
  const components all{.attribute = person_mood};
  const auto forward = collect(*now.datoms(index_order::avet, all));
  auto backward = collect(*now.datoms(index_order::avet, all, direction::backward));
  REQUIRE(forward.size() == 101);
  CHECK(std::is_sorted(forward.begin(), forward.end(), [](const datom& a, const datom& b) {
    return compare(index_order::avet, view_of(a), view_of(b)) < 0;
  }));
  std::reverse(backward.begin(), backward.end());
  CHECK(forward == backward);
}
