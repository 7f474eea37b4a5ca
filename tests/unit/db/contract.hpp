// The contract of every fact_source, as a comparison with the naive model: random transactions are
// applied to a subject and to the model, and everything that can be asked of views is asked of
// both, of old views and of views held open meanwhile, too.
#pragma once

#include "support/facts.hpp"
#include "support/naive_source.hpp"
#include "support/property.hpp"

#include <random>
#include <set>

namespace weft::test {

/// What applies transactions and is asked for views.
class subject {
 public:
  subject() = default;
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;
  virtual ~subject() = default;
  virtual void apply(tx_number t, instant when, std::span<const datom_view> datoms,
                     const std::shared_ptr<const schema>& schema_after) = 0;
  [[nodiscard]] virtual view open() const = 0;
};

// -- random transactions ---

/// One wish: small numbers that become an entity, an attribute and a value of the pools below.
struct wish {
  std::uint8_t entity;
  std::uint8_t attribute;
  std::uint8_t value;
  bool add;
};
/// A transaction, and the attribute whose :db/index or :db/noHistory it flips, if any.
struct step {
  std::vector<wish> wishes;
  std::uint8_t flip;
};

inline entity_id pool_entity(unsigned n) {
  return n == 6 ? entity::of_transaction(shard_id(0), tx_number(2)) : user(n);
}

inline constexpr std::array pool_attributes = {person_name,   person_age,   person_friend,
                                               person_nick,   person_mood,  person_visits,
                                               person_height, person_secret};

inline value pool_value(attribute_id a, unsigned n) {
  const std::string prefix(n % 2 == 0 ? 0 : 20, 'x'); // beyond the words of a tree, too
  switch (people_schema()->find(a)->type) {
  case value_type::long_:
    return value::of(n == 0 ? std::numeric_limits<std::int64_t>::min()
                            : (std::int64_t{1} << (n * 12)) - 2);
  case value_type::double_:
    return value::of(static_cast<double>(n) - 1.5);
  case value_type::ref:
    return value::of(pool_entity(n));
  case value_type::keyword:
    return value::keyword(n % 2 == 0 ? "mood/m" + std::to_string(n) : "m" + std::to_string(n));
  default:
    return value::string(prefix + static_cast<char>('a' + n));
  }
}

std::ostream& operator<<(std::ostream& out, const wish& w);
std::ostream& operator<<(std::ostream& out, const step& s);
/// Up to 14 transactions of up to 8 wishes.
rc::Gen<std::vector<step>> any_script();

// -- comparing ---

/// One walk to be made on both sides.
struct question {
  scan_spec spec;
  time_window window;
};
std::ostream& operator<<(std::ostream& out, const question& q);

/// Makes bounds of all lengths, kinds and directions, existing and not, and windows.
class questioner {
 public:
  explicit questioner(std::uint32_t seed) : random_(seed) {}
  question ask(tx_number head);

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::optional<scan_bound> bound();
  time_window window(tx_number head);

  std::mt19937 random_;
  std::deque<value> values_; // that bounds point at
};

/// Fails the property when the two views answer a question differently.
void compare_answers(const view& expected, const view& actual, const question& q);

/// The model and a subject, side by side.
class side_by_side {
 public:
  side_by_side(subject& s, std::uint32_t seed) : subject_(s), questions_(seed) {}

  void run(const step& s);
  /// Compares what is now, at every earlier t, in all orders and windows.
  void compare_now();
  /// Opens views that are compared again by compare_held, with a walk that goes on meanwhile.
  void hold();
  void compare_held();

 private:
  struct held_view {
    view expected;
    view actual;
    question asked;
    std::unique_ptr<datom_cursor> walk;
    datom_list walked;
  };

  datom_list resolve(const step& s, tx_number t) const;

  subject& subject_;
  naive_database model_{people_schema()};
  std::shared_ptr<const schema> schema_ = people_schema();
  questioner questions_;
  std::vector<held_view> held_;
};

/// The whole contract. `make` returns a std::unique_ptr<subject> with the bootstrap facts and
/// people_schema().
template <class Make>
void check_contract(Make make) {
  const auto script = *any_script();
  const auto s = make();
  side_by_side both(*s, *rc::gen::arbitrary<std::uint32_t>());
  both.hold();
  for (const auto& transaction : script) {
    both.run(transaction);
    both.hold();
  }
  both.compare_now();
  both.compare_held();
}

} // namespace weft::test
