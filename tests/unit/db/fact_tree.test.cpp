#include "weft/core/db/fact_tree.hpp"

#include "support/facts.hpp"
#include "support/property.hpp"

#include "weft/core/db/sort_words.hpp"

#include <algorithm>
#include <random>
#include <set>

using namespace weft;
using namespace weft::test;

namespace {

/// A tree of numbers: facts of one entity whose values are the numbers.
class number_tree {
 public:
  void insert(std::int64_t x) {
    const auto* fact =
        stored_fact::create(facts_, view_of(add(user(1), person_age, value::of(x), 1)));
    const auto* behind = tree_.insert(nodes_, entry_of(index_order::avet, *fact, origin_));
    const auto expected = std::next(model_.emplace(x, fact).first);
    if (behind != (expected == model_.end() ? nullptr : expected->second))
      FAIL("the fact behind " << x << " is another one");
  }
  /// From the bottom up; the tree is empty.
  void build(const std::set<std::int64_t>& numbers) {
    std::vector<tree_entry> sorted;
    for (const auto x : numbers) {
      const auto d = add(user(1), person_age, value::of(x), 1);
      sorted.push_back(
          entry_of(index_order::avet, *stored_fact::create(facts_, view_of(d)), origin_));
      model_.emplace(x, sorted.back().fact);
    }
    tree_.build(nodes_, sorted);
  }
  void erase(std::int64_t x) {
    const auto at = model_.find(x);
    tree_.erase(nodes_, entry_of(index_order::avet, *at->second, origin_));
    model_.erase(at);
  }
  [[nodiscard]] bool holds(std::int64_t x) const { return model_.contains(x); }

  /// Walks both ways, from everywhere.
  void check() const {
    std::vector<std::int64_t> expected;
    for (const auto& [x, fact] : model_)
      expected.push_back(x);
    REQUIRE(walk(true) == expected);
    REQUIRE(walk(false) == std::vector(expected.rbegin(), expected.rend()));
    for (std::size_t i = 0; i < expected.size(); i += 1 + expected.size() / 16)
      for (const auto x : {expected[i] - 1, expected[i], expected[i] + 1})
        check_seek(x);
  }
  void check_seek(std::int64_t x) const {
    auto at = seek(x);
    at.settle_forward();
    const auto behind = model_.lower_bound(x);
    REQUIRE(at.valid() == (behind != model_.end()));
    REQUIRE((!at.valid() || number(at) == behind->first));
    at = seek(x);
    at.settle_backward();
    REQUIRE(at.valid() == (behind != model_.begin()));
    REQUIRE((!at.valid() || number(at) == std::prev(behind)->first));
  }
  [[nodiscard]] std::vector<std::int64_t> walk(bool forward) const {
    std::vector<std::int64_t> out;
    auto at = tree_.seek([&](const tree_node&, unsigned) { return !forward; });
    forward ? at.settle_forward() : at.settle_backward();
    for (; at.valid(); forward ? at.next() : at.previous())
      out.push_back(number(at));
    return out;
  }
  /// In front of the first number that is not less.
  [[nodiscard]] tree_position seek(std::int64_t x) const {
    return tree_.seek([&](const tree_node& node, unsigned slot) {
      return node.fact(slot)->value().as_long() < x;
    });
  }
  static std::int64_t number(const tree_position& at) { return at.fact()->value().as_long(); }
  [[nodiscard]] std::size_t bytes() const { return nodes_.bytes(); }
  [[nodiscard]] std::size_t size() const { return model_.size(); }
  tree_memory& nodes() { return nodes_; }
  [[nodiscard]] const fact_tree& tree() const { return tree_; }

 private:
  arena facts_;
  tree_memory nodes_;
  fact_tree tree_{index_order::avet};
  entity_id origin_ = origin_of(shard_id(0));
  std::map<std::int64_t, const stored_fact*> model_;
};

} // namespace

