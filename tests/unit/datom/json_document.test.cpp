// docs/formats/json.md is a promise: its table is what the code reads and writes, and its example
// of a transaction is one.
#include "support/catch.hpp"

#include "weft/core/datom/json.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace weft {

namespace {

std::string document() {
  std::ifstream file(std::string(WEFT_FORMATS) + "/json.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("the table of JSON values is what the code says") {
  std::istringstream text(document());
  std::size_t count = 0;
  for (std::string line; std::getline(text, line);) { // | `edn` | `json` | ...
    const auto bar = line.find("` | `");
    if (!line.starts_with("| `") || bar == std::string::npos)
      continue;
    ++count;
    const auto edn_text = line.substr(3, bar - 3);
    const auto json_text = line.substr(bar + 5, line.find("` |", bar + 5) - bar - 5);
    INFO(edn_text);
    const auto tree = read_edn(edn_text);
    REQUIRE(tree.has_value());
    CHECK(to_edn(*tree) == edn_text);
    CHECK(to_json(*tree) == json_text);
    CHECK(read_json(json_text) == tree);
  }
  CHECK(count == 25);
}

TEST_CASE("the documented transaction is one") {
  const auto text = document();
  const auto begin = text.find("```json\n[") + 8;
  const auto tree =
      read_json(std::string_view(text).substr(begin, text.find("```", begin) - begin));
  REQUIRE(tree.has_value());
  const auto transaction = transaction_from_json(*tree);
  REQUIRE(transaction.has_value());
  REQUIRE((*transaction)->size() == 7);
  const auto operations = (*transaction)->items();
  CHECK(to_edn(operations[0]) ==
        "{:db/id \"ada\", :user/friend [\"bo\" #weft/ref 17], :user/name \"Ada\"}");
  CHECK(to_edn(operations[2]) == "[:db/add [:user/email \"cy@b\"] :user/color :color/red]");
  CHECK(to_edn(operations[6]) == "[:my/function #weft/ref 17 5]");
}

} // namespace weft
