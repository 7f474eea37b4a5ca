#include "weft/core/base/suggest.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace weft;

TEST_CASE("edit distance counts one for each slip of the fingers") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("statsu", "status") == 1); // swapped neighbours
  CHECK(edit_distance("imprt", "import") == 1);
  CHECK(edit_distance("tail", "tell") == 2);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is offered only when it can be meant") {
  const std::vector<std::string> known = {"tx", "entity", "datoms", "status", "import", "export"};
  CHECK(nearest("statsu", known) == "status");
  CHECK(nearest("datom", known) == "datoms");
  CHECK(nearest("ent", known) == "entity");
  CHECK(nearest("exprot", known) == "export");
  CHECK(nearest("frobnicate", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("xyz", known).empty());
  CHECK(nearest(std::string(10'000, 'a'), known).empty());
  CHECK(nearest("STATUS", known) == "status");
}

TEST_CASE("dashes and single letters are no reason to offer an option") {
  const std::vector<std::string> options = {"--data", "--help", "--limit", "-d", "-h", "-V"};
  CHECK(nearest("--", options).empty());
  CHECK(nearest("-x", options).empty());
  CHECK(nearest("-v", options) == "-V");
  CHECK(nearest("--limt", options) == "--limit");
  CHECK(nearest("--li", options) == "--limit");
}
