#include "weft/console/cli/output/table.hpp"

#include "support/catch.hpp"

#include <array>
#include <numeric>

using namespace weft;
using namespace weft::console;

namespace {

std::string table_of(const terminal& where, std::vector<std::string> columns,
                     const std::vector<std::vector<cell>>& rows) {
  std::string out;
  text_sink sink(out);
  table lines(sink, where, std::move(columns));
  for (const auto& row : rows)
    lines.row(row);
  lines.finish();
  REQUIRE(sink.flush());
  return out;
}

} // namespace

TEST_CASE("a table aligns text left and numbers right") {
  const auto text = table_of({}, {"name", "facts_live"},
                             {{std::string("ada"), std::uint64_t{7}},
                              {std::string("grace hopper"), std::uint64_t{1234567}}});
  CHECK(text == "NAME          FACTS LIVE\n"
                "ada                    7\n"
                "grace hopper   1,234,567\n");
}

TEST_CASE("counts are grouped, numbers of things are not") {
  CHECK(table_of({}, {"index", "bytes"}, {{ordinal{9578}, std::uint64_t{9578}}}) ==
        "INDEX  BYTES\n 9578  9,578\n");
}

TEST_CASE("a table without rows is its header") {
  CHECK(table_of({}, {"e", "a"}, {}) == "E  A\n");
}

TEST_CASE("a cell takes one line whatever it holds") {
  CHECK(table_of({}, {"v"}, {{std::string("a\nb\x1b[2J")}}) == "V\na\\nb\\x1b[2J\n");
}

TEST_CASE("on a terminal lines fit; elsewhere nothing is cut") {
  const std::string text(100, 'x');
  terminal narrow;
  narrow.columns = 40;
  narrow.out_is_tty = true;
  const auto cut = table_of(narrow, {"id", "text"}, {{std::uint64_t{1}, text}});
  CHECK(cut == "ID  TEXT\n 1  " + std::string(33, 'x') + "...\n");
  narrow.out_is_tty = false;
  CHECK(table_of(narrow, {"id", "text"}, {{std::uint64_t{1}, text}}).find(text) !=
        std::string::npos);
}

TEST_CASE("widths come from the first rows, and later ones still stream") {
  std::string out;
  text_sink sink(out);
  table lines(sink, {}, {"n", "end"});
  for (std::size_t i = 0; i < table::measured_rows; ++i)
    lines.row(std::array<cell, 2>{std::string("ab"), std::string("x")});
  REQUIRE(sink.flush());
  CHECK(out.size() == 8 + table::measured_rows * 6);
  out.clear();
  lines.row(std::array<cell, 2>{std::string("abcdef"), std::string("x")});
  lines.finish();
  REQUIRE(sink.flush());
  CHECK(out == "abcdef  x\n");
}

TEST_CASE("a narrow terminal shows names in full and leaves out what says nothing") {
  const std::vector<std::vector<cell>> rows = {
      {std::string(":user/email-address"), std::string("string"), true, false, cell()},
      {std::string(":user/age"), std::string("long"), false, false, cell()}};
  terminal where;
  where.out_is_tty = true;
  where.columns = 42;
  CHECK(table_of(where, {"ident", "type", "indexed", "no_history", "doc"}, rows) ==
        "IDENT                TYPE    INDEXED\n"
        ":user/email-address  string  true\n"
        ":user/age            long    false\n");
  where.columns = 34;
  CHECK(table_of(where, {"ident", "type", "indexed", "no_history", "doc"}, rows) ==
        "IDENT                TYPE    INDEX\n"
        ":user/email-address  string  true\n"
        ":user/age            long    false\n");
}

TEST_CASE("a huge value in a pipe makes no huge header") {
  const auto text = table_of({}, {"v", "t"}, {{std::string(1U << 20U, 'x'), std::uint64_t{1}}});
  CHECK(text.find('\n') == table::widest + 3);
  CHECK(text.size() == table::widest + 4 + (1U << 20U) + 4);
}

TEST_CASE("shrink takes from the widest columns first") {
  CHECK(shrink({5, 50, 20}, 60) == std::vector<std::size_t>{5, 31, 20});
  CHECK(shrink({30, 30}, 42) == std::vector<std::size_t>{30, 10}); // the first names the row
  CHECK(shrink({30, 30, 11}, 47) == std::vector<std::size_t>{30, 5, 8});
  CHECK(shrink({30, 30}, 5) == std::vector<std::size_t>{8, 5});
  CHECK(shrink({3, 4}, 80) == std::vector<std::size_t>{3, 4});
  CHECK(shrink({}, 80).empty());
}
