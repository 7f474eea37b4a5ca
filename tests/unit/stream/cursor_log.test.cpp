#include "weft/core/stream/cursor_log.hpp"

#include "support/catch.hpp"
#include "support/property.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;
using stream::cursor_table;
using stream::decode_cursor_entry;
using stream::encode_cursor_entry;
using stream::named_cursor;

TEST_CASE("cursor_log: golden bytes") {
  const named_cursor c{"mirror", tx_number(300), 0x0123456789ABCDEFULL};
  CHECK(to_hex(encode_cursor_entry(c)) == "01066d6972726f72ac02efcdab8967452301");
  CHECK(decode_cursor_entry(encode_cursor_entry(c)) == c);
}

TEST_CASE("cursor_log: what is cut, longer or of another version is refused") {
  const auto whole =
      encode_cursor_entry({std::string(limits::cursor_name_bytes_max, 'n'), tx_number(7), 9});
  REQUIRE(decode_cursor_entry(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(decode_cursor_entry(bytes_view(whole).substr(0, size)).error().code == errc::log_corrupt);
  CHECK(decode_cursor_entry(whole + "x").error().code == errc::log_corrupt);
  auto newer = whole;
  newer[0] = 2;
  CHECK(decode_cursor_entry(newer).error().code == errc::unsupported_version);
  bytes nameless;
  byte_writer to(nameless);
  to.u8(1);
  to.counted("");
  to.varint(1);
  to.fixed(std::uint64_t{0});
  CHECK(decode_cursor_entry(nameless).error().code == errc::log_corrupt);
}

TEST_CASE("cursor_log: the greatest t of a name counts, names are bounded") {
  cursor_table table;
  const auto apply = [&](const std::string& name, std::uint64_t t) {
    return table.apply(encode_cursor_entry({name, tx_number(t), t}));
  };
  REQUIRE(apply("a", 5));
  REQUIRE(apply("b", 1));
  REQUIRE(apply("a", 3));
  CHECK(table.all() == std::vector<named_cursor>{{"a", tx_number(5), 5}, {"b", tx_number(1), 1}});
  for (std::size_t i = 2; i < limits::named_cursors_max; ++i)
    REQUIRE(apply("c" + std::to_string(i), 1));
  CHECK(apply("one too many", 1));
  CHECK(apply("a", 6));
  CHECK(table.all().size() == limits::named_cursors_max);
}
