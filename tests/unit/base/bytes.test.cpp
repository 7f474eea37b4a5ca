#include "weft/core/base/bytes.hpp"

#include "support/property.hpp"

#include <limits>

using namespace weft;

namespace {

template <class Write>
bytes written(Write write) {
  bytes out;
  byte_writer writer(out);
  write(writer);
  return out;
}

bytes varint(std::uint64_t x) {
  return written([x](byte_writer& w) { w.varint(x); });
}

/// Whether the bytes begin with a varint.
bool is_varint(bytes_view in) {
  byte_reader reader(in);
  static_cast<void>(reader.varint());
  return reader.ok();
}

template <class Int>
void check_fixed() {
  rc::prop("fixed integers round-trip, low byte first", [](Int x) {
    const auto out = written([x](byte_writer& w) { w.fixed(x); });
    RC_ASSERT(out.size() == sizeof(Int));
    RC_ASSERT(out[0] == static_cast<char>(x));
    byte_reader reader(out);
    RC_ASSERT(reader.fixed<Int>() == x);
    RC_ASSERT(reader.ok());
    RC_ASSERT(reader.at_end());
  });
}

std::uint64_t with_bits(unsigned bits, std::uint64_t random) {
  return bits == 0 ? 0 : random >> (64 - bits) | 1ULL << (bits - 1);
}

} // namespace

TEST_CASE("fixed integers of one byte") {
  check_fixed<std::uint8_t>();
  check_fixed<std::int8_t>();
}
TEST_CASE("fixed integers of several bytes") {
  check_fixed<std::uint16_t>();
  check_fixed<std::int32_t>();
  check_fixed<std::uint64_t>();
  check_fixed<std::int64_t>();
}

TEST_CASE("fixed integers are little-endian") {
  CHECK(written([](byte_writer& w) { w.fixed(std::uint32_t{0x01020304}); }) == "\4\3\2\1");
  CHECK(written([](byte_writer& w) { w.u8(0xFE); }) == "\xFE");
}

TEST_CASE("varints have one encoding for each number") {
  rc::prop("any number of bits", [](std::uint64_t random) {
    const auto bits = *rc::gen::inRange(0U, 65U);
    const auto x = with_bits(bits, random);
    const auto out = varint(x);
    RC_ASSERT(out.size() == std::max(1U, (bits + 6) / 7));
    byte_reader reader(out);
    RC_ASSERT(reader.varint() == x);
    RC_ASSERT(reader.ok());
    RC_ASSERT(reader.at_end());
    const auto cut = *rc::gen::inRange<std::size_t>(0, out.size());
    RC_ASSERT_FALSE(is_varint(bytes_view(out).substr(0, cut)));
    auto longer = out; // the same number with a zero on top
    longer.back() = static_cast<char>(longer.back() | '\x80');
    RC_ASSERT_FALSE(is_varint(longer + '\0'));
  });
  rc::prop("any bytes", [](const std::string& in) {
    byte_reader reader(in);
    const auto x = reader.varint();
    if (reader.ok())
      RC_ASSERT(varint(x) == in.substr(0, in.size() - reader.remaining()));
  });
}

TEST_CASE("varints at their ends") {
  CHECK(varint(0) == bytes(1, '\0'));
  CHECK(varint(127) == "\x7F");
  CHECK(varint(128) == "\x80\x01");
  const auto largest = varint(std::numeric_limits<std::uint64_t>::max());
  CHECK(largest == "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
  CHECK(is_varint(largest));
  CHECK_FALSE(is_varint(""));
  CHECK_FALSE(is_varint("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"));     // 65 bits
  CHECK_FALSE(is_varint("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")); // 11 bytes
  CHECK_FALSE(is_varint(bytes_view("\x80\x00", 2)));
  CHECK_FALSE(is_varint(bytes_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00", 10)));
}

TEST_CASE("signed varints round-trip, small ones short") {
  using limit = std::numeric_limits<std::int64_t>;
  const auto zigzag = [](std::int64_t x) { return written([x](byte_writer& w) { w.zigzag(x); }); };
  rc::prop("any number", [&zigzag](std::int64_t x) {
    const auto out = zigzag(x);
    byte_reader reader(out);
    RC_ASSERT(reader.zigzag() == x);
    RC_ASSERT(reader.at_end());
  });
  for (const auto x : {limit::min(), limit::min() + 1, limit::max(), limit::max() - 1}) {
    const auto out = zigzag(x);
    byte_reader reader(out);
    CHECK(reader.zigzag() == x);
    CHECK(reader.ok());
  }
  CHECK(zigzag(0) == bytes(1, '\0'));
  CHECK(zigzag(-1) == "\1");
  CHECK(zigzag(1) == "\2");
  CHECK(zigzag(-64) == "\x7F");
  CHECK(zigzag(64) == "\x80\x01");
}

TEST_CASE("counted bytes round-trip") {
  rc::prop("two in a row", [](const std::string& a, const std::string& b) {
    const auto out = written([&](byte_writer& w) {
      w.counted(a);
      w.counted(b);
      RC_ASSERT(w.size() == a.size() + b.size() + 2);
    });
    byte_reader reader(out);
    RC_ASSERT(reader.counted() == a);
    RC_ASSERT(reader.counted() == b);
    RC_ASSERT(reader.ok());
    RC_ASSERT(reader.at_end());
  });
}

TEST_CASE("a count beyond the end is a failure, however large") {
  for (const std::uint64_t count : {std::uint64_t{4}, std::numeric_limits<std::uint64_t>::max()}) {
    const auto in = varint(count) + "abc";
    byte_reader reader(in);
    CHECK(reader.counted().empty());
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("after a failure a reader stays failed and gives zeros") {
  byte_reader reader("abc");
  CHECK(reader.remaining() == 3);
  CHECK(reader.raw(2) == "ab");
  CHECK(reader.fixed<std::uint16_t>() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.at_end());
  CHECK(reader.remaining() == 0);
  CHECK(reader.u8() == 0);
  CHECK(reader.varint() == 0);
  CHECK(reader.zigzag() == 0);
  CHECK(reader.raw(0).empty());
  CHECK(reader.counted().empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("a reader can be told that what it read makes no sense") {
  byte_reader reader("abc");
  reader.invalidate();
  CHECK_FALSE(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("a reader on nothing is at its end, and well until it is asked") {
  byte_reader reader("");
  CHECK(reader.ok());
  CHECK(reader.at_end());
  CHECK(reader.raw(0).empty());
  CHECK(reader.ok());
  CHECK(reader.u8() == 0);
  CHECK_FALSE(reader.ok());
}

TEST_CASE("bytes in hexadecimal") {
  CHECK(to_hex("").empty());
  CHECK(to_hex(bytes_view("\0\x7F\x80\xFF", 4)) == "007f80ff");
}
