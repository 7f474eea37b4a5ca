#include "weft/core/datom/value.hpp"

#include "support/assertion.hpp"
#include "support/generators.hpp"
#include "support/property.hpp"

#include "weft/core/datom/float_order.hpp"

#include <unordered_set>

using namespace weft;
using namespace weft::test;

namespace {

value of_long(std::int64_t x) {
  return value::of(x);
}
value tuple(std::vector<std::optional<value>> elements) {
  return value::tuple(elements);
}
value vector(std::vector<float> components) {
  return value::vector(components);
}

constexpr auto infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t prefix = limits::value_prefix_bytes;

/// Values in strictly ascending order, across and within types.
std::vector<value> ascending() {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const std::string a(prefix - 1, 'a');
  return {value::of(false), value::of(true),
          // longs
          of_long(least), of_long(-1), of_long(0), of_long(1), of_long(256), of_long(most),
          // doubles
          value::of(-infinity), value::of(-1e300), value::of(-1.0), value::of(-5e-324),
          value::of(0.0), value::of(5e-324), value::of(1.0), value::of(infinity),
          // instants and refs
          value::of(instant(least)), value::of(instant(-1)), value::of(instant(1)),
          value::of(entity_id(1)), value::of(entity_id(256)), value::of(entity_id(1ULL << 62U)),
          // keywords: no namespace first, then by namespace, then by name
          value::keyword("a"), value::keyword("ab"), value::keyword("z"), value::keyword("b/x"),
          value::keyword("b/y"), value::keyword("b/y-"), value::keyword("b!/y"),
          value::keyword("b-/x"), value::keyword("b./y"), value::keyword("ba/y"),
          // strings
          value::string(""), value::string(bytes(1, '\0')), value::string(bytes(2, '\0')),
          value::string("A"), value::string("a"), value::string(std::string("a\0", 2)),
          value::string("aa"), value::string(a), value::string(a + 'a'), value::string(a + 'b'),
          value::string(a + 'b' + 'c'), value::string("\x7F"), value::string(utf8(0x80)),
          value::string(utf8(0xFFFF)), value::string(utf8(0x10000)),
          // uuids and bytes
          value::of(uuid{}), value::of(uuid{{0, 1}}), value::of(uuid{{0x80}}), value::bytes(""),
          value::bytes("\x7F"), value::bytes("\x80"), value::bytes("\xFF\xFF"),
          // tuples: nil first, shorter first
          tuple({{}, {}}), tuple({{}, {}, {}}), tuple({{}, value::of(false)}),
          tuple({value::of(true), {}}), tuple({of_long(1), of_long(2)}),
          tuple({of_long(1), value::string("")}), tuple({of_long(2), {}}),
          tuple({value::string("a"), of_long(2)}), tuple({value::string("aa"), of_long(1)}),
          // vectors: shorter first
          vector({-1.0F}), vector({0.0F}), vector({5.0F}), vector({-2.0F, 3.0F}),
          vector({-1.0F, -3.0F}), vector({-1.0F, 3.0F})};
}

} // namespace

TEST_CASE("value types have names") {
  for (const auto type : all_value_types)
    CHECK(value_type_from_name(name_of(type)) == type);
  CHECK(name_of(value_type::long_) == "long");
  CHECK_FALSE(value_type_from_name("float").has_value());
}

TEST_CASE("factories keep what they are given") {
  const uuid id{{1, 2, 3}};
  CHECK(value().view().as_bool() == false);
  CHECK(value::of(true).view().as_bool());
  CHECK(of_long(-7).view().as_long() == -7);
  CHECK(value::of(1.5).view().as_double() == 1.5);
  CHECK(value::of(instant(-9)).view().as_instant() == instant(-9));
  CHECK(value::of(entity_id(5)).view().as_ref() == entity_id(5));
  CHECK(value::of(id).view().as_uuid() == id);
  CHECK(value::string("Ada").view().as_bytes() == "Ada");
  CHECK(value::keyword("a/b").view().as_bytes() == "a/b");
  CHECK(value::bytes(bytes("\0\xFF", 2)).view().as_bytes() == bytes_view("\0\xFF", 2));
  const auto v = vector({1.5F, -2.0F});
  REQUIRE(v.view().vector_size() == 2);
  CHECK(v.view().vector_at(0) == 1.5F);
  CHECK(v.view().vector_at(1) == -2.0F);
}

TEST_CASE("zero has one sign") {
  CHECK_FALSE(std::signbit(value::of(-0.0).view().as_double()));
  CHECK_FALSE(std::signbit(vector({-0.0F}).view().vector_at(0)));
}

TEST_CASE("a tuple's elements come back one by one") {
  const auto t = tuple({{}, of_long(3), value::string("x")});
  auto reader = t.view().as_tuple();
  CHECK(reader.next() == std::nullopt);
  CHECK(reader.next() == of_long(3).view());
  CHECK(reader.next() == value::string("x").view());
  CHECK(reader.at_end());
  CHECK(reader.ok());
}

