#include "weft/core/datom/csv.hpp"

#include "support/catch.hpp"
#include "support/generators.hpp"
#include "support/property.hpp"

#include "weft/core/base/limits.hpp"

namespace weft {

namespace {

/// Rows as "line: [field]["quoted"]", the error's text behind them.
std::vector<std::string> rows_in_pieces(std::string_view text, std::size_t piece,
                                        char separator = ',') {
  std::vector<std::string> rows;
  csv_reader reader(separator);
  for (;;) {
    const auto row = reader.next();
    if (!row) {
      rows.push_back(row.error().to_string());
      return rows;
    }
    if (*row) {
      auto& out = rows.emplace_back(std::to_string((*row)->line) + ": ");
      for (const auto& field : (*row)->fields)
        out += field.quoted ? "[\"" + std::string(field.text) + "\"]"
                            : "[" + std::string(field.text) + "]";
    } else if (reader.at_end()) {
      return rows;
    } else if (text.empty()) {
      reader.finish();
    } else {
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
    }
  }
}

using rows = std::vector<std::string>;

struct example {
  std::string_view text;
  rows expected;
};

const example good[] = {
    {"", {}},
    {"\n\r\n\n", {}},
    {"a", {"1: [a]"}},
    {"a\n", {"1: [a]"}},
    {"a,b\r\nc,d\r\n", {"1: [a][b]", "2: [c][d]"}},
    {"a,b\nc,d", {"1: [a][b]", "2: [c][d]"}},
    {",\n,", {"1: [][]", "2: [][]"}},
    {"a,\nb,", {"1: [a][]", "2: [b][]"}},
    {"\n\na,b\n\n\nc,d\n\n", {"3: [a][b]", "6: [c][d]"}},
    {"\"\"\n", {"1: [\"\"]"}},
    {"\"\"", {"1: [\"\"]"}},
    {"\"a,b\",\"c\"\"d\"", {"1: [\"a,b\"][\"c\"d\"]"}},
    {"\"a\nb\r\nc\",d\ne,f", {"1: [\"a\nb\r\nc\"][d]", "4: [e][f]"}},
    {"\"\"\"\"", {"1: [\"\"\"]"}},
    {" a , b ", {"1: [ a ][ b ]"}},
    {"\xEF\xBB\xBF\"a\",b", {"1: [\"a\"][b]"}},
    {"\xC3\xA4,\"\xF0\x9F\x98\x80\"", {"1: [\xC3\xA4][\"\xF0\x9F\x98\x80\"]"}},
};

struct mistake {
  std::string_view text;
  std::string_view detail;
  text_position at;
};

const mistake bad[] = {
    {"a\"b", "expected no quote in a field that does not begin with one", {1, 2}},
    {"a, \"b\"", "expected no quote in a field that does not begin with one", {1, 4}},
    {"\"a\" ,b", "expected , or the end of the line behind the closing quote", {1, 4}},
    {"x,y\n\xC3\xA4,\"a", "expected \" before the end of the text", {2, 3}},
    {"\"a\"\"", "expected \" before the end of the text", {1, 1}},
    {"a\rb", "expected a line feed behind the carriage return", {1, 3}},
    {"a\r", "expected a line feed behind the carriage return", {1, 3}},
    {"\r\r\n", "expected a line feed behind the carriage return", {1, 2}},
    {"\"a\"\r,", "expected a line feed behind the carriage return", {1, 5}},
    {"a,b\n\nc\n", "expected 2 fields, found 1", {3, 1}},
    {"a,b\nc,d,e", "expected 2 fields, found 3", {2, 1}},
    {"a,\xFF\n", "expected UTF-8 in the field", {1, 3}},
    {"a\n\"\n\xC3\"\n", "expected UTF-8 in the field", {2, 1}},
};

} // namespace

TEST_CASE("CSV is read as RFC 4180 says") {
  for (const auto& [text, expected] : good) {
    INFO(text);
    for (std::size_t piece = 1; piece <= text.size() + 1; ++piece)
      CHECK(rows_in_pieces(text, piece) == expected);
  }
}

TEST_CASE("malformed CSV is refused where it is wrong") {
  for (const auto& [text, detail, at] : bad) {
    INFO(text);
    const auto expected = error_at(at, {errc::malformed_csv, std::string(detail), {}}).to_string();
    for (std::size_t piece = 1; piece <= text.size() + 1; ++piece)
      CHECK(rows_in_pieces(text, piece).back() == expected);
  }
}

TEST_CASE("fields may be separated by other characters") {
  CHECK(rows_in_pieces("a;b,c\n1;\"2;3\"", 100, ';') == rows{"1: [a][b,c]", "2: [1][\"2;3\"]"});
  CHECK(rows_in_pieces("a\tb", 100, '\t') == rows{"1: [a][b]"});
}

TEST_CASE("a CSV row that is wrong is refused alone") {
  for (const std::string wrong :
       {"c", "c,d,e", "c\"x,d", "\"c\"x,d", "\xFF,d", "c\rx,d", "c,\r\r"}) {
    INFO(wrong);
    for (std::size_t piece = 1; piece < 20; ++piece) {
      csv_reader reader(',', 2);
      const std::string text = wrong + "\ne,\"f\"\n";
      std::size_t at = 0;
      rows read;
      std::size_t refused = 0;
      while (!reader.at_end()) {
        const auto row = reader.next();
        REQUIRE_FALSE(reader.over());
        if (!row)
          ++refused;
        else if (*row)
          read.emplace_back(std::string((*row)->fields[0].text) +
                            std::string((*row)->fields[1].text));
        else if (at < text.size())
          reader.feed(text.substr(std::exchange(at, at + piece), piece));
        else
          reader.finish();
      }
      CHECK(refused == 1);
      CHECK(read == rows{"ef"});
    }
  }
}

TEST_CASE("a CSV reader is over when the end of a row is not known") {
  csv_reader reader;
  reader.feed("a,b\nc,\"d\n");
  reader.finish();
  CHECK(reader.next().has_value());
  CHECK_FALSE(reader.next().has_value());
  CHECK(reader.over());
  CHECK_FALSE(reader.next().has_value());
  CHECK_FALSE(reader.at_end());
}

TEST_CASE("a CSV row tells where its fields are") {
  csv_reader reader;
  reader.feed("a,\"b\nb\",,d\n");
  const auto row = reader.next();
  REQUIRE((row && *row));
  using places = std::vector<text_position>;
  CHECK(places((*row)->places.begin(), (*row)->places.end()) ==
        places{{1, 1}, {1, 3}, {2, 4}, {2, 5}});
}

TEST_CASE("CSV rows are limited") {
  const auto commas = std::string(limits::csv_fields_max - 1, ',');
  CHECK(rows_in_pieces(commas + "\n", 1000).size() == 1);
  CHECK(rows_in_pieces(commas + ",\n", 1000).back() ==
        "input_too_large: a row exceeds 4096 fields (line 1, column 1)");

  const auto n = limits::csv_row_bytes_max;
  const std::string_view too_large =
      "input_too_large: a row exceeds 16777216 bytes (line 1, column 1)";
  CHECK(rows_in_pieces(std::string(n, 'x'), 1U << 20U).size() == 1);
  CHECK(rows_in_pieces(std::string(n + 1, 'x'), 1U << 20U) == rows{std::string(too_large)});
  CHECK(rows_in_pieces("\"" + std::string(2 * n + 2, '"'), 1U << 20U) ==
        rows{std::string(too_large)});
}

TEST_CASE("any fields read back from CSV") {
  rc::prop("when they are quoted", [] {
    const auto width = *rc::gen::inRange<std::size_t>(1, 4);
    const auto row = rc::gen::container<std::vector<std::string>>(width, test::short_text());
    const auto count = *rc::gen::inRange<std::size_t>(0, 4);
    const auto table = *rc::gen::container<std::vector<std::vector<std::string>>>(count, row);
    const auto line_end = *rc::gen::element<std::string>("\n", "\r\n");
    std::string text;
    for (const auto& fields : table) {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        text += i == 0 ? "\"" : ",\"";
        for (const char c : fields[i])
          text.append(c == '"' ? 2 : 1, c);
        text += '"';
      }
      text += line_end;
    }
    csv_reader reader;
    reader.feed(text);
    reader.finish();
    for (const auto& fields : table) {
      const auto read = reader.next();
      RC_ASSERT((read && *read));
      RC_ASSERT(std::ranges::equal((*read)->fields, fields, {}, &csv_field::text));
    }
    RC_ASSERT(reader.next().has_value());
    RC_ASSERT(reader.at_end());
  });
  rc::prop("any bytes are read or refused, in pieces as in one", [](const std::string& text) {
    RC_ASSERT(rows_in_pieces(text, 3) == rows_in_pieces(text, text.size() + 1));
  });
}

} // namespace weft