TEST_CASE("slot lists insert and remove in place") {
  rc::prop("like a vector", [](const std::vector<std::uint8_t>& choices) {
    slot_list list;
    std::vector<unsigned> model;
    unsigned written = 0;
    for (const auto choice : choices) {
      if (choice % 3 != 0 && written < slot_list::capacity) {
        const auto at = choice % (model.size() + 1);
        list = list.with_next_at(static_cast<unsigned>(at));
        model.insert(model.begin() + static_cast<std::ptrdiff_t>(at), written++);
      } else if (!model.empty()) {
        const auto at = choice % model.size();
        list = list.without(static_cast<unsigned>(at));
        model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
      }
      RC_ASSERT(list.size() == model.size());
      RC_ASSERT(list.written() == written);
      for (unsigned i = 0; i < model.size(); ++i)
        RC_ASSERT(list[i] == model[i]);
    }
  });
  for (unsigned n = 0; n <= slot_list::capacity; ++n) {
    const auto list = slot_list::first(n);
    CHECK(list.size() == n);
    CHECK(list.written() == n);
    for (unsigned i = 0; i < n; ++i)
      CHECK(list[i] == i);
  }
}

TEST_CASE("a tree holds what was inserted and not erased, in order") {
  rc::prop("like a map", [](const std::vector<std::int16_t>& numbers) {
    number_tree tree;
    for (const auto x : numbers)
      tree.holds(x) ? tree.erase(x) : tree.insert(x);
    tree.check();
  });
  std::mt19937_64 random(7);
  for (const std::int64_t range : {30, 300, 3000, 1'000'000}) {
    number_tree tree;
    for (int i = 0; i < 20'000; ++i) {
      const auto x = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(range));
      tree.holds(x) ? tree.erase(x) : tree.insert(x);
      if (i % 1000 == 0)
        tree.check();
      tree.nodes().recycle(tx_number(0)); // nobody reads meanwhile
    }
    tree.check();
  }
}

TEST_CASE("trees grow at either end, in the middle, and shrink to nothing") {
  constexpr std::int64_t n = 5000;
  for (const int pattern : {0, 1, 2, 3}) {
    CAPTURE(pattern);
    number_tree tree;
    for (std::int64_t i = 0; i < n; ++i)
      tree.insert(pattern == 0   ? i
                  : pattern == 1 ? -i
                  : pattern == 2 ? (i % 2 == 0 ? i : 10 * n - i)
                                 : (i * 7919) % n);
    tree.check();
    auto numbers = tree.walk(true);
    if (pattern == 1)
      std::reverse(numbers.begin(), numbers.end());
    if (pattern == 2)
      std::shuffle(numbers.begin(), numbers.end(), std::mt19937_64(1));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      tree.erase(numbers[i]);
      if (i % 500 == 0)
        tree.check();
    }
    CHECK(tree.walk(true).empty());
    tree.insert(5);
    tree.check();
  }
}

TEST_CASE("ascending runs fill their leaves, also in front of what is greater") {
  for (const std::int64_t wall : {0, 20}) {
    number_tree tree;
    for (std::int64_t i = 0; i < wall; ++i)
      tree.insert(1'000'000 + i);
    for (std::int64_t i = 0; i < 200'000; ++i) {
      tree.insert(i);
      tree.nodes().recycle(tx_number(0));
    }
    tree.check();
    const auto per_entry = static_cast<double>(tree.bytes()) / static_cast<double>(tree.size());
    CHECK(per_entry < 384.0 / 14 * 1.3); // inner nodes, and what is left of the newest chunk
  }
}

TEST_CASE("entries are sorted, whatever ascending runs they come in") {
  std::mt19937_64 random(5);
  arena facts;
  for (const std::size_t run : {1U, 3U, 40U, 41U, 1000U, 5000U}) {
    CAPTURE(run);
    std::vector<tree_entry> entries;
    std::set<std::int64_t> numbers;
    while (numbers.size() < 5000) {
      const auto x = static_cast<std::int64_t>(random() % 1'000'000);
      if (!numbers.insert(x).second)
        continue;
      const auto d = add(user(1), person_age, value::of(x), 1);
      const auto* fact = stored_fact::create(facts, view_of(d));
      entries.push_back(entry_of(index_order::avet, *fact, origin_of(shard_id(0))));
    }
    for (std::size_t at = 0; at < entries.size(); at += run)
      sort_entries(index_order::avet,
                   std::span(entries).subspan(at, std::min(run, entries.size() - at)));
    sort_entries(index_order::avet, entries);
    std::vector<std::int64_t> sorted;
    sorted.reserve(entries.size());
    for (const auto& entry : entries)
      sorted.push_back(entry.fact->value().as_long());
    CHECK(sorted == std::vector(numbers.begin(), numbers.end()));
  }
}

