#include "weft/core/tx/schema/checks.hpp"

#include "fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

struct check_row {
  std::string_view text;
  value_type type;
  std::vector<value> allowed;
  std::vector<value> refused;
};

value of(std::int64_t x) {
  return value::of(x);
}

} // namespace

TEST_CASE("checks: what they allow") {
  const auto s = [](std::string_view x) { return value::string(x); };
  const std::vector<check_row> rows = {
      {"[:range 0 150]", value_type::long_, {of(0), of(150), of(7)}, {of(-1), of(151)}},
      {"[:range nil 10]", value_type::long_, {of(-1'000'000), of(10)}, {of(11)}},
      {"[:range 10 nil]", value_type::long_, {of(10)}, {of(9)}},
      {"[:range nil nil]", value_type::long_, {of(0)}, {}},
      {"[:range 0 1.5]", value_type::double_, {value::of(1.5)}, {value::of(1.6)}},
      {"[:range #inst \"2020-01-01\" nil]",
       value_type::instant_,
       {value::of(instant(1'600'000'000'000'000))},
       {value::of(instant(0))}},
      {"[:enum :red :green]",
       value_type::keyword,
       {value::keyword("red"), value::keyword("green")},
       {value::keyword("blue")}},
      {"[:enum 3 1 2]", value_type::long_, {of(1), of(2), of(3)}, {of(0), of(4)}},
      {"[:enum \"a\"]", value_type::string, {s("a")}, {s("b"), s("")}},
      {"[:regex \"[a-z]+\"]", value_type::string, {s("abc")}, {s(""), s("abc1"), s("1abc")}},
      {"[:length 1 3]",
       value_type::string,
       {s("a"), s("\xC3\xA4\xC3\xB6\xC3\xBC")},
       {s(""), s("abcd")}},
      {"[:length nil 2]", value_type::bytes_, {value::bytes("ab")}, {value::bytes("abc")}},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto check = tx::compile_check(row.text, row.type);
    REQUIRE(check);
    for (const auto& v : row.allowed)
      CHECK((**check)(v.view()));
    for (const auto& v : row.refused)
      CHECK((**check)(v.view()).error().code == errc::check_failed);
  }
}

TEST_CASE("checks: what is no constraint") {
  using enum value_type;
  const std::vector<std::pair<std::string_view, value_type>> rows = {
      {"", long_},
      {"[", long_},
      {"5", long_},
      {"[]", long_},
      {"[5]", long_},
      {"[:unknown 1]", long_},
      {"(:range 1 2)", long_},
      {"[:range 1]", long_},
      {"[:range 1 2 3]", long_},
      {"[:range 2 1]", long_},
      {"[:range \"a\" \"b\"]", string},
      {"[:range 1.5 2]", long_},
      {"[:enum]", long_},
      {"[:enum nil]", long_},
      {"[:enum \"a\"]", long_},
      {"[:enum [1 2]]", tuple},
      {"[:regex \"(\"]", string},
      {"[:regex]", string},
      {"[:regex :a]", string},
      {"[:regex \"a\"]", long_},
      {"[:regex \"((a{100}){100}){100}\"]", string},
      {"[:length 1]", string},
      {"[:length 2 1]", string},
      {"[:length 1 2]", long_},
      {"[:length :a :b]", string},
  };
  for (const auto& [text, type] : rows) {
    INFO(text);
    const auto check = tx::compile_check(text, type);
    REQUIRE(!check);
    CHECK(check.error().code == errc::schema_invalid);
    CHECK(check.error().field("key") == ":weft/check");
  }
}

TEST_CASE("checks: run on what a transaction states") {
  tx_database db;
  db.must(R"([{:db/ident :u/age :db/valueType :db.type/long :weft/check [:range 0 150]}])");
  db.must(R"([{:db/id "x" :u/age 30}])");
  const auto e = db.refused("[[:db/add $x :u/age 200]]");
  CHECK(e.code == errc::check_failed);
  CHECK(e.field("attribute") == ":u/age");
  CHECK(e.field("value") == "200");
  CHECK(e.field("constraint") == "[:range 0 150]");
  CHECK(db.refused(R"([{:db/ident :u/name :db/valueType :db.type/string :weft/check [:length 1 3]}
                       {:u/name ""}])")
            .code == errc::check_failed);
}
