#include "weft/core/datom/json.hpp"

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/property.hpp"
#include "support/trees.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/edn_value.hpp"

namespace weft {

namespace {

std::string edn_of(std::string_view json) {
  const auto tree = read_json(json);
  return tree ? to_edn(*tree) : tree.error().to_string();
}

std::string json_of(std::string_view text) {
  return to_json(read_edn(text).value().view());
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

const std::pair<std::string_view, std::string_view> texts[] = {
    {"null", "nil"},
    {" true ", "true"},
    {"false", "false"},
    {"0", "0"},
    {"-0", "0"},
    {"9007199254740993", "9007199254740993"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"1.0", "1.0"},
    {"-0.0", "0.0"},
    {"1e3", "1000.0"},
    {"1E-2", "0.01"},
    {R"("a\u00e4\ud83d\ude00\/\n")", "\"a\xC3\xA4\xF0\x9F\x98\x80/\\n\""},
    {R"("\u0000")", R"("\u0000")"},
    {"[]", "[]"},
    {"[1,[2]]", "[1 [2]]"},
    {"{}", "{}"},
    {R"({"user/name":"Ada",":user/age":36})", "{:user/age 36, :user/name \"Ada\"}"},
    {R"({":$ref":1})", "{:$ref 1}"},
    {R"({"$keyword":"color/red"})", ":color/red"},
    {R"({"$symbol":"?e"})", "?e"},
    {R"({"$ref":"17"})", "#weft/ref 17"},
    {R"({"$instant":"2026-02-03T04:05:06+01:00"})", "#inst \"2026-02-03T03:05:06Z\""},
    {R"({"$uuid":"00112233-4455-6677-8899-AABBCCDDEEFF"})",
     "#uuid \"00112233-4455-6677-8899-aabbccddeeff\""},
    {R"({"$bytes":"AAE="})", "#weft/bytes \"AAE=\""},
    {R"({"$long":"9007199254740993"})", "9007199254740993"},
    {R"({"$double":"Infinity"})", "##Inf"},
    {R"({"$double":"-Infinity"})", "##-Inf"},
    {R"({"$vector":[1.0,2]})", "#weft/vector [1.0 2]"},
    {R"({"$tuple":[1,null,"a"]})", "#weft/tuple [1 nil \"a\"]"},
    {R"({"$list":[{"$symbol":"f"}]})", "(f)"},
    {R"({"$set":[2,1]})", "#{1 2}"},
    {R"({"$map":[[1,"a"],[[2],{}]]})", "{1 \"a\", [2] {}}"},
    {R"({"$map":[]})", "{}"},
    {R"({"$lookup":["user/email","a@b"]})", "[:user/email \"a@b\"]"},
    {R"({"$tagged":["my.app/point",[1,2]]})", "#my.app/point [1 2]"},
    {R"({"$tagged":["inst","2026-01-01"]})", "#inst \"2026-01-01T00:00:00Z\""},
    {"\xEF\xBB\xBF{}", "{}"},
};

struct mistake {
  std::string_view text, detail;
  text_position at;
};

const mistake mistakes[] = {
    {"", "unexpected end of input; expected '[', '{', or a literal", {1, 1}},
    {"[1", "unexpected end of input; expected ']'", {1, 3}},
    {"[1,]", "unexpected ']'; expected '[', '{', or a literal", {1, 4}},
    {"[,1]", "unexpected ','; expected '[', '{', or a literal", {1, 2}},
    {"\n[1 2]", "unexpected number literal; expected ']'", {2, 4}},
    {"[1 \"abc\"]", "unexpected string literal; expected ']'", {1, 4}},
    {"1 2", "unexpected number literal; expected end of input", {1, 3}},
    {"1]", "unexpected ']'; expected end of input", {1, 2}},
    {"{1:2}", "unexpected number literal; expected string literal", {1, 2}},
    {"{\"a\" 1}", "unexpected number literal; expected ':'", {1, 6}},
    {"{\"a\":1,}", "unexpected '}'; expected string literal", {1, 8}},
    {"nul", "invalid literal", {1, 3}},
    {"\xEF\xBB\xBF\xEF\xBB\xBF[]", "a second byte order mark", {1, 1}},
    {"NaN", "invalid literal", {1, 1}},
    {"'a'", "invalid literal", {1, 1}},
    {"/* */ 1", "invalid literal", {1, 1}},
    {"01", "unexpected number literal; expected end of input", {1, 2}},
    {"-", "invalid number; expected digit after '-'", {1, 1}},
    {"1.e", "invalid number; expected digit after '.'", {1, 3}},
    {"\"a", "invalid string: missing closing quote", {1, 2}},
    {"\"\xC3\xA4\n\"",
     "invalid string: control character U+000A (LF) must be escaped to \\u000A or \\n",
     {1, 3}},
    {"[\"\\x\"]", "invalid string: forbidden character after backslash", {1, 4}},
    {"\"\\ud800\"",
     "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF",
     {1, 8}},
    {"\"\xFF\"", "invalid string: ill-formed UTF-8 byte", {1, 2}},
    {std::string_view("1\0", 2), "invalid literal", {1, 2}},
    {std::string_view("\"a\0\"", 4),
     "invalid string: control character U+001F (US) must be escaped to \\u001F",
     {1, 3}},
    {"1e400", "the number does not fit a double", {1, 1}},
    {"[1e-400]", "the number does not fit a double", {1, 2}},
    {"[9223372036854775808]", "a long has 64 bits", {1, 2}},
    {"-9223372036854775809", "a long has 64 bits", {1, 1}},
    {"{\"a\":1,\"a\":2}", "duplicate key :a", {1, 8}},
    {"{\"a\":1,\n\":a\":2}", "duplicate key :a", {2, 1}},
    {"{\"\":1}", "expected a keyword, found :", {1, 2}},
    {"{\"a b\":1}", "expected a keyword, found :a b", {1, 2}},
    {"{\"$reff\":\"1\"}", "unknown tag $reff", {1, 2}},
    {"{\"$ref\":\"1\",\"a\":2}", "expected a tag alone in its object, found a", {1, 13}},
    {"{\"a\":2,\"$ref\":\"1\"}", "expected a tag alone in its object, found $ref", {1, 8}},
    {"{\"$ref\":1}", "expected a string for $ref, found a number", {1, 9}},
    {"{\"$ref\":null}", "expected a string for $ref, found null", {1, 9}},
    {"{\"$ref\":true}", "expected a string for $ref, found a boolean", {1, 9}},
    {"{\"$ref\":1.5}", "expected a string for $ref, found a number", {1, 9}},
    {"{\"$ref\":{}}", "expected a string for $ref, found an object", {1, 9}},
    {"{\"$ref\":[]}", "expected a string for $ref, found an array", {1, 9}},
    {"{\"$ref\":\"x\"}", "$ref: expected an integer", {1, 9}},
    {"{\"$ref\":\"0\"}", "#weft/ref: expected an entity id, a positive integer", {1, 9}},
    {"{\"$long\":\"1.0\"}", "$long: expected an integer", {1, 10}},
    {"{\"$double\":\"NaN\"}", "expected Infinity or -Infinity for $double, found NaN", {1, 12}},
    {"{\"$instant\":\"2026\"}",
     "#inst: expected an instant as 2026-02-03T04:05:06Z, with at most six digits of fraction",
     {1, 13}},
    {"{\"$keyword\":\":a\"}", "expected a keyword, found ::a", {1, 13}},
    {"{\"$symbol\":\"1\"}", "expected a symbol, found 1", {1, 12}},
    {"{\"$vector\":\"1\"}", "expected an array for $vector, found a string", {1, 12}},
    {"{\"$set\":[1,1]}", "duplicate element 1", {1, 12}},
    {"{\"$map\":[1]}", "expected an array for $map, found a number", {1, 10}},
    {"{\"$map\":[[1]]}", "expected two values for $map, found 1", {1, 10}},
    {"{\"$map\":[[1,2],[1,3]]}", "duplicate key 1", {1, 17}},
    {"{\"$lookup\":[]}", "expected two values for $lookup, found 0", {1, 12}},
    {"{\"$lookup\":[1,2]}", "expected a string for $lookup, found a number", {1, 13}},
    {"{\"$lookup\":[\"a b\",2]}", "expected a keyword, found :a b", {1, 13}},
    {"{\"$lookup\":[\"a\"]}", "expected two values for $lookup, found 1", {1, 12}},
    {"{\"$lookup\":[\"a\",1,2]}", "expected two values for $lookup, found 3", {1, 12}},
    {"{\"$tagged\":[\"_\",2]}", "expected a tag, found #_", {1, 12}},
};

} // namespace

TEST_CASE("JSON becomes EDN") {
  for (const auto& [text, expected] : texts) {
    INFO(text);
    CHECK(edn_of(text) == expected);
  }
}

TEST_CASE("malformed JSON is refused where it is wrong") {
  for (const auto& [text, detail, at] : mistakes) {
    INFO(text);
    const auto tree = read_json(text);
    REQUIRE_FALSE(tree.has_value());
    CHECK(tree.error() == error_at(at, error{errc::malformed_json, std::string(detail), {}}));
  }
}

TEST_CASE("JSON ends where its text ends, whatever lies behind it") {
  const std::string_view digits = "-12.5678e19999999999999999999999";
  CHECK(to_edn(*read_json(digits.substr(0, 5))) == "-12.5");
  CHECK(to_edn(*read_json(digits.substr(0, 10))) == "-125.678");
  CHECK(to_edn(*read_json(digits.substr(0, 3))) == "-12");
  const auto large = std::string("18446744073709551616") + ".5";
  CHECK_FALSE(read_json(std::string_view(large).substr(0, 20)).has_value());
}

TEST_CASE("JSON nodes know where they begin") {
  const auto tree = read_json("[1, \"\xC3\xA4\",\n {\"a\" : [true]}, {\"$ref\": \"1\"}, 2.5 ]");
  REQUIRE(tree.has_value());
  const auto items = (*tree)->items();
  REQUIRE(items.size() == 5);
  CHECK((*tree)->position() == text_position{1, 1});
  CHECK(items[0].position() == text_position{1, 2});
  CHECK(items[1].position() == text_position{1, 5});
  CHECK(items[2].position() == text_position{2, 2});
  CHECK(items[2].entries()[0].key.position() == text_position{2, 3});
  CHECK(items[2].entries()[0].value.position() == text_position{2, 9});
  CHECK(items[2].entries()[0].value.items()[0].position() == text_position{2, 10});
  CHECK(items[3].position() == text_position{2, 27});
  CHECK(items[4].position() == text_position{2, 33});
}

TEST_CASE("JSON has the limits of EDN") {
  const auto n = limits::nesting_depth_max;
  CHECK(read_json(repeated("[", n) + repeated("]", n)).has_value());
  const auto deeper = read_json(repeated("[", n + 1) + repeated("]", n + 1));
  REQUIRE_FALSE(deeper.has_value());
  CHECK(deeper.error().code == errc::nesting_too_deep);
  CHECK(deeper.error().field("column") == std::to_string(n + 1));
  CHECK(read_json(repeated("{\"a\":", n) + "1" + repeated("}", n)).has_value());
  CHECK(read_json(repeated("{\"a\":", 1'000'000)).error().code == errc::nesting_too_deep);
  CHECK(read_json(repeated("{\"$map\":[[1,", n) + "1" + repeated("]]}", n)).has_value());
  CHECK(read_json(repeated("{\"$map\":[[1,", 100'000)).error().code == errc::nesting_too_deep);
  CHECK(read_json(repeated("{\"$list\":[", 100'000)).error().code == errc::nesting_too_deep);

  CHECK(read_json("1" + std::string(limits::transaction_text_bytes_max - 1, ' ')).has_value());
  CHECK(read_json(std::string(limits::transaction_text_bytes_max + 1, ' ')).error().code ==
        errc::input_too_large);
  CHECK(read_json("[1" + repeated(",1", limits::tree_nodes_max - 2) + "]").has_value());
  CHECK(read_json("[1" + repeated(",1", limits::tree_nodes_max - 1) + "]").error().code ==
        errc::input_too_large);
}

TEST_CASE("EDN is written as JSON") {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"nil", "null"},
      {"9007199254740992", "9007199254740992"},
      {"9007199254740993", R"({"$long":"9007199254740993"})"},
      {"-9007199254740992", "-9007199254740992"},
      {"-9007199254740993", R"({"$long":"-9007199254740993"})"},
      {"2.0", "2.0"},
      {"##-Inf", R"({"$double":"-Infinity"})"},
      {"\"a\\\"\\u0001\"", R"("a\"\u0001")"},
      {":a/b", R"({"$keyword":"a/b"})"},
      {"{:b [1 (2)] :a #{x}}", R"({"a":{"$set":[{"$symbol":"x"}]},"b":[1,{"$list":[2]}]})"},
      {"{:$ref 1}", R"({":$ref":1})"},
      {"{\"a\" 1 :b 2}", R"({"$map":[["a",1],[{"$keyword":"b"},2]]})"},
      {"#weft/vector [0.5]", R"({"$vector":[0.5]})"},
      {"#weft/tuple [nil 1]", R"({"$tuple":[null,1]})"},
      {"#weft/tuple nil", R"({"$tagged":["weft/tuple",null]})"},
      {"#t 1", R"({"$tagged":["t",1]})"},
      {"#inst \"2026-01-01\"", R"({"$instant":"2026-01-01T00:00:00Z"})"},
      {"#weft/ref 9", R"({"$ref":"9"})"},
  };
  for (const auto& [text, expected] : table) {
    INFO(text);
    CHECK(json_of(text) == expected);
  }
}

TEST_CASE("datoms are written as JSON") {
  const auto names = schema::bootstrap();
  const datom doc{entity_id(17), builtin::doc, value::string("a\"b"), tx_number(4), true};
  CHECK(to_json(view_of(doc), *names) ==
        R"({"e":"17","a":"db/doc","v":"a\"b","t":4,"added":true})");
  const datom gone{entity_id(17), attribute_id(999), value::of(entity_id(3)), tx_number(4), false};
  CHECK(to_json(view_of(gone), *names) ==
        R"({"e":"17","a":"999","v":{"$ref":"3"},"t":4,"added":false})");
}

TEST_CASE("JSON is lossless") {
  rc::prop("trees read back", [] {
    const edn tree = *test::any_tree();
    RC_ASSERT((read_json(to_json(tree.view())) == tree));
  });
  rc::prop("values read back", [] {
    const value v = *test::any_value();
    const auto tree = read_json(to_json(v.view()));
    RC_ASSERT(tree.has_value());
    RC_ASSERT((infer_value(*tree) == v));
  });
  rc::prop("a value and its node have one text, but for components of vectors", [] {
    const value v = *test::any_value();
    edn_builder b;
    b.add(v.view());
    if (v.type() != value_type::vector)
      RC_ASSERT(to_json(b.finish().value().view()) == to_json(v.view()));
  });
}

TEST_CASE("a transaction in JSON is the tree that EDN gives") {
  const auto tree = read_json(R"([
    ["db/add", "ada", "user/name", "Ada"],
    ["db/add", {"$lookup": ["user/email", "a@b"]}, "user/tags", "db/add"],
    ["db/retract", {"$ref": "17"}, "user/age"],
    ["db/retractEntity", {"$keyword": "some/ident"}],
    ["db/cas", 5, "user/age", null, 36],
    ["db.fn/call", "my/function", "user/name", 1],
    ["my/function", "x", "y"],
    [{"$keyword": "db/add"}, "e", {"$keyword": "a"}, 1],
    [{"$keyword": "db/add"}, "e", "a", 2],
    {"db/id": "bo", "user/name": "Bo", "user/friend": [{"user/name": "Cy"}, "ada"]},
    null, [], 7
  ])");
  REQUIRE(tree.has_value());
  const auto expected = read_edn(R"([
    [:db/add "ada" :user/name "Ada"]
    [:db/add [:user/email "a@b"] :user/tags "db/add"]
    [:db/retract #weft/ref 17 :user/age]
    [:db/retractEntity :some/ident]
    [:db/cas 5 :user/age nil 36]
    [:db.fn/call :my/function "user/name" 1]
    [:my/function "x" "y"]
    [:db/add "e" :a 1]
    [:db/add "e" :a 2]
    {:db/id "bo" :user/name "Bo" :user/friend [{:user/name "Cy"} "ada"]}
    nil [] 7])");
  const auto transaction = transaction_from_json(*tree);
  CHECK(transaction == expected);
  REQUIRE(transaction.has_value());
  CHECK((*transaction)->items()[0].items()[2].position() == text_position{2, 23});

  CHECK(transaction_from_json(read_json("{\"a\":1}").value()) == read_edn("{:a 1}"));
  const auto bad = transaction_from_json(read_json("[[\"db/add\", 1, \"a b\", 2]]").value());
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error() ==
        error_at({1, 16}, {errc::malformed_json, "expected a keyword, found :a b", {}}));
}

} // namespace weft
