#include "weft/core/datom/edn_reader.hpp"

#include "support/catch.hpp"
#include "support/property.hpp"
#include "support/trees.hpp"

#include "weft/core/base/limits.hpp"

namespace weft {

namespace {

std::string again(std::string_view text) {
  const auto tree = read_edn(text);
  return tree ? to_edn(*tree) : tree.error().to_string();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

/// All forms of a text that is fed in pieces of this size; the error's text behind them.
std::vector<std::string> forms_in_pieces(std::string_view text, std::size_t piece) {
  std::vector<std::string> forms;
  edn_reader reader;
  for (;;) {
    const auto form = reader.next();
    if (!form) {
      forms.push_back(form.error().to_string());
      return forms;
    }
    if (*form) {
      forms.push_back(to_edn((*form)->view()));
    } else if (reader.at_end()) {
      return forms;
    } else if (text.empty()) {
      reader.finish();
    } else {
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
    }
  }
}

const std::pair<std::string_view, std::string_view> forms[] = {
    {"nil", "nil"},
    {"true", "true"},
    {"false", "false"},
    {"0", "0"},
    {"-0", "0"},
    {"+7", "7"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"1.5", "1.5"},
    {"-0.0", "0.0"},
    {"1e3", "1000.0"},
    {"+1E-2", "0.01"},
    {"##Inf", "##Inf"},
    {"##-Inf", "##-Inf"},
    {R"("a\tb\r\n\b\f\\\"")", R"("a\tb\r\n\b\f\\\"")"},
    {"\"a\nb\"", R"("a\nb")"},
    {R"("\u0041\u00e4\ud83d\ude00\u0000")", "\"A\xC3\xA4\xF0\x9F\x98\x80\\u0000\""},
    {":a", ":a"},
    {":user/name", ":user/name"},
    {":1", ":1"},
    {":\xCE\xBB", ":\xCE\xBB"},
    {"?e", "?e"},
    {"/", "/"},
    {"...", "..."},
    {"-", "-"},
    {"-a", "-a"},
    {"clojure.string/blank?", "clojure.string/blank?"},
    {"()", "()"},
    {"[1,2 ,, 3]", "[1 2 3]"},
    {"(a (b))", "(a (b))"},
    {"#{3 1 2}", "#{1 2 3}"},
    {"{:b 1 :a {}}", "{:a {}, :b 1}"},
    {"#:user{:name 1 _/x 2 :_/y 3 :a/b 4 z 5}", "{:a/b 4, :user/name 1, :y 3, user/z 5, x 2}"},
    {"#:u{:a {:b 1} #my/t :c 2}", "{:u/a {:b 1}, #my/t :c 2}"},
    {"#inst \"2026-02-03T04:05:06.5+01:00\"", "#inst \"2026-02-03T03:05:06.500Z\""},
    {"#uuid \"00112233-4455-6677-8899-AABBCCDDEEFF\"",
     "#uuid \"00112233-4455-6677-8899-aabbccddeeff\""},
    {"#weft/bytes \"AAE=\"", "#weft/bytes \"AAE=\""},
    {"#weft/ref 17", "#weft/ref 17"},
    {"#weft/vector [1.0 2]", "#weft/vector [1.0 2]"},
    {"#weft/tuple [1 nil]", "#weft/tuple [1 nil]"},
    {"#my.app/point [1 2]", "#my.app/point [1 2]"},
    {"#a #b c", "#a #b c"},
    {"#inst #_ 7 \"2026-01-01\"", "#inst \"2026-01-01T00:00:00Z\""},
    {"[1 #_2 #_(a b) 3]", "[1 3]"},
    {"[#_ #_ 1 2 3]", "[3]"},
    {"#_ 1 2 #_ 3", "2"},
    {"; comment\n 1 ; \xFF not looked at", "1"},
    {"[a\"b\"c]", "[a \"b\" c]"},
    {"\xEF\xBB\xBF 1", "1"},
};

struct mistake {
  std::string_view text, detail;
  text_position at;
};

const mistake mistakes[] = {
    {"", "expected a form, found the end of the text", {1, 1}},
    {" ; x", "expected a form, found the end of the text", {1, 5}},
    {"\n #_1", "expected a form, found the end of the text", {2, 5}},
    {"1 2", "expected one form, found a second one", {1, 3}},
    {"1 )", "expected a form, found )", {1, 3}},
    {"[1 2", "expected ] before the end of the text", {1, 1}},
    {"[\n {:a 1", "expected } before the end of the text", {2, 2}},
    {"[1\n 2)", "expected ] for what line 1, column 1 opens, found )", {2, 3}},
    {"]", "expected a form, found ]", {1, 1}},
    {"[#inst]", "expected a form, found ]", {1, 7}},
    {"#_", "expected a form, found the end of the text", {1, 3}},
    {"[#_]", "expected a form, found ]", {1, 4}},
    {"#", "expected a tag, found #", {1, 1}},
    {"# a", "expected a tag, found #", {1, 1}},
    {"#1 a", "expected a tag, found #1", {1, 1}},
    {"#\"a\"", "expected a tag, found #", {1, 1}},
    {"#(a)", "expected a tag, found #", {1, 1}},
    {"#'a", "expected a tag, found #'a", {1, 1}},
    {"'a", "expected a form, found '", {1, 1}},
    {"[@a]", "expected a form, found @", {1, 2}},
    {"[\\a]", "characters do not exist here: write a string", {1, 2}},
    {"\"a", "expected \" before the end of the text", {1, 1}},
    {"\"a\\", "expected \" before the end of the text", {1, 1}},
    {"[\"a\\x\"]", "expected an escape, found \\x", {1, 4}},
    {"\"\xC3\xA4\n\xC3\xA4\\u12g4\"", "expected an escape, found \\u12g4", {2, 2}},
    {"\"\\u123\"", "expected an escape, found \\u123", {1, 2}},
    {"\"\\ud800\"", "expected an escape, found \\ud800", {1, 2}},
    {"\"\\ud800\\n\"", "expected an escape, found \\ud800", {1, 2}},
    {"\"\\ud800\\u0041\"", "expected an escape, found \\ud800", {1, 2}},
    {"\"\\udc00\"", "expected an escape, found \\udc00", {1, 2}},
    {"\"ab\xFF\"", "expected UTF-8", {1, 4}},
    {"[:a\xFF]", "expected a keyword, found :a...", {1, 2}},
    {":", "expected a keyword, found :", {1, 1}},
    {"::a", "expected a keyword, found ::a", {1, 1}},
    {":a/b/c", "expected a keyword, found :a/b/c", {1, 1}},
    {":a/", "expected a keyword, found :a/", {1, 1}},
    {"a:b", "expected a symbol, found a:b", {1, 1}},
    {"[ \x01 ]", "expected a symbol, found ?", {1, 3}},
    {".5", "expected a symbol, found .5", {1, 1}},
    {"-.5", "expected a symbol, found -.5", {1, 1}},
    {"01", "expected a number without leading zeros, found 01", {1, 1}},
    {"-00", "expected a number without leading zeros, found -00", {1, 1}},
    {"0x1F", "expected a number, found 0x1F", {1, 1}},
    {"16r1F", "expected a number, found 16r1F", {1, 1}},
    {"1a", "expected a number, found 1a", {1, 1}},
    {"1.", "expected a number, found 1.", {1, 1}},
    {"1.e3", "expected a number, found 1.e3", {1, 1}},
    {"1e", "expected a number, found 1e", {1, 1}},
    {"1e+", "expected a number, found 1e+", {1, 1}},
    {"1.5.2", "expected a number, found 1.5.2", {1, 1}},
    {"1/2", "ratios are not supported, found 1/2", {1, 1}},
    {"12N", "integers of any size (N) are not supported, a long has 64 bits, found 12N", {1, 1}},
    {"1.5M", "decimals of any precision (M) are not supported, use a double, found 1.5M", {1, 1}},
    {"1M", "decimals of any precision (M) are not supported, use a double, found 1M", {1, 1}},
    {"9223372036854775808", "a long has 64 bits, found 9223372036854775808", {1, 1}},
    {"1e400", "the number does not fit a double, found 1e400", {1, 1}},
    {"##inf", "expected ##Inf or ##-Inf, found ##inf", {1, 1}},
    {"{:a}", "expected a value for the map's last key", {1, 4}},
    {"{:a 1 :b #_2}", "expected a value for the map's last key", {1, 13}},
    {"{:a 1 :b 2\n:a 3}", "duplicate key :a", {2, 1}},
    {"#:u{:a 1 :u/a 2}", "duplicate key :u/a", {1, 10}},
    {"#{1 2 \xC3\xA4 1}", "duplicate element 1", {1, 9}},
    {"#{#{1 2} #{2 1}}", "duplicate element #{1 2}", {1, 10}},
    {"#_ #{1 1} 2", "duplicate element 1", {1, 8}},
    {"#:a {:b 1}", "expected a namespaced map as #:name{...}", {1, 1}},
    {"#:{:b 1}", "expected a namespaced map as #:name{...}", {1, 1}},
    {"#:a/b{:b 1}", "expected a namespaced map as #:name{...}", {1, 1}},
    {"#::a{:b 1}", "expected a namespaced map as #:name{...}", {1, 1}},
    {"#:a", "expected a namespaced map as #:name{...}", {1, 1}},
    {"#:5a{b 1}", "expected a symbol, found 5a/b", {1, 6}},
    {"#:a{_/nil 1}", "expected a symbol, found nil", {1, 5}},
    {"#inst 5", "#inst: expected a string, found a long", {1, 7}},
    {"#inst \"2025-02-29\"", "#inst: this date does not exist", {1, 7}},
    {"#uuid \"x\"", "#uuid: a uuid is 8-4-4-4-12 hexadecimal digits", {1, 7}},
    {"#weft/bytes \"A\"",
     "#weft/bytes: expected base64 with padding and without white space",
     {1, 13}},
    {"#weft/ref 0", "#weft/ref: expected an entity id, a positive integer", {1, 11}},
    {"#weft/ref \"1\"", "#weft/ref: expected an entity id, a positive integer", {1, 11}},
};

} // namespace

TEST_CASE("every kind of form is read") {
  for (const auto& [text, expected] : forms) {
    INFO(text);
    CHECK(again(text) == expected);
  }
}

TEST_CASE("malformed EDN is refused where it is wrong") {
  for (const auto& [text, detail, at] : mistakes) {
    INFO(text);
    const auto tree = read_edn(text);
    REQUIRE_FALSE(tree.has_value());
    CHECK(tree.error() == error_at(at, error{errc::malformed_edn, std::string(detail), {}}));
  }
}

TEST_CASE("nodes know where they begin") {
  const auto tree =
      read_edn("; head\n[:a \"\xC3\xA4\n\xC3\xA4\" \xCE\xBB b\n\t{x #inst \"2026-01-01\"}]");
  REQUIRE(tree.has_value());
  const auto items = (*tree)->items();
  REQUIRE(items.size() == 5);
  CHECK((*tree)->position() == text_position{2, 1});
  CHECK(items[0].position() == text_position{2, 2});
  CHECK(items[1].position() == text_position{2, 5});
  CHECK(items[2].position() == text_position{3, 4});
  CHECK(items[3].position() == text_position{3, 6});
  CHECK(items[4].position() == text_position{4, 2});
  CHECK(items[4].entries()[0].key.position() == text_position{4, 3});
  CHECK(items[4].entries()[0].value.position() == text_position{4, 5});
}

TEST_CASE("NaN does not exist") {
  const auto tree = read_edn("[1 ##NaN]");
  REQUIRE_FALSE(tree.has_value());
  CHECK(tree.error() == error_at({1, 4}, {errc::invalid_value, "NaN is not a value", {}}));
}

TEST_CASE("nesting is limited") {
  const auto n = limits::nesting_depth_max;
  CHECK(read_edn(repeated("[", n) + repeated("]", n)).has_value());
  const std::pair<std::string_view, std::string_view> pairs[] = {
      {"[", "]"}, {"(", ")"}, {"#{", "}"}, {"{1 ", "}"}, {"#t ", ""}, {"#:a{1 ", "}"}};
  for (const auto& [open, close] : pairs) {
    INFO(open);
    CHECK(read_edn(repeated(open, n) + "nil" + repeated(close, n)).has_value());
    const auto deeper = read_edn(repeated(open, n + 1) + "nil" + repeated(close, n + 1));
    REQUIRE_FALSE(deeper.has_value());
    CHECK(deeper.error().code == errc::nesting_too_deep);
    CHECK(deeper.error().field("column") == std::to_string(n * open.size() + 1));
  }
  CHECK(read_edn(repeated("#_", n) + repeated("1 ", n + 1)).has_value());
  CHECK(read_edn(repeated("#_", n + 1)).error().code == errc::nesting_too_deep);
  CHECK(read_edn(repeated("[", 1'000'000)).error().code == errc::nesting_too_deep);
}

TEST_CASE("a text is limited") {
  const auto n = limits::transaction_text_bytes_max;
  CHECK(again("1" + std::string(n - 1, ' ')) == "1");
  CHECK(read_edn(std::string(n + 1, ' ')).error().code == errc::input_too_large);
}

TEST_CASE("the nodes of a tree are limited") {
  const auto n = limits::tree_nodes_max;
  CHECK(read_edn("[" + repeated("1 ", n - 1) + "]").has_value());
  const auto more = read_edn("[" + repeated("1 ", n) + "]");
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error().code == errc::input_too_large);
}

TEST_CASE("a text in pieces gives the same forms") {
  const std::string_view texts[] = {
      "",
      "1",
      "1 2 3",
      " ; only a comment",
      "[1 2] {:a \"x\\u0041\\\"y\" :b #{a}}\n#inst \"2026-01-01\" :k sym 1.5 ; end\n#_ gone nil",
      "\xEF\xBB\xBF#:\xC3\xA4{:b 1} \"\xF0\x9F\x98\x80\n\xC3\xA4\" \xCE\xBB ##Inf",
      "\xEF\xBB",
      "#_1 #_2",
      "[1 2] [3",
      "[1 2] ] 3",
      "\"\xC3\xA4 \\q\"",
      "\"a\n\n b",
      "; \xC3\xA4\xC3\xA4\n :a:b",
      "; \xC3\xA4\xC3\xA4 (",
  };
  for (const auto text : texts) {
    INFO(text);
    const auto whole = forms_in_pieces(text, text.size() + 1);
    for (std::size_t piece = 1; piece < text.size(); ++piece) {
      INFO(piece);
      CHECK(forms_in_pieces(text, piece) == whole);
    }
  }
  CHECK(forms_in_pieces("#_1 2 :a", 3) == std::vector<std::string>{"2", ":a"});
}

TEST_CASE("a form is handed out with its last byte") {
  edn_reader reader;
  reader.feed("[1 \"a");
  CHECK(reader.next() == std::nullopt);
  CHECK_FALSE(reader.at_end());
  reader.feed("\"]");
  const auto form = reader.next();
  REQUIRE((form && *form));
  CHECK(to_edn((*form)->view()) == "[1 \"a\"]");
  CHECK(reader.position() == text_position{1, 8});
  reader.feed("\n 12");
  CHECK(reader.next() == std::nullopt);
  reader.feed("3 ");
  const auto number = reader.next();
  REQUIRE((number && *number));
  CHECK((**number)->as_long() == 123);
  CHECK((**number)->position() == text_position{2, 2});
  reader.finish();
  CHECK(reader.next() == std::nullopt);
  CHECK(reader.at_end());
}

TEST_CASE("positions count from where the text goes on") {
  edn_reader reader({17, 5});
  reader.feed("1 [2\n 3}");
  const auto one = reader.next();
  REQUIRE((one && *one));
  CHECK((**one)->position() == text_position{17, 5});
  CHECK(reader.position() == text_position{17, 6});
  const auto failed = reader.next();
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().detail == "expected ] for what line 17, column 7 opens, found }");
  CHECK(failed.error().field("line") == "18");
  CHECK(failed.error().field("column") == "3");
}

