// The order of keys against the order of numbers and texts themselves (key.test.cpp has it against
// the order of values), and NaN, which is refused wherever a value can come in.
#include "support/generators.hpp"
#include "support/property.hpp"

#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/json.hpp"

#include <bit>

using namespace weft;
using namespace weft::test;

namespace {

bytes form_of(const value& v) {
  bytes out;
  encode_key_value(out, v.view());
  return out;
}

/// Keys of `make(x)` sort as the numbers or texts x do; what is equal has one key.
template <class T, class Make>
void check_order(const std::vector<T>& some, Make make) {
  for (const auto& a : some) {
    RC_ASSERT(check(make(a).view()).has_value());
    for (const auto& b : some) {
      RC_ASSERT((form_of(make(a)) < form_of(make(b))) == (a < b));
      RC_ASSERT((form_of(make(a)) == form_of(make(b))) == (a == b));
      RC_ASSERT((make(a) < make(b)) == (a < b));
    }
  }
}

template <class T>
std::vector<T> several(rc::Gen<T> one) {
  return *rc::gen::container<std::vector<T>>(10, std::move(one));
}

template <class T>
using elements = std::vector<std::optional<T>>;

/// Tuples sort element by element, nil before everything, a tuple before those it begins.
template <class T, class Make>
void check_tuples(const rc::Gen<T>& one, Make make) {
  const auto element = rc::gen::oneOf(rc::gen::just(std::optional<T>()),
                                      rc::gen::map(one, [](T x) { return std::optional(x); }));
  const auto some = rc::gen::map(rc::gen::container<elements<T>>(element), [](elements<T> x) {
    x.resize(std::clamp<std::size_t>(x.size(), limits::tuple_elements_min, 4));
    return x;
  });
  check_order(several(some), [&](const elements<T>& tuple) {
    std::vector<std::optional<value>> values;
    for (const auto& x : tuple)
      values.push_back(x ? std::optional(make(*x)) : std::nullopt);
    return value::tuple(values);
  });
}

/// Values that hold a NaN: a double, a tuple, a vector.
std::vector<value> values_with(double x, float y) {
  const std::vector<std::optional<value>> both = {std::nullopt, value::of(x)};
  const std::vector<float> components = {1.0F, y};
  return {value::of(x), value::tuple(both), value::vector(components)};
}

datom fact(value v) {
  return {entity_id(1), attribute_id(1), std::move(v), tx_number(1), true};
}

record record_of(value v) {
  record out{.t = tx_number(1), .when = instant(0), .shard = shard_id(0)};
  out.datoms = {fact(std::move(v))};
  return out;
}

/// The record's bytes, with one number written over the other.
template <class Float>
bytes written_over(const value& v, Float from, Float to) {
  auto out = *encode_record(record_of(v));
  const auto old = std::bit_cast<std::array<char, sizeof from>>(from);
  const auto at = out.find(bytes(old.data(), old.size()));
  RC_ASSERT(at != bytes::npos);
  const auto now = std::bit_cast<std::array<char, sizeof to>>(to);
  return out.replace(at, now.size(), now.data(), now.size());
}

} // namespace

TEST_CASE("keys of numbers sort as numbers, and both zeros have one") {
  rc::prop("doubles", [] {
    check_order(several(any_float<double>()), [](double x) { return value::of(x); });
  });
  rc::prop("components of vectors", [] {
    check_order(several(any_float<float>()), [](float x) { return value::vector({&x, 1}); });
  });
  rc::prop("longs", [] {
    check_order(several(any_integer<std::int64_t>()), [](auto x) { return value::of(x); });
  });
  rc::prop("instants", [] {
    check_order(several(any_integer<std::int64_t>()), [](auto x) { return value::of(instant(x)); });
  });
}

TEST_CASE("keys of texts sort as their bytes, empty ones first, zero bytes included") {
  rc::prop("strings", [] {
    check_order(several(short_text()), [](const auto& x) { return value::string(x); });
  });
  rc::prop("bytes", [] {
    check_order(several(short_bytes()), [](const auto& x) { return value::bytes(x); });
  });
}

TEST_CASE("keys of tuples sort element by element") {
  rc::prop("doubles",
           [] { check_tuples(any_float<double>(), [](double x) { return value::of(x); }); });
  rc::prop("instants", [] {
    check_tuples(any_integer<std::int64_t>(), [](auto x) { return value::of(instant(x)); });
  });
  rc::prop("strings",
           [] { check_tuples(short_text(), [](const auto& x) { return value::string(x); }); });
  rc::prop("bytes",
           [] { check_tuples(short_bytes(), [](const auto& x) { return value::bytes(x); }); });
}

TEST_CASE("NaN passes no gate") {
  rc::prop("any NaN", [] {
    for (const auto& v : values_with(*any_nan<double>(), *any_nan<float>())) {
      RC_ASSERT(check(v.view()).error().code == errc::invalid_value);
      RC_ASSERT(encode_record(record_of(v)).error().code == errc::invalid_value);
      edn_builder builder;
      builder.add(v.view());
      RC_ASSERT(builder.finish().error().code == errc::invalid_value);
      RC_ASSERT_FALSE(read_edn(to_edn(v.view())).has_value());
      for (const auto order : {index_order::eavt, index_order::aevt, index_order::avet}) {
        bytes key;
        encode_key(key, order, view_of(fact(v)));
        RC_ASSERT(decode_key(order, key).error().code == errc::malformed_key);
      }
    }
  });
}

TEST_CASE("a record in which a number became NaN or -0.0 is refused") {
  rc::prop("any NaN", [] {
    const auto x = *rc::gen::oneOf(any_nan<double>(), rc::gen::just(-0.0));
    const auto y = *rc::gen::oneOf(any_nan<float>(), rc::gen::just(-0.0F));
    const auto well = values_with(1.5, 2.5F);
    for (const auto& payload : {written_over(well[0], 1.5, x), written_over(well[1], 1.5, x),
                                written_over(well[2], 2.5F, y)})
      RC_ASSERT(record_view::decode(payload).error().code == errc::malformed_record);
    RC_ASSERT(record_view::decode(written_over(well[2], 2.5F, -2.5F)).has_value());
  });
}

TEST_CASE("text does not say NaN") {
  for (const auto* text : {"##NaN", "[##NaN]", "NaN ##NaN", "#weft/vector [##NaN]",
                           "#weft/tuple [1 ##NaN]", "##-NaN", "{:a ##NaN}"}) {
    INFO(text);
    CHECK_FALSE(read_edn(text).has_value());
  }
  for (const auto* text :
       {"NaN", "nan", "-NaN", "[NaN]", R"({"$double":"NaN"})", R"({"$double":"nan"})",
        R"({"$double":"-NaN"})", R"({"$vector":[{"$double":"NaN"}]})",
        R"({"$tuple":[1,{"$double":"NaN"}]})", R"({"a/b":NaN})"}) {
    INFO(text);
    CHECK_FALSE(read_json(text).has_value());
  }
  for (const auto* text : {"NaN", "nan", "-nan", "nan(1)", "##NaN"})
    CHECK_FALSE(parse_double(text).has_value());
}

TEST_CASE("text says zero without a sign") {
  for (const auto* text : {"-0.0", "-0e5", "-0.0e-400"}) {
    INFO(text);
    for (const auto& tree : {read_edn(text), read_json(text)}) {
      REQUIRE(tree.has_value());
      CHECK(form_of(*infer_value(*tree)) == form_of(value::of(0.0)));
    }
  }
}
