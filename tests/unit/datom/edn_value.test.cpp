#include "weft/core/datom/edn_value.hpp"

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/property.hpp"

#include "weft/core/base/limits.hpp"

namespace weft {

namespace {

result<value> read(std::string_view text, value_type type) {
  return read_value(read_edn(text).value(), type);
}

std::string shown(std::string_view text, value_type type) {
  const auto v = read(text, type);
  return v ? to_edn(v->view()) : v.error().to_string();
}

} // namespace

TEST_CASE("the wanted type decides how a node is read") {
  using enum value_type;
  struct row {
    std::string_view text;
    value_type type;
    std::string_view expected;
  };
  const row table[] = {
      {"true", boolean, "true"},
      {"36", long_, "36"},
      {"1.5", double_, "1.5"},
      {"2", double_, "2.0"},
      {"9007199254740992", double_, "9007199254740992.0"},
      {"-9223372036854775808", double_, "-9.223372036854776e+18"},
      {"##Inf", double_, "##Inf"},
      {"#inst \"2026-01-01\"", instant_, "#inst \"2026-01-01T00:00:00Z\""},
      {"17", ref, "#weft/ref 17"},
      {"#weft/ref 17", ref, "#weft/ref 17"},
      {":color/red", keyword, ":color/red"},
      {"\"x\"", string, "\"x\""},
      {"#uuid \"00112233-4455-6677-8899-aabbccddeeff\"", uuid_,
       "#uuid \"00112233-4455-6677-8899-aabbccddeeff\""},
      {"#weft/bytes \"AAE=\"", bytes_, "#weft/bytes \"AAE=\""},
      {"[1 nil \"x\" :k 1.5]", tuple, "#weft/tuple [1 nil \"x\" :k 1.5]"},
      {"#weft/tuple [1 #weft/ref 2]", tuple, "#weft/tuple [1 #weft/ref 2]"},
      {"[1 0.1 ##-Inf]", vector, "#weft/vector [1.0 0.1 ##-Inf]"},
      {"#weft/vector [0.5]", vector, "#weft/vector [0.5]"},
  };
  for (const auto& [text, type, expected] : table) {
    INFO(text << " as " << name_of(type));
    CHECK(shown(text, type) == expected);
  }
}

TEST_CASE("what is not of the wanted type is refused") {
  using enum value_type;
  struct row {
    std::string_view text;
    value_type type;
    std::string_view expected;
  };
  const row table[] = {
      {"1", boolean, "expected a boolean, found a long"},
      {"1.0", long_, "expected a long, found a double"},
      {"\"1\"", long_, "expected a long, found a string"},
      {"nil", long_, "expected a long, found nil"},
      {"\"1\"", double_, "expected a double, found a string"},
      {"9007199254740993", double_, "no double is exactly 9007199254740993"},
      {"9223372036854775807", double_, "no double is exactly 9223372036854775807"},
      {"\"2026-01-01\"", instant_, "expected an instant, found a string"},
      {"0", instant_, "expected an instant, found a long"},
      {"\"x\"", ref, "expected a ref, found a string"},
      {":x", ref, "expected a ref, found a keyword"},
      {"\"x\"", keyword, "expected a keyword, found a string"},
      {"x", keyword, "expected a keyword, found the symbol x"},
      {":x", string, "expected a string, found a keyword"},
      {"\"00112233-4455-6677-8899-aabbccddeeff\"", uuid_, "expected a uuid, found a string"},
      {"\"AAE=\"", bytes_, "expected bytes, found a string"},
      {"(1 2)", tuple, "expected a tuple, found a list"},
      {"#weft/vector [1 2]", tuple, "expected a tuple, found #weft/vector"},
      {"#weft/tuple 1", tuple, "expected a tuple, found #weft/tuple"},
      {"#weft/tuple [1 2]", vector, "expected a vector, found #weft/tuple"},
      {"{}", vector, "expected a vector, found a map"},
      {"#my/t 1", string, "expected a string, found #my/t"},
  };
  for (const auto& [text, type, expected] : table) {
    INFO(text << " as " << name_of(type));
    const auto v = read(text, type);
    REQUIRE_FALSE(v.has_value());
    CHECK(v.error().code == errc::type_mismatch);
    CHECK(v.error().detail == expected);
    CHECK(v.error().field("expected") == name_of(type));
    CHECK_FALSE(v.error().field("found").empty());
    CHECK(v.error().field("line") == "1");
    CHECK(v.error().field("column") == "1");
  }
  const auto component = read("[1 \"x\"]", vector);
  REQUIRE_FALSE(component.has_value());
  CHECK(component.error().to_string() == "type_mismatch: expected a double, found a string "
                                         "(expected double, found a string, line 1, column 4)");
}

TEST_CASE("read values have passed the gate") {
  using enum value_type;
  CHECK(read("0", ref).error().code == errc::invalid_value);
  CHECK(read("-1", ref).error().code == errc::invalid_value);
  CHECK(read("[1]", tuple).error().code == errc::invalid_value);
  CHECK(read("[1 #weft/tuple [1 2]]", tuple).error().code == errc::invalid_value);
  CHECK(read("[]", vector).error().code == errc::invalid_value);
  const auto component = read("[0 1e300]", vector);
  REQUIRE_FALSE(component.has_value());
  CHECK(component.error().code == errc::invalid_value);
  CHECK(component.error().field("column") == "4");
  const auto large = read("\"" + std::string(limits::value_bytes_max + 1, 'x') + "\"", string);
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().code == errc::value_too_large);
  CHECK(large.error().field("line") == "1");
  CHECK(read(":" + std::string(limits::keyword_bytes_max + 1, 'x'), keyword).error().code ==
        errc::value_too_large);
}

