#include "weft/core/datom/key.hpp"

#include "support/assertion.hpp"
#include "support/generators.hpp"
#include "support/property.hpp"

using namespace weft;
using namespace weft::test;

namespace {

bytes key_of(index_order order, const datom& d) {
  bytes out;
  encode_key(out, order, view_of(d));
  return out;
}

bytes form_of(const value& v) {
  bytes out;
  encode_key_value(out, v.view());
  return out;
}

bool is_truncated(const value& v) {
  const auto view = v.view();
  return view.is_long_form() && view.type() != value_type::tuple &&
         view.as_bytes().size() > limits::value_prefix_bytes;
}

std::strong_ordering order_of(bytes_view a, bytes_view b) {
  return a.compare(b) <=> 0;
}

} // namespace

TEST_CASE("index orders have names") {
  CHECK(name_of(index_order::eavt) == "eavt");
  CHECK(name_of(index_order::aevt) == "aevt");
  CHECK(name_of(index_order::avet) == "avet");
  CHECK(name_of(index_order::vaet) == "vaet");
}

TEST_CASE("keys sort as facts do") {
  for (const auto order : all_index_orders) {
    rc::prop(std::string(name_of(order)), [order] {
      const auto facts = *rc::gen::container<datom_list>(8, any_datom(order));
      for (const auto& a : facts)
        for (const auto& b : facts)
          RC_ASSERT(order_of(key_of(order, a), key_of(order, b)) ==
                    compare(order, view_of(a), view_of(b)));
    });
  }
}

TEST_CASE("keys of one type of value sort as the values do") {
  for (const auto type : all_value_types) {
    rc::prop(std::string(name_of(type)), [type] {
      const auto values = *rc::gen::container<std::vector<value>>(12, any_value(type));
      for (const auto& a : values) {
        for (const auto& b : values) {
          RC_ASSERT(order_of(form_of(a), form_of(b)) == (a <=> b));
          RC_ASSERT((a == b) == (a <=> b == 0));
        }
      }
    });
  }
}

TEST_CASE("a key decodes to the fact it was made of") {
  for (const auto order : all_index_orders) {
    rc::prop(std::string(name_of(order)), [order] {
      const auto fact = *any_datom(order);
      const auto key = key_of(order, fact);
      RC_ASSERT(key.size() <= limits::key_bytes_max);
      const auto back = decode_key(order, key);
      RC_ASSERT(back.has_value());
      RC_ASSERT(back->truncated == is_truncated(fact.value));
      if (back->truncated)
        RC_ASSERT(back->fact.value.view().as_bytes() ==
                  fact.value.view().as_bytes().substr(0, limits::value_prefix_bytes));
      else
        RC_ASSERT(back->fact == fact);
    });
  }
}

TEST_CASE("the newest comes first, and an assertion before a retraction of one t") {
  const auto at = [](std::uint64_t t, bool added) {
    return datom{entity_id(1), attribute_id(1), value::of(entity_id(1)), tx_number(t), added};
  };
  const datom_list sorted = {at(limits::transactions_max, true),
                             at(2, true),
                             at(2, false),
                             at(1, true),
                             at(0, true),
                             at(0, false)};
  for (const auto order : all_index_orders) {
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      CHECK(std::is_lt(compare(order, view_of(sorted[i - 1]), view_of(sorted[i]))));
      CHECK(key_of(order, sorted[i - 1]) < key_of(order, sorted[i]));
    }
  }
}

TEST_CASE("the largest values have keys within limits::key_bytes_max") {
  const auto size_of = [](const value& v) {
    REQUIRE(check(v.view()).has_value());
    return key_of(index_order::avet, {entity_id(1), attribute_id(1), v, tx_number(1), true}).size();
  };
  const std::size_t others = 8 + 4 + 8;
  const bytes zeros(limits::value_bytes_max, '\0');
  CHECK(size_of(value::string(zeros.substr(0, limits::value_prefix_bytes))) == others + 451);
  CHECK(size_of(value::string(zeros.substr(0, limits::value_prefix_bytes + 1))) == others + 467);
  CHECK(size_of(value::string(zeros)) == others + 467);
  CHECK(size_of(value::bytes(zeros)) == others + 467);
  CHECK(size_of(value::keyword(bytes(limits::keyword_bytes_max, 'k'))) == others + 289);
  CHECK(size_of(value::vector(std::vector<float>(limits::vector_elements_max, 1.0F))) ==
        others + 421);
  // 2 for the tuple, 1 for nil, 9 for each long, 1 + 39 * 9 for the bytes.
  std::vector<std::optional<value>> elements(6, value::of(std::int64_t{1}));
  elements[0] = std::nullopt;
  elements.push_back(value::bytes(zeros.substr(0, std::size_t{39} * 8)));
  CHECK(size_of(value::tuple(elements)) == others + limits::tuple_key_bytes_max);
  CHECK(others + 467 < limits::key_bytes_max);
}

TEST_CASE("the size of a tuple's form is known without making it") {
  rc::prop("any tuple", [] {
    const auto v = *any_tuple();
    RC_ASSERT(tuple_key_bytes(v.view()) == form_of(v).size());
  });
}

TEST_CASE("the keys of facts that share leading components share their bytes") {
  for (const auto order : all_index_orders) {
    rc::prop(std::string(name_of(order)), [order] {
      const auto d = *any_datom(order);
      const auto v = d.value.view();
      const auto key = key_of(order, d);
      const auto prefix = [order](auto... components) {
        bytes out;
        encode_key_prefix(out, order, components...);
        return out;
      };
      const auto all = prefix(d.entity, d.attribute, v);
      RC_ASSERT(key.starts_with(all));
      RC_ASSERT(key.size() == all.size() + 8);
      const auto first = prefix(order == index_order::eavt ? std::optional(d.entity) : std::nullopt,
                                order == index_order::aevt || order == index_order::avet
                                    ? std::optional(d.attribute)
                                    : std::nullopt,
                                order == index_order::vaet ? std::optional(v) : std::nullopt);
      RC_ASSERT(key.starts_with(first));
      RC_ASSERT(first.size() == (order == index_order::eavt   ? 8U
                                 : order == index_order::vaet ? 9U
                                                              : 4U));
      RC_ASSERT(prefix(std::nullopt, std::nullopt, std::nullopt).empty());
    });
  }
}

TEST_CASE("a fact without a ref has no place in vaet") {
  const datom d{entity_id(1), attribute_id(1), value::of(true), tx_number(1), true};
  bytes key;
  CHECK(breaks_invariant([&] { encode_key(key, index_order::vaet, view_of(d)); }));
}