TEST_CASE("after an error a reader is over") {
  edn_reader reader;
  reader.feed("1 ) 2 ");
  CHECK(reader.next().has_value());
  const auto failed = reader.next();
  REQUIRE_FALSE(failed.has_value());
  reader.feed("3 ");
  CHECK(reader.next() == failed);
  CHECK(reader.next() == failed);
}

TEST_CASE("the size limit holds for each form of many") {
  const std::string piece = "\"" + std::string(1U << 20U, 'x') + "\" ";
  edn_reader many;
  for (int i = 0; i < 20; ++i) {
    many.feed(piece);
    const auto form = many.next();
    REQUIRE((form && *form));
  }
  edn_reader one;
  one.feed("1 [");
  REQUIRE(one.next().has_value());
  result<std::optional<edn>> out = std::nullopt;
  for (int i = 0; i < 16 && out; ++i) {
    one.feed(piece);
    out = one.next();
  }
  REQUIRE_FALSE(out.has_value());
  CHECK(out.error().code == errc::input_too_large);
  CHECK(out.error().field("column") == "3");
}

TEST_CASE("discarded forms do not add up") {
  edn_reader reader;
  const auto chunk = repeated("#_[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19] ", 1000);
  for (int i = 0; i < 120; ++i) { // more nodes than one form may have
    reader.feed(chunk);
    REQUIRE(reader.next() == std::nullopt);
  }
}

TEST_CASE("trees read back from their text") {
  rc::prop("whole", [] {
    const edn tree = *test::any_tree();
    RC_ASSERT((read_edn(to_edn(tree.view())) == tree));
  });
  rc::prop("many in pieces", [] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 4);
    const auto trees = *rc::gen::container<std::vector<edn>>(count, test::any_tree());
    const auto piece = *rc::gen::inRange<std::size_t>(1, 40);
    std::string text;
    std::vector<std::string> expected;
    for (const auto& tree : trees) {
      expected.push_back(to_edn(tree.view()));
      text += expected.back() + "\n";
    }
    RC_ASSERT(forms_in_pieces(text, piece) == expected);
  });
  rc::prop("any bytes are read or refused", [](const std::string& text) {
    const auto tree = read_edn(text);
    if (tree)
      RC_ASSERT((read_edn(to_edn(tree->view())) == tree));
  });
}

} // namespace weft