TEST_CASE("tuples are read by the types of their elements") {
  using enum value_type;
  const std::array types = {double_, keyword, ref};
  const auto tuple_of = [&](std::string_view text) {
    const auto v = read_tuple(read_edn(text).value(), types);
    return v ? to_edn(v->view()) : v.error().detail;
  };
  CHECK(tuple_of("[1 :a 5]") == "#weft/tuple [1.0 :a #weft/ref 5]");
  CHECK(tuple_of("#weft/tuple [nil nil 5]") == "#weft/tuple [nil nil #weft/ref 5]");
  CHECK(tuple_of("[1 \"a\" 5]") == "expected a keyword, found a string");
  CHECK(tuple_of("[1 :a]") == "expected a tuple of 3 elements, found 2");
  CHECK(tuple_of("7") == "expected a tuple, found a long");
}

TEST_CASE("some nodes have a type by themselves") {
  const auto type_of = [](std::string_view text) {
    const auto type = infer_type(read_edn(text).value());
    return std::string(type ? name_of(*type) : type.error().detail);
  };
  CHECK(type_of("true") == "boolean");
  CHECK(type_of("1") == "long");
  CHECK(type_of("1.0") == "double");
  CHECK(type_of("#inst \"2026-01-01\"") == "instant");
  CHECK(type_of("#weft/ref 1") == "ref");
  CHECK(type_of(":a") == "keyword");
  CHECK(type_of("\"a\"") == "string");
  CHECK(type_of("#uuid \"00112233-4455-6677-8899-aabbccddeeff\"") == "uuid");
  CHECK(type_of("#weft/bytes \"\"") == "bytes");
  CHECK(type_of("#weft/tuple [1 2]") == "tuple");
  CHECK(type_of("#weft/vector [1 2]") == "vector");
  CHECK(type_of("nil") == "expected a value, found nil");
  CHECK(type_of("x") == "expected a value, found the symbol x");
  CHECK(type_of("[1 2]") == "expected a value, found a vector");
  CHECK(type_of("#{1}") == "expected a value, found a set");
  CHECK(type_of("#my/t 1") == "expected a value, found #my/t");
}

TEST_CASE("datoms are written as EDN") {
  const auto names = schema::bootstrap();
  const datom doc{entity_id(17), builtin::doc, value::string("a\"b"), tx_number(4), true};
  CHECK(to_edn(view_of(doc), *names) == "[17 :db/doc \"a\\\"b\" 4 true]");
  const datom gone{entity_id(17), attribute_id(999), value::of(entity_id(3)), tx_number(4), false};
  CHECK(to_edn(view_of(gone), *names) == "[17 999 #weft/ref 3 4 false]");
}

TEST_CASE("values read back from their EDN text") {
  rc::prop("by their own type and by inference", [] {
    const value v = *test::any_value();
    const auto tree = read_edn(to_edn(v.view()));
    RC_ASSERT(tree.has_value());
    RC_ASSERT((infer_value(*tree) == v));
    RC_ASSERT((read_value(*tree, v.type()) == v));
  });
}

} // namespace weft
