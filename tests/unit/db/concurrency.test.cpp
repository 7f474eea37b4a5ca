// One writer, several readers: every view that a reader opens obeys an invariant of each
// transaction. Run under ThreadSanitizer, this is the test of the memory order, too.
#include "support/catch.hpp"
#include "support/facts.hpp"

#include "weft/core/db/memory_index.hpp"
#include "weft/core/db/overlay.hpp"

#include <barrier>
#include <random>
#include <thread>

using namespace weft;
using namespace weft::test;

namespace {

constexpr std::uint64_t accounts = 40;
constexpr std::int64_t total = 1000 * static_cast<std::int64_t>(accounts);
constexpr std::size_t transfers = 1500;
constexpr std::size_t readers = 3;
constexpr std::size_t views_per_reader = 250;

/// The balance is person_age, the last partner person_friend, the number of transfers
/// person_visits, which has no history.
struct account {
  std::int64_t balance = 1000;
  std::int64_t visits = 0;
  std::optional<entity_id> partner;
};

class bank {
 public:
  bank() {
    datom_list opening;
    for (std::uint64_t i = 0; i < accounts; ++i) {
      opening.push_back(add(user(i), person_age, value::of(std::int64_t{1000}), 1));
      opening.push_back(add(user(i), person_visits, value::of(std::int64_t{0}), 1));
    }
    apply(opening);
  }

  /// Moves money between two accounts and notes it in both.
  void transfer() {
    const auto from = random_() % accounts;
    const auto to = (from + 1 + random_() % (accounts - 1)) % accounts;
    const auto amount = static_cast<std::int64_t>(random_() % 50);
    const auto t = index_.head().next().get();
    datom_list datoms;
    change(datoms, from, to, -amount - 1, t);
    change(datoms, to, from, amount + 1, t);
    apply(datoms);
  }
  [[nodiscard]] const memory_index& index() const { return index_; }

 private:
  void change(datom_list& out, std::uint64_t n, std::uint64_t partner, std::int64_t amount,
              std::uint64_t t) {
    auto& a = accounts_[n];
    out.push_back(retract(user(n), person_age, value::of(a.balance), t));
    out.push_back(add(user(n), person_age, value::of(a.balance += amount), t));
    if (a.partner != user(partner)) {
      if (a.partner)
        out.push_back(retract(user(n), person_friend, value::of(*a.partner), t));
      a.partner = user(partner);
      out.push_back(add(user(n), person_friend, value::of(*a.partner), t));
    }
    out.push_back(retract(user(n), person_visits, value::of(a.visits), t));
    out.push_back(add(user(n), person_visits, value::of(++a.visits), t));
  }
  void apply(const datom_list& datoms) {
    std::vector<datom_view> views;
    for (const auto& d : datoms)
      views.push_back(view_of(d));
    const auto t = index_.head().next();
    index_.apply(t, instant(static_cast<std::int64_t>(t.get())), views, schema_);
  }

  std::shared_ptr<const schema> schema_ = people_schema();
  memory_index index_{schema_};
  std::array<account, accounts> accounts_;
  std::mt19937_64 random_{42};
};

/// Sum of the longs and number of datoms of an attribute.
struct sum {
  std::int64_t value = 0;
  std::size_t count = 0;
  bool operator==(const sum&) const = default;
};
sum sum_of(const view& v, index_order order, attribute_id a, direction way) {
  sum out;
  auto range = v.datoms(order, {.attribute = a}, way);
  for (const auto& d : *range) {
    out.value += d.value.as_long();
    ++out.count;
  }
  return out;
}

/// What is true of every view with at least the opening; 0, or which check failed.
int broken(const view& v, direction way) {
  const auto t = static_cast<std::int64_t>(v.basis().get());
  const sum balances{total, accounts};
  if (sum_of(v, index_order::aevt, person_age, way) != balances)
    return 1;
  if (sum_of(v, index_order::avet, person_age, way) != balances)
    return 2;
  const sum visits{2 * (t - 1), accounts}; // two for each transfer
  if (sum_of(v, index_order::avet, person_visits, way) != visits)
    return 3;
  auto friends = v.datoms(index_order::vaet, {}, way);
  std::size_t incoming = 0;
  for (const auto& d : *friends)
    incoming += v.get(d.entity, person_friend).value() == value(d.value) ? 1 : accounts;
  if (incoming > accounts)
    return 4;
  for (std::uint64_t i = 0; i < accounts; i += 7)
    if (v.entity(user(i)).value().at(person_age).size() != 1)
      return 5;
  // Each transfer is a retraction and an assertion of two balances.
  const auto changes = collect(*v.history()
                                    .value()
                                    .since(tx_number(1))
                                    .value()
                                    .datoms(index_order::aevt, {.attribute = person_age}, way));
  return changes.size() == static_cast<std::size_t>(4 * (t - 1)) ? 0 : 6;
}

/// The past of a view: balances of any earlier t.
int broken_past(const view& v, std::uint64_t t, direction way) {
  const auto then = *v.as_of(tx_number(t));
  const sum balances{total, accounts};
  if (sum_of(then, index_order::avet, person_age, way) != balances)
    return 7;
  return sum_of(then, index_order::aevt, person_age, way) == balances ? 0 : 8;
}

} // namespace

