#include "weft/console/cli/output/printer.hpp"

#include "support/catch.hpp"

#include <array>
#include <functional>

using namespace weft;
using namespace weft::console;

namespace {

using print = std::function<void(printer&)>;

std::string printed(format how, std::vector<std::string> columns, amount expected,
                    const print& what) {
  std::string out;
  text_sink sink(out);
  const auto to = make_printer(how, sink, {}, std::move(columns), expected);
  what(*to);
  to->finish();
  REQUIRE(sink.flush());
  return out;
}

void two_rows(printer& out) {
  out.row(std::array<cell, 4>{entity_id(7), ident_text{"user/name"},
                              value_view::string("a \"b\", c"), true});
  out.row(std::array<cell, 4>{entity_id(8), ident_text{"user/age"}, value_view::of(std::int64_t{3}),
                              false});
}

document transaction() {
  document d;
  d.fields.push_back({"t", cell(tx_number(12))});
  d.fields.push_back({"instant", cell(instant(0))});
  d.fields.push_back({"tempids", dictionary{{"ada", cell(entity_id(7))}}});
  d.fields.push_back(
      {"datoms", grid{{"e", "a"}, {{cell(entity_id(7)), cell(ident_text{"user/name"})}}}});
  return d;
}

} // namespace

TEST_CASE("rows in every format") {
  const auto in = [](format how) {
    return printed(how, {"e", "a", "v", "added"}, amount::many, two_rows);
  };
  CHECK(in(format::jsonl) ==
        "{\"e\":\"7\",\"a\":\"user/name\",\"v\":\"a \\\"b\\\", c\",\"added\":true}\n"
        "{\"e\":\"8\",\"a\":\"user/age\",\"v\":3,\"added\":false}\n");
  CHECK(in(format::json) ==
        "[\n{\"e\":\"7\",\"a\":\"user/name\",\"v\":\"a \\\"b\\\", c\",\"added\":true},\n"
        "{\"e\":\"8\",\"a\":\"user/age\",\"v\":3,\"added\":false}\n]\n");
  CHECK(in(format::csv) == "e,a,v,added\n7,:user/name,\"a \"\"b\"\", c\",true\n"
                           "8,:user/age,3,false\n");
  CHECK(in(format::raw) == "7\t:user/name\ta \"b\", c\ttrue\n8\t:user/age\t3\tfalse\n");
  CHECK(in(format::edn) == "{:e 7, :a :user/name, :v \"a \\\"b\\\", c\", :added true}\n"
                           "{:e 8, :a :user/age, :v 3, :added false}\n");
  CHECK(in(format::table) == "E  A           V             ADDED\n"
                             "7  :user/name  \"a \\\"b\\\", c\"  true\n"
                             "8  :user/age   3             false\n");
}

TEST_CASE("no rows are still a document") {
  const auto none = [](printer&) {};
  CHECK(printed(format::json, {"e"}, amount::many, none) == "[]\n");
  CHECK(printed(format::jsonl, {"e"}, amount::many, none).empty());
  CHECK(printed(format::csv, {"e", "a"}, amount::many, none) == "e,a\n");
  CHECK(printed(format::raw, {"e"}, amount::many, none).empty());
  CHECK(printed(format::table, {"e"}, amount::many, none) == "E\n");
}

