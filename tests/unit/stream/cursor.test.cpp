#include "weft/core/stream/cursor.hpp"

#include "support/documented.hpp"
#include "support/property.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;
using namespace weft::test;

namespace {

const std::string document = std::string(WEFT_FORMATS) + "/cursor.md";

const database_id some_database{{0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL}};

cursor two_shards() {
  return {some_database,
          first_lineage,
          {{shard_id(0), tx_number(300), 0x1122334455667788ULL}, {shard_id(5), tx_number(0), 0}}};
}

/// The bytes with a checksum that fits.
bytes sealed(bytes content) {
  byte_writer(content).fixed(checksum64(content, 0));
  return content;
}

bytes head() {
  return two_shards().to_bytes().substr(0, 18); // version, id, lineage
}

errc code_of(const result<cursor>& r) {
  return r ? errc::usage : r.error().code;
}

rc::Gen<cursor> any_cursor() {
  return rc::gen::exec([] {
    cursor c{{{*rc::gen::nonZero<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()}},
             *rc::gen::arbitrary<std::uint64_t>(),
             {}};
    const auto shards = *rc::gen::nonEmpty(rc::gen::unique<std::vector<std::uint16_t>>(
        rc::gen::inRange<std::uint16_t>(0, limits::shards_max)));
    for (const auto shard : shards) {
      const tx_number t(*rc::gen::inRange<std::uint64_t>(0, limits::transactions_max + 1));
      const auto hash = t.get() == 0 ? 0 : *rc::gen::arbitrary<std::uint64_t>();
      c.shards.push_back({shard_id(shard), t, hash});
    }
    std::sort(c.shards.begin(), c.shards.end(),
              [](const auto& a, const auto& b) { return a.shard < b.shard; });
    return c;
  });
}

} // namespace

TEST_CASE("a cursor is written as documented") {
  const auto written = documented_example(document, "a cursor of two shards");
  CHECK(two_shards().to_bytes() == written);
  CHECK(cursor::from_bytes(written) == two_shards());
  const auto lines = lines_of(document);
  const auto token = two_shards().to_token();
  CHECK(std::find(lines.begin(), lines.end(), token) != lines.end());
  CHECK(cursor::parse(token) == two_shards());
  auto one = two_shards();
  one.shards.pop_back();
  CHECK(one.to_token().size() == 51);
}

TEST_CASE("a cursor is read as it was written") {
  rc::prop("bytes and tokens", [] {
    const auto c = *any_cursor();
    RC_ASSERT(c.valid());
    RC_ASSERT(*cursor::from_bytes(c.to_bytes()) == c);
    RC_ASSERT(*cursor::parse(c.to_token()) == c);
    RC_ASSERT(*parse_position(c.to_token()) == position_text({c, tx_number(0)}));
  });
  rc::prop("damage is noticed", [] {
    auto token = (*any_cursor()).to_token();
    const auto at = *rc::gen::inRange<std::size_t>(0, token.size());
    token[at] = token[at] == 'x' ? 'y' : 'x';
    RC_ASSERT(!cursor::parse(token));
  });
}

TEST_CASE("a place in a cursor is found by its shard") {
  CHECK(two_shards().at(shard_id(0))->t == tx_number(300));
  CHECK(two_shards().at(shard_id(5))->t == tx_number(0));
  CHECK_FALSE(two_shards().at(shard_id(4)));
  CHECK_FALSE(two_shards().at(shard_id(6)));
}

TEST_CASE("what is no cursor is refused") {
  const auto refused = [](const bytes& content) {
    return code_of(cursor::from_bytes(sealed(content))) == errc::cursor_invalid;
  };
  const bytes place("\0\1\1\2\3\4\5\6\7\x8", 10);
  CHECK(cursor::from_bytes(sealed(head() + '\1' + place)));
  CHECK(code_of(cursor::from_bytes("")) == errc::cursor_invalid);
  CHECK(code_of(cursor::from_bytes("\1")) == errc::cursor_invalid);
  CHECK(refused(""));
  CHECK(refused(head()));
  CHECK(refused(head() + '\0'));                                       // of no shard
  CHECK(refused(head() + '\2' + place));                               // one is missing
  CHECK(refused(head() + '\1' + place + '\0'));                        // something behind it
  CHECK(refused(head() + '\2' + place + place));                       // the same shard again
  CHECK(refused(head() + bytes("\1\0\0\1\2\3\4\5\6\7\x8", 11)));       // a hash before the first
  CHECK(refused(head() + bytes("\1\x80\x10\1\1\2\3\4\5\6\7\x8", 12))); // shard 2048
  CHECK(refused('\0' + head().substr(1) + '\1' + place));              // no version
  CHECK(refused('\1' + bytes(16, '\0') + "\1\1" + place));             // no database
  auto too_far = two_shards();
  too_far.shards[0].t = tx_number(limits::transactions_max + 1);
  CHECK_FALSE(too_far.valid());
  auto damaged = two_shards().to_bytes();
  damaged[3] ^= 1;
  CHECK(code_of(cursor::from_bytes(damaged)) == errc::cursor_invalid);
}

TEST_CASE("a cursor of a newer version says so") {
  const auto r = cursor::from_bytes(sealed("\2whatever that means"));
  REQUIRE_FALSE(r);
  CHECK(r.error().code == errc::unsupported_version);
  CHECK(r.error().field("version") == "2");
}

TEST_CASE("a token has one form") {
  const auto token = two_shards().to_token();
  CHECK(code_of(cursor::parse(token + "=")) == errc::cursor_invalid);
  CHECK(code_of(cursor::parse(" " + token)) == errc::cursor_invalid);
  CHECK(code_of(cursor::parse(token + "A")) == errc::cursor_invalid);
  CHECK(code_of(cursor::parse(token.substr(1))) == errc::cursor_invalid);
  CHECK(code_of(cursor::parse("")) == errc::cursor_invalid);
  auto one = two_shards();
  one.shards.resize(1);
  auto loose = one.to_token(); // 38 bytes: the last of 51 characters has 2 bits that carry nothing
  REQUIRE(loose.back() == 'o');
  loose.back() = 'p';
  CHECK(code_of(cursor::parse(loose)) == errc::cursor_invalid);
}

TEST_CASE("a cursor of all shards fits a token, and a longer text is refused") {
  cursor all{some_database, ~0ULL, {}};
  for (std::uint16_t i = 0; i < limits::shards_max; ++i)
    all.shards.push_back({shard_id(i), tx_number(limits::transactions_max), ~0ULL});
  const auto token = all.to_token();
  CHECK(token.size() <= limits::cursor_token_bytes_max);
  CHECK(cursor::parse(token) == all);
  CHECK(code_of(cursor::parse(std::string(limits::cursor_token_bytes_max + 1, 'A'))) ==
        errc::cursor_invalid);
  CHECK(code_of(cursor::from_bytes(bytes(limits::cursor_token_bytes_max + 1, '\1'))) ==
        errc::cursor_invalid);
}

TEST_CASE("digits are a bare t") {
  CHECK(parse_position("0") == position_text{std::nullopt, tx_number(0)});
  CHECK(parse_position("300") == position_text{std::nullopt, tx_number(300)});
  const auto last = std::to_string(limits::transactions_max);
  CHECK(parse_position(last)->t.get() == limits::transactions_max);
  const std::vector<std::string> no_position = {std::to_string(limits::transactions_max + 1),
                                                "99999999999999999999999", "", "-1", "3x"};
  for (const auto& text : no_position) {
    INFO(text);
    const auto r = parse_position(text);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::cursor_invalid);
  }
}
