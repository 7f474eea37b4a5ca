#include "weft/core/datom/key.hpp"

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