TEST_CASE("a tree that was built at once is like any other") {
  std::mt19937_64 random(3);
  for (const std::size_t n : {0U, 1U, 12U, 13U, 14U, 144U, 145U, 1729U, 30'000U}) {
    CAPTURE(n);
    std::set<std::int64_t> numbers;
    while (numbers.size() < n)
      numbers.insert(static_cast<std::int64_t>(random() % (4 * n)));
    number_tree tree;
    tree.build(numbers);
    tree.check();
    for (std::size_t i = 0; i < 2 * n + 100; ++i) {
      const auto x = static_cast<std::int64_t>(random() % (4 * n + 10));
      tree.holds(x) ? tree.erase(x) : tree.insert(x);
    }
    tree.check();
  }
}

TEST_CASE("a place where entries come and go does not grow") {
  number_tree tree;
  for (std::int64_t i = 0; i < 100; ++i)
    tree.insert(1000 * i);
  for (std::int64_t i = 0; i < 200; ++i) { // until the recycled nodes are enough
    tree.insert(50'001 + i);
    tree.erase(50'001 + i);
    tree.nodes().recycle(tx_number(0));
  }
  const auto before = tree.bytes();
  for (std::int64_t i = 0; i < 20'000; ++i) {
    tree.insert(50'500 + i % 400);
    tree.erase(50'500 + i % 400);
    tree.nodes().recycle(tx_number(0));
  }
  CHECK(tree.bytes() == before);
  tree.check();
}

TEST_CASE("a reader who stands in a tree finds all that stays") {
  rc::prop("walking while the writer works", [](std::uint32_t seed) {
    std::mt19937_64 random(seed);
    number_tree tree;
    std::set<std::int64_t> staying;
    for (int i = 0; i < 400; ++i) {
      const auto x = static_cast<std::int64_t>(random() % 10'000) * 2; // even numbers stay
      if (staying.insert(x).second)
        tree.insert(x);
    }
    // Readers that are on their way, each from its own beginning, while odd numbers come and go.
    for (const bool forward : {true, false}) {
      std::vector<std::int64_t> seen;
      auto at = tree.tree().seek([&](const tree_node&, unsigned) { return !forward; });
      forward ? at.settle_forward() : at.settle_backward();
      while (at.valid()) {
        if (number_tree::number(at) % 2 == 0)
          seen.push_back(number_tree::number(at));
        for (std::uint64_t k = random() % 12; k > 0; --k) {
          const auto x = static_cast<std::int64_t>(random() % 10'000) * 2 + 1;
          tree.holds(x) ? tree.erase(x) : tree.insert(x);
        }
        forward ? at.next() : at.previous();
      }
      if (!forward)
        std::reverse(seen.begin(), seen.end());
      RC_ASSERT(seen == std::vector(staying.begin(), staying.end()));
    }
    tree.check();
  });
}

TEST_CASE("retired nodes are used again when every open basis is late enough, not before") {
  tree_memory nodes;
  nodes.set_first_safe(tx_number(5));
  auto* leaf = nodes.new_leaf();
  auto* inner = nodes.new_inner(1);
  nodes.retire(leaf);
  nodes.set_first_safe(tx_number(6));
  nodes.retire(inner);
  nodes.recycle(tx_number(4));
  auto* second = nodes.new_leaf();
  CHECK(second != leaf);
  nodes.recycle(tx_number(5));
  CHECK(nodes.new_inner(1) != inner);
  CHECK(nodes.new_leaf() == leaf);
  nodes.recycle(tx_number(6));
  CHECK(nodes.new_inner(2) == inner);
}
