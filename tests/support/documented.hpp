// Bytes out of the documents of docs/formats, so that a test can hold them against the code:
//
//     Example: the smallest record          | value | form |
//                                           |---|---|
//     ```                                   | false | 01 00 |
//     01 00 00 ; version, flags, codec      | "x" | 07 (61 FF) x3 00 |
//     ```
//
//     documented_example(doc, "the smallest record") == "\x01\0\0"
//     documented_table(doc, "form").at("false") == "\x01\0"
//
// Hexadecimal, and "(...) xN" repeats what is in brackets.
#pragma once

#include "support/catch.hpp"

#include "weft/core/base/bytes.hpp"

#include <fstream>
#include <map>
#include <sstream>

namespace weft::test {

inline bytes from_documented_hex(const std::string& text) {
  bytes out;
  std::size_t group = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word[0] == 'x') {
      const auto repeated = out.substr(group);
      for (int times = std::stoi(word.substr(1)); times > 1; --times)
        out += repeated;
      continue;
    }
    if (word[0] == '(')
      group = out.size();
    const auto digits = word.find_first_not_of('(');
    out += static_cast<char>(std::stoi(word.substr(digits, 2), nullptr, 16));
  }
  return out;
}

inline std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  REQUIRE(in.good());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

/// The bytes of the block that follows "Example: name".
inline bytes documented_example(const std::string& file, const std::string& name) {
  bytes out;
  int fences = -1; // counted behind the title
  for (const auto& line : lines_of(file)) {
    if (line == "Example: " + name)
      fences = 0;
    else if (fences >= 0 && line == "```")
      ++fences;
    else if (fences == 1)
      out += from_documented_hex(line.substr(0, line.find(';')));
    if (fences == 2)
      return out;
  }
  FAIL("no example '" << name << "'");
  return out;
}

/// The rows of the table whose columns are "value" and `column`.
inline std::map<std::string, bytes> documented_table(const std::string& file,
                                                     const std::string& column) {
  std::map<std::string, bytes> rows;
  bool inside = false;
  for (const auto& line : lines_of(file)) {
    const auto bar = line.find(" | ", 2);
    if (line == "| value | " + column + " |")
      inside = true;
    else if (inside && bar != std::string::npos)
      rows[line.substr(2, bar - 2)] =
          from_documented_hex(line.substr(bar + 3, line.size() - bar - 5));
    else if (inside && line.rfind("|---", 0) != 0)
      break;
  }
  REQUIRE_FALSE(rows.empty());
  return rows;
}

} // namespace weft::test
