#include "weft/console/http/json_writer.hpp"

#include "support/property.hpp"

#include "weft/core/datom/json.hpp"

#include <limits>

using namespace weft;
using namespace weft::console;

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

} // namespace

TEST_CASE("json writer: objects and arrays in order") {
  json_writer out;
  out.begin('{').key("a").value(1).key("b").begin('[').value("x").value(true).null().end(']');
  out.key("c").begin('{').end('}').key("d").value(1.5).key("e").value(std::int64_t{-7}).end('}');
  CHECK(std::move(out).text() == R"({"a":1,"b":["x",true,null],"c":{},"d":1.5,"e":-7})");
}

TEST_CASE("json writer: numbers that JSON has not are null") {
  json_writer out;
  out.begin('[').value(std::numeric_limits<double>::infinity());
  out.value(std::numeric_limits<double>::quiet_NaN()).end(']');
  CHECK(std::move(out).text() == "[null,null]");
}

TEST_CASE("json writer: text is escaped") {
  CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
  CHECK(quoted("\n\t\r") == R"("\n\t\r")");
  CHECK(quoted(std::string_view("\0\x1b\x7f", 3)) == R"("\u0000\u001b\u007f")");
  CHECK(quoted("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

TEST_CASE("json writer: what is no UTF-8 is replaced") {
  CHECK(quoted("a\xff"
               "b") == R"("a\ufffdb")");
  CHECK(quoted("\xc3") == R"("\ufffd")");                               // cut
  CHECK(quoted("\xc0\xaf") == R"("\ufffd\ufffd")");                     // too long a form
  CHECK(quoted("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");           // half a pair
  CHECK(quoted("\xf4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")"); // beyond the last
}

TEST_CASE("json writer: any bytes give text that reads back") {
  rc::prop("reads back",
           [](const std::string& bytes) { RC_ASSERT(read_json(quoted(bytes)).has_value()); });
}
