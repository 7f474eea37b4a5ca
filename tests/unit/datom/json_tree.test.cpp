#include "weft/core/datom/json_tree.hpp"

#include "support/catch.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;

namespace {

/// The tree with the place of each node: "1:1{...}".
std::string shown(const json_tree& t) {
  std::string out = std::to_string(t.at.line) + ":" + std::to_string(t.at.column);
  if (t.kind == json_kind::object) {
    for (const auto& m : t.items)
      out += "{" + m.name + "@" + std::to_string(m.name_at.line) + ":" +
             std::to_string(m.name_at.column) + " " + shown(m) + "}";
  } else if (t.kind == json_kind::array) {
    for (const auto& item : t.items)
      out += "[" + shown(item) + "]";
  } else {
    out += "=" + t.text;
  }
  return out;
}

std::string refused(std::string_view text) {
  const auto tree = read_json_tree(text);
  REQUIRE(!tree);
  return std::string(info(tree.error().code).name) + " " + std::string(tree.error().field("line")) +
         ":" + std::string(tree.error().field("column"));
}

} // namespace

TEST_CASE("JSON is kept as it is written, with the place of everything") {
  CHECK(shown(*read_json_tree(R"({"b": 1.50, "a": [true, "x\ny"],
 "b": null, "$z": {}})")) == "1:1{b@1:2 1:7=1.50}{a@1:13 1:18[1:19=true][1:25=x\ny]}"
                             "{b@2:2 2:7=}{$z@2:13 2:19}");
  CHECK(shown(*read_json_tree(" -1e300 ")) == "1:2=-1e300");
  CHECK(shown(*read_json_tree("\xEF\xBB\xBF[99999999999999999999]")) ==
        "1:1[1:2=99999999999999999999]");
  CHECK(read_json_tree("\"\\u00e9\"")->text == "\xC3\xA9");
}

TEST_CASE("text that is no JSON is refused with its place") {
  CHECK(refused("") == "malformed_json 1:1");
  CHECK(refused("{\n \"a\" 1}") == "malformed_json 2:6");
  CHECK(refused("[1,]") == "malformed_json 1:4");
  CHECK(refused("{} {}") == "malformed_json 1:4");
  CHECK(refused("[1e999]") == "malformed_json 1:2");
  CHECK(refused(std::string_view("[\0]", 3)) == "malformed_json 1:2");
  CHECK(refused("\xEF\xBB\xBF\xEF\xBB\xBF{}") == "malformed_json 1:1");
  CHECK(refused("\"\xFF\"") == "malformed_json 1:2");
}

TEST_CASE("depth and size of JSON text are bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(read_json_tree(nested(limits::nesting_depth_max)));
  CHECK(refused(nested(limits::nesting_depth_max + 1)) == "nesting_too_deep 1:65");
  const std::string blanks(limits::config_bytes_max - 1, ' ');
  CHECK(read_json_tree("1" + blanks));
  CHECK(read_json_tree("1 " + blanks).error().code == errc::input_too_large);
}
