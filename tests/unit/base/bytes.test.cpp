#include "weft/core/base/bytes.hpp"

#include "support/property.hpp"

#include <limits>

using namespace weft;

namespace {

bytes varint_of(std::uint64_t x) {
  bytes out;
  byte_writer(out).varint(x);
  return out;
}

} // namespace

TEST_CASE("bytes: golden encodings") {
  bytes out;
  byte_writer w(out);
  w.u8(0xAB);
  w.fixed<std::uint16_t>(0x0102);
  w.fixed<std::int32_t>(-2);
  w.varint(300);
  w.zigzag(-1);
  w.counted("hi");
  CHECK(to_hex(out) == "ab"
                       "0201"
                       "feffffff"
                       "ac02"
                       "01"
                       "026869");
  CHECK(w.size() == out.size());
}

TEST_CASE("bytes: what is written is read back") {
  rc::prop("integers and strings", [](std::uint64_t u, std::int64_t i, const std::string& s) {
    bytes out;
    byte_writer w(out);
    w.varint(u);
    w.zigzag(i);
    w.fixed(i);
    w.counted(s);
    byte_reader r(out);
    RC_ASSERT(r.varint() == u);
    RC_ASSERT(r.zigzag() == i);
    RC_ASSERT(r.fixed<std::int64_t>() == i);
    RC_ASSERT(r.counted() == s);
    RC_ASSERT(r.ok());
    RC_ASSERT(r.at_end());
  });
}

TEST_CASE("bytes: the extremes fit") {
  const auto max = std::numeric_limits<std::uint64_t>::max();
  CHECK(varint_of(0).size() == 1);
  CHECK(varint_of(max).size() == 10);
  CHECK(byte_reader(varint_of(max)).varint() == max);
  bytes out;
  byte_writer(out).zigzag(std::numeric_limits<std::int64_t>::min());
  CHECK(byte_reader(out).zigzag() == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("bytes: a truncated input fails, and stays failed") {
  rc::prop("every prefix", [](std::uint64_t u, const std::string& s) {
    bytes out;
    byte_writer w(out);
    w.varint(u);
    w.counted(s);
    const auto length = *rc::gen::inRange<std::size_t>(0, out.size());
    byte_reader r(bytes_view(out).substr(0, length));
    (void)r.varint();
    (void)r.counted();
    RC_ASSERT(!r.ok());
    RC_ASSERT(r.u8() == 0);
    RC_ASSERT(r.raw(0).empty());
    RC_ASSERT(!r.ok());
  });
}

TEST_CASE("bytes: a varint has one encoding only") {
  for (const bytes_view in : {
           bytes_view("\x80\x00", 2),                                 // not minimal
           bytes_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),    // more than 64 bits
           bytes_view("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01") // more than 10 bytes
       }) {
    byte_reader r(in);
    CHECK(r.varint() == 0);
    CHECK(!r.ok());
  }
}

TEST_CASE("bytes: a length that lies is refused before anything is read") {
  bytes out;
  byte_writer(out).varint(std::numeric_limits<std::uint64_t>::max());
  byte_reader r(out);
  CHECK(r.counted().empty());
  CHECK(!r.ok());
}

TEST_CASE("bytes: hexadecimal") {
  CHECK(to_hex("").empty());
  CHECK(to_hex(bytes_view("\x00\x0f\xff", 3)) == "000fff");
}
