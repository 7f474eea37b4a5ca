#include "weft/core/db/sort_words.hpp"

#include "support/facts.hpp"
#include "support/generators.hpp"
#include "support/property.hpp"

using namespace weft;
using namespace weft::test;

namespace {

const auto origin = origin_of(shard_id(3));

int sign(std::strong_ordering c) {
  return c < 0 ? -1 : c > 0 ? 1 : 0;
}

std::strong_ordering by_words(const tree_entry& a, const tree_entry& b) {
  const auto c = a.first <=> b.first;
  return c != 0 ? c : a.second <=> b.second;
}

/// Whether facts of the index share a tree, as those of one attribute do in aevt and avet.
bool comparable(index_order order, const datom& a, const datom& b) {
  if (order == index_order::vaet)
    return a.value.type() == value_type::ref && b.value.type() == value_type::ref;
  if (order == index_order::eavt)
    return a.attribute != b.attribute || a.value.type() == b.value.type();
  return a.attribute == b.attribute && a.value.type() == b.value.type();
}

datom one_datom(value_type type) {
  const auto a = *rc::gen::inRange<std::uint32_t>(1, 4);
  const auto e = *any_entity();
  return {e, attribute_id(a == 3 ? static_cast<std::uint32_t>(limits::first_user_local - 1) : a),
          *any_value(type), tx_number(*rc::gen::inRange<std::uint64_t>(1, 4)),
          *rc::gen::arbitrary<bool>()};
}

value_type one_type() {
  return static_cast<value_type>(*rc::gen::inRange(1, 12));
}

} // namespace

TEST_CASE("the words of values agree with their order as far as they go") {
  rc::prop("one type", [] {
    const auto type = one_type();
    const auto a = *any_value(type);
    const auto b = *any_value(type);
    const auto x = words_of(a.view());
    const auto y = words_of(b.view());
    const auto words = x.first != y.first ? x.first <=> y.first : x.second <=> y.second;
    RC_ASSERT((words == 0 || sign(words) == sign(a.view() <=> b.view())));
    if (x.rest_bits != 0) // the words tell it from any other value
      RC_ASSERT((words == 0) == (a == b));
    if (x.rest_bits != 0 && x.rest_bits != 64)
      RC_ASSERT((x.second & ((1ULL << x.rest_bits) - 1)) == 0U);
  });
}

TEST_CASE("the words of entries agree with the order of the index") {
  rc::prop("two facts in one tree", [] {
    const auto type = one_type();
    const auto a = one_datom(type);
    const auto b = one_datom(*rc::gen::element(type, one_type()));
    arena memory;
    const auto* x = stored_fact::create(memory, view_of(a));
    const auto* y = stored_fact::create(memory, view_of(b));
    for (const auto order : all_index_orders) {
      if (!comparable(order, a, b))
        continue;
      const auto words = by_words(entry_of(order, *x, origin), entry_of(order, *y, origin));
      RC_ASSERT((words == 0 || sign(words) == sign(compare(order, view_of(a), view_of(b)))));
    }
  });
}

TEST_CASE("a bound compares entries as components compare facts") {
  rc::prop("any bound, any fact", [] {
    const auto type = one_type();
    const auto d = one_datom(type);
    const auto other = one_datom(*rc::gen::element(type, one_type()));
    const auto given = *rc::gen::inRange(0, 8);
    components at;
    if ((given & 1) != 0)
      at.entity = *rc::gen::element(d.entity, other.entity);
    if ((given & 2) != 0)
      at.attribute = *rc::gen::element(d.attribute, other.attribute, attribute_id(1U << 20U));
    const auto v = *rc::gen::element(d.value, other.value);
    if ((given & 4) != 0)
      at.value = v.view();
    arena memory;
    const auto* fact = stored_fact::create(memory, view_of(d));
    for (const auto order : all_index_orders) {
      const bool per_attribute = order == index_order::aevt || order == index_order::avet;
      if (!comparable(order, d, d) || (per_attribute && at.attribute != d.attribute))
        continue;
      const std::optional<value_type> known =
          !at.attribute || at.attribute == d.attribute
              ? std::optional(type)
              : *rc::gen::element(std::optional(at.value ? at.value->type() : type),
                                  std::optional<value_type>());
      tree_leaf leaf;
      leaf.write(0, entry_of(order, *fact, origin));
      RC_ASSERT(sign(tree_bound(order, at, origin, known)(leaf, 0)) ==
                sign(compare(order, view_of(d), at)));
    }
  });
}

TEST_CASE("a keyword with a zero byte can be asked for and is compared in full") {
  arena memory;
  const auto* fact =
      stored_fact::create(memory, view_of(add(user(1), person_mood, value::keyword("a/b"), 1)));
  const std::string text("a\0/c", 4);
  const components at{.attribute = person_mood, .value = value_view::keyword(text)};
  tree_leaf leaf;
  leaf.write(0, entry_of(index_order::avet, *fact, origin));
  CHECK(sign(tree_bound(index_order::avet, at, origin, value_type::keyword)(leaf, 0)) ==
        sign(compare(index_order::avet, fact->view(), at)));
}

TEST_CASE("a stored fact is the datom it was made from") {
  rc::prop("any datom", [] {
    const auto d = one_datom(one_type());
    arena memory;
    const auto* fact = stored_fact::create(memory, view_of(d));
    RC_ASSERT(fact->view().to_datom() == d);
    RC_ASSERT(fact->entity() == d.entity);
    RC_ASSERT(fact->attribute() == d.attribute);
    RC_ASSERT(fact->type() == d.value.type());
    RC_ASSERT(fact->t() == d.t);
    RC_ASSERT(fact->retracted_at() == stored_fact::never);
  });
}

TEST_CASE("arena memory is aligned, apart and stays where it is") {
  arena memory;
  CHECK(memory.bytes() == 0);
  std::vector<std::pair<char*, std::size_t>> blocks;
  std::size_t sum = 0;
  for (std::size_t i = 0; i < 3000; ++i) {
    const auto size = i % 1000 == 999 ? std::size_t{1} << 20U : (i * 37) % 700 + 1;
    const auto alignment = std::size_t{1} << (i % 7);
    auto* at = static_cast<char*>(memory.allocate(size, alignment));
    CHECK(reinterpret_cast<std::uintptr_t>(at) % alignment == 0);
    std::memset(at, static_cast<int>(i % 251), size);
    blocks.emplace_back(at, size);
    sum += size;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [at, size] = blocks[i];
    CHECK(std::all_of(at, at + size, [&](char c) { return c == static_cast<char>(i % 251); }));
  }
  CHECK(memory.bytes() >= sum);
  CHECK(memory.bytes() < 2 * sum);
}