TEST_CASE("one document in every format") {
  const auto in = [](format how) {
    return printed(how, {}, amount::one, [](printer& out) { out.put(transaction()); });
  };
  CHECK(in(format::jsonl) ==
        "{\"t\":12,\"instant\":\"1970-01-01T00:00:00Z\",\"tempids\":{\"ada\":\"7\"},"
        "\"datoms\":[{\"e\":\"7\",\"a\":\"user/name\"}]}\n");
  CHECK(in(format::json) == "{\n  \"t\": 12,\n  \"instant\": \"1970-01-01T00:00:00Z\",\n"
                            "  \"tempids\": {\"ada\":\"7\"},\n"
                            "  \"datoms\": [\n    {\"e\":\"7\",\"a\":\"user/name\"}\n  ]\n}\n");
  CHECK(in(format::csv) == "e,a\n7,:user/name\n");
  CHECK(in(format::raw) == "7\t:user/name\n");
  CHECK(in(format::edn) == "{:t 12, :instant #inst \"1970-01-01T00:00:00Z\", "
                           ":tempids {\"ada\" 7}, :datoms [{:e 7, :a :user/name}]}\n");
  CHECK(in(format::table) == "t        12\n"
                             "instant  1970-01-01T00:00:00Z\n"
                             "tempids  ada  7\n"
                             "\n"
                             "E  A\n"
                             "7  :user/name\n");
}

TEST_CASE("many documents are an array in JSON and blocks in a table") {
  const auto in = [](format how) {
    return printed(how, {"e", "a"}, amount::many, [](printer& out) {
      out.put(transaction());
      out.put(transaction());
    });
  };
  const std::string one =
      "{\"t\":12,\"instant\":\"1970-01-01T00:00:00Z\",\"tempids\":{\"ada\":\"7\"},"
      "\"datoms\":[{\"e\":\"7\",\"a\":\"user/name\"}]}";
  CHECK(in(format::json) == "[\n" + one + ",\n" + one + "\n]\n");
  CHECK(in(format::jsonl) == one + "\n" + one + "\n");
  CHECK(in(format::csv) == "e,a\n7,:user/name\n7,:user/name\n");
  CHECK(in(format::table) == "t 12  instant 1970-01-01T00:00:00Z\n  7  :user/name\n"
                             "t 12  instant 1970-01-01T00:00:00Z\n  7  :user/name\n");
}

TEST_CASE("a document without rows is one row of its fields") {
  const auto in = [](format how) {
    return printed(how, {}, amount::one, [](printer& out) {
      out.put({{{"t", cell(tx_number(3))},
                {"bytes", cell(byte_count{1536})},
                {"chain", cell(hash128{1, 2})},
                {"none", cell()},
                {"text", cell(std::string("a,b"))}}});
    });
  };
  CHECK(in(format::csv) == "t,bytes,chain,none,text\n"
                           "3,1536,00000000000000010000000000000002,,\"a,b\"\n");
  CHECK(in(format::jsonl) == "{\"t\":3,\"bytes\":1536,"
                             "\"chain\":\"00000000000000010000000000000002\","
                             "\"none\":null,\"text\":\"a,b\"}\n");
  CHECK(in(format::table) == "t      3\nbytes  1.5 KiB\n"
                             "chain  00000000000000010000000000000002\nnone   \ntext   a,b\n");
}

TEST_CASE("raw stays one line for each row") {
  const auto text = printed(format::raw, {"v"}, amount::many, [](printer& out) {
    out.row(std::array<cell, 1>{value_view::string("a\tb\nc")});
  });
  CHECK(text == "a\\tb\\nc\n");
  const auto escaped = printed(format::raw, {"v"}, amount::many, [](printer& out) {
    out.row(std::array<cell, 1>{value_view::string("a\\nb")});
  });
  CHECK(escaped == "a\\\\nb\n"); // no line feed: a backslash and an n
}

TEST_CASE("a transaction without facts is a row of csv and raw") {
  for (const auto how : {format::csv, format::raw}) {
    const auto text = printed(how, {"e", "t"}, amount::many, [](printer& out) {
      auto d = transaction();
      d.fields.back().what = grid{{"e", "t"}, {}};
      out.put(d);
    });
    CHECK(text == (how == format::csv ? "e,t\n,12\n" : "\t12\n"));
  }
}

TEST_CASE("a failed write is found out") {
  text_sink closed(-1);
  closed.put("x");
  CHECK(closed.ok());
  const auto flushed = closed.flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code == errc::io_error);
  CHECK(flushed.error().field("meaning") == "standard output does not take what is printed");
  CHECK_FALSE(closed.ok());
}