TEST_CASE("a damaged tuple ends") {
  tuple_reader reader(bytes_view("\x07\x05xy", 4));
  static_cast<void>(reader.next());
  CHECK_FALSE(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("reading a value as another type is a bug that stops the process") {
  const auto is_true = value::of(true);
  const auto text = value::string("x");
  CHECK(aborts([&] { static_cast<void>(text.view().as_bool()); }));
  CHECK(aborts([&] { static_cast<void>(is_true.view().as_long()); }));
  CHECK(aborts([&] { static_cast<void>(is_true.view().as_double()); }));
  CHECK(aborts([&] { static_cast<void>(is_true.view().as_instant()); }));
  CHECK(aborts([&] { static_cast<void>(is_true.view().as_ref()); }));
  CHECK(aborts([&] { static_cast<void>(is_true.view().as_uuid()); }));
  CHECK(aborts([&] { static_cast<void>(is_true.view().as_bytes()); }));
  CHECK_FALSE(aborts([&] { static_cast<void>(is_true.view().as_bool()); }));
}

TEST_CASE("a value owns its bytes") {
  std::optional<value> copy;
  {
    std::string text(100, 'x');
    const value original = value::string(text);
    copy = original;
  }
  CHECK(copy->view().as_bytes() == std::string(100, 'x'));
  const value moved = std::move(*copy);
  CHECK(moved == value::string(std::string(100, 'x')));
}

TEST_CASE("values sort by type, then as the head of value.hpp says") {
  const auto values = ascending();
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      INFO(values[i] << " <=> " << values[j]);
      CHECK((values[i] <=> values[j]) == (i <=> j));
      CHECK((values[i] == values[j]) == (i == j));
    }
  }
}

TEST_CASE("the order of values is total") {
  rc::prop("three values", [] {
    const auto values = any_value(*rc::gen::elementOf(all_value_types));
    const auto a = *values;
    const auto b = *values;
    const auto c = *values;
    RC_ASSERT((a <=> b) == 0 <=> (b <=> a));
    RC_ASSERT((a == b) == ((a <=> b) == 0));
    if (a <= b && b <= c)
      RC_ASSERT(a <= c);
  });
}

TEST_CASE("values longer than their prefix sort by it, then by hash") {
  const std::string shared(prefix, 'p');
  rc::prop("strings", [&shared](const std::string& x, const std::string& y) {
    const auto a = shared + 'x' + x;
    const auto b = shared + 'x' + y;
    RC_ASSERT((value::bytes(a) <=> value::bytes(b)) == (hash_of(a) <=> hash_of(b)));
    RC_ASSERT(value::bytes(shared) < value::bytes(a));
    RC_ASSERT(value::bytes(a) < value::bytes("q"));
  });
  std::vector<float> components(prefix / sizeof(float) + 1, 1.0F);
  const auto a = vector(components);
  components.back() = 2.0F;
  const auto b = vector(components);
  CHECK((a <=> b) == (hash_of(a.view().as_bytes()) <=> hash_of(b.view().as_bytes())));
  components[prefix / sizeof(float) - 1] = 2.0F;
  CHECK(a < vector(components));
  CHECK(b < vector(components));
}

TEST_CASE("values that are not allowed are ordered all the same") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  CHECK((value::of(nan) <=> value::of(nan)) == std::strong_ordering::equal);
  CHECK(value::of(infinity) < value::of(nan));
  CHECK(std::is_neq(value::keyword("/a") <=> value::keyword("a")));
  const auto damaged = [](bytes_view x) { return value(value_view::tuple(x)); };
  CHECK(std::is_neq(damaged("\x07\x05x") <=> damaged("\x07\x05y")));
}

TEST_CASE("equal values have equal hashes, others nearly never") {
  rc::prop("two values", [](const value& a, const value& b) {
    RC_ASSERT(hash_value(a.view()) == hash_value(value(a.view()).view()));
    RC_ASSERT((hash_value(a.view()) == hash_value(b.view())) == (a == b));
    RC_ASSERT(std::hash<value>()(a) == static_cast<std::size_t>(hash_value(a.view())));
  });
  std::unordered_set<std::uint64_t> hashes;
  for (const auto& v : ascending())
    hashes.insert(hash_value(v.view()));
  CHECK(hashes.size() == ascending().size());
}

namespace {

/// The places of floating point numbers, and back to the number with its sign.
template <class Float, class Back>
void check_places(Float a, Float b, Back back) {
  const bool zeros = a == b && std::signbit(a) && !std::signbit(b);
  RC_ASSERT((float_order(a) < float_order(b)) == (a < b || zeros));
  RC_ASSERT(back(float_order(a)) == a);
  RC_ASSERT(std::signbit(back(float_order(a))) == std::signbit(a));
}

} // namespace

TEST_CASE("floating point numbers keep their order as integers, -0.0 just below 0.0") {
  rc::prop("doubles",
           [] { check_places(*any_float<double>(), *any_float<double>(), double_from_order); });
  rc::prop("floats",
           [] { check_places(*any_float<float>(), *any_float<float>(), float_from_order); });
}
