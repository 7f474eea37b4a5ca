// An overlay fills an order when somebody asks for it. Who asks, when, and for what must not be
// noticed by those who ask later.
#include "weft/core/db/overlay_facts.hpp"

#include "contract.hpp"

#include "weft/core/db/memory_index.hpp"
#include "weft/core/db/overlay.hpp"

using namespace weft;
using namespace weft::test;

namespace {

constexpr std::array every_order = {index_order::eavt, index_order::aevt, index_order::avet,
                                    index_order::vaet};

/// Two overlays of the same transactions: in one, all orders are filled with each transaction, in
/// the other by the questions of this test alone. What waits is committed now and then.
class twins final : public subject {
 public:
  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    eager_.append(t, when, datoms, schema_after);
    lazy_.append(t, when, datoms, schema_after);
    for (const auto order : every_order)
      static_cast<void>(eager_.over(base_).source()->scan({.order = order}, {}));
    pairs_.push_back({eager_.over(base_), lazy_.over(base_)});
  }
  [[nodiscard]] view open() const override { return eager_.over(base_); }

  struct pair {
    view eager;
    view lazy;
  };
  [[nodiscard]] const std::vector<pair>& pairs() const noexcept { return pairs_; }

 private:
  memory_index index_{people_schema()};
  view base_ = index_.open();
  overlay eager_;
  overlay lazy_;
  std::vector<pair> pairs_;
};

datom age_at(std::uint64_t t) {
  return add(user(t), person_age, value::of(static_cast<std::int64_t>(t)), t);
}

void append(overlay_facts& facts, const datom& d) {
  const auto seen = view_of(d);
  facts.append({&seen, 1}, *people_schema());
}

std::size_t size_of(const fact_tree& tree) {
  std::size_t n = 0;
  auto at = tree.begin();
  for (at.settle_forward(); at.valid(); at.next())
    ++n;
  return n;
}

} // namespace

TEST_CASE("an order that is filled late answers as one that was filled with each transaction") {
  rc::prop("any transactions, any questions at any time", [] {
    const auto script = *any_script();
    twins both;
    side_by_side run(both, *rc::gen::arbitrary<std::uint32_t>());
    questioner questions(*rc::gen::arbitrary<std::uint32_t>());
    std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
    for (const auto& transaction : script) {
      run.run(transaction);
      for (auto left = random() % 3; left != 0; --left) { // of any view so far
        const auto& at = both.pairs()[random() % both.pairs().size()];
        compare_answers(at.eager, at.lazy, questions.ask(at.lazy.basis()));
      }
    }
    for (const auto& at : both.pairs()) {
      for (const auto order : every_order)
        compare_answers(at.eager, at.lazy, {.spec = {.order = order}, .window = {}});
      compare_answers(at.eager, at.lazy, questions.ask(at.lazy.basis()));
    }
  });
}

TEST_CASE("an overlay's datoms go into the orders and attributes that are asked for, once") {
  overlay_facts facts{shard_id(0)};
  append(facts, age_at(1));
  append(facts, add(user(1), person_friend, value::of(user(2)), 1));
  append(facts, add(user(1), person_mood, value::keyword("mood/good"), 1));
  const auto& s = *people_schema();
  const scan_bound age{{.attribute = person_age}};
  const auto& forest = facts.prepared({index_order::avet, age, age}, s);
  CHECK(size_of(forest.find(person_age)->avet) == 1);
  CHECK(forest.find(person_age)->aevt.empty());
  CHECK(forest.find(person_friend) == nullptr);
  CHECK(forest.eavt().empty());

  append(facts, age_at(2));
  CHECK(size_of(forest.find(person_age)->avet) == 1);
  static_cast<void>(facts.prepared({index_order::avet, {}, {}}, s));
  static_cast<void>(facts.prepared({index_order::avet, age, age}, s));
  CHECK(size_of(forest.find(person_age)->avet) == 2);
  CHECK(size_of(forest.find(person_friend)->avet) == 1);
  CHECK(forest.find(person_mood) == nullptr); // not indexed

  static_cast<void>(facts.prepared({index_order::vaet, {}, {}}, s));
  CHECK(size_of(forest.vaet()) == 1);
  static_cast<void>(facts.prepared({index_order::eavt, {}, {}}, s));
  static_cast<void>(facts.prepared({index_order::eavt, {}, {}}, s));
  CHECK(size_of(forest.eavt()) == 4);
}

TEST_CASE("bounds the wrong way round and beyond all attributes fill nothing") {
  overlay_facts facts{shard_id(0)};
  append(facts, age_at(1));
  const scan_bound first{{.attribute = person_name}};
  const scan_bound behind{{.attribute = person_secret}};
  const auto& forest = facts.prepared({index_order::avet, behind, first}, *people_schema());
  CHECK(forest.find(person_age) == nullptr);
  static_cast<void>(facts.prepared({index_order::avet, behind, behind}, *people_schema()));
  CHECK(forest.find(person_age) == nullptr);
}

TEST_CASE("datoms that are noted again begin with a transaction") {
  overlay_facts all{shard_id(0)};
  for (std::uint64_t t = 1; t <= 5; ++t) {
    append(all, age_at(t));
    append(all, add(user(t), person_height, value::of(1.5), t));
  }
  overlay_facts rest{shard_id(0)};
  rest.append_from(all, tx_number(4));
  CHECK(size_of(rest.prepared({index_order::eavt, {}, {}}, *people_schema()).eavt()) == 4);
}