TEST_CASE("every view opened beside a writer is exact, and stays so while it is held") {
  bank b;
  std::barrier start(static_cast<std::ptrdiff_t>(readers + 1));
  std::array<int, readers> failures{};
  const auto read = [&](std::size_t reader) {
    std::mt19937_64 random(reader);
    std::deque<view> held; // some views for a while, so that ended facts have to stay
    start.arrive_and_wait();
    for (std::size_t i = 0; i < views_per_reader && failures[reader] == 0; ++i) {
      held.push_back(b.index().open());
      const auto& v = i % 3 == 0 ? held.front() : held.back();
      const auto way = i % 2 == 0 ? direction::forward : direction::backward;
      failures[reader] = broken(v, way);
      if (failures[reader] == 0)
        failures[reader] = broken_past(v, 1 + random() % v.basis().get(), way);
      if (held.size() > 1 + reader * 4)
        held.erase(held.begin() + static_cast<std::ptrdiff_t>(random() % held.size()));
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < readers; ++i)
    threads.emplace_back(read, i);
  start.arrive_and_wait();
  for (std::size_t i = 0; i < transfers; ++i)
    b.transfer();
  for (auto& thread : threads)
    thread.join();
  for (const auto failure : failures)
    CHECK(failure == 0);
  CHECK(broken(b.index().open(), direction::forward) == 0);
  for (int i = 0; i < 20; ++i) // each takes a bounded number of what was kept
    b.transfer();
  CHECK(b.index().stats().facts_kept == 0);
}

TEST_CASE("views of an overlay are read while it goes on") {
  overlay proposed;
  memory_index index(people_schema());
  const auto s = people_schema();
  const auto base = index.open();
  std::mutex mutex; // hands the newest view to the reader
  view newest = base;
  constexpr std::uint64_t count = 600;
  int failure = 0;
  std::thread reader([&] {
    for (std::uint64_t seen = 0; seen != count && failure == 0;) {
      const auto v = [&] {
        const std::lock_guard lock(mutex);
        return newest;
      }();
      seen = v.basis().get();
      const auto ages = sum_of(v, index_order::avet, person_age, direction::forward);
      if (ages.count != std::min<std::uint64_t>(seen, 1) ||
          ages.value != static_cast<std::int64_t>(seen))
        failure = 1;
    }
  });
  for (std::uint64_t t = 1; t <= count; ++t) {
    const auto was = retract(user(1), person_age, value::of(static_cast<std::int64_t>(t - 1)), t);
    const auto is = add(user(1), person_age, value::of(static_cast<std::int64_t>(t)), t);
    std::vector<datom_view> datoms;
    if (t > 1)
      datoms.push_back(view_of(was));
    datoms.push_back(view_of(is));
    proposed.append(tx_number(t), instant(static_cast<std::int64_t>(t)), datoms, s);
    const std::lock_guard lock(mutex);
    newest = proposed.over(base);
  }
  reader.join();
  CHECK(failure == 0);
}
