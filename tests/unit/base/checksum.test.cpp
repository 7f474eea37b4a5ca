#include "weft/core/base/checksum.hpp"

#include "support/assertion.hpp"
#include "support/property.hpp"

using namespace weft;
using namespace weft::test;

namespace {

std::string hex(hash128 h) {
  const auto octets = to_bytes(h);
  return to_hex({octets.data(), octets.size()});
}

} // namespace

// The published values of XXH3: a library that gives others would make every log unreadable.
TEST_CASE("checksums are XXH3-64") {
  CHECK(checksum64("", 0) == 0x2D06800538D394C2U);
  CHECK(checksum64("a", 0) == 0xE6C632B61E964E1FU);
  CHECK(checksum64("abc", 0) == 0x78AF5F94892F3950U);
}

TEST_CASE("hashes are XXH3-128, high half first") {
  CHECK(hex(hash_of("")) == "99aa06d3014798d86001c324468d497f");
  CHECK(hex(hash_of("a")) == "a96faf705af16834e6c632b61e964e1f");
  CHECK(hex(hash_of("abc")) == "06b05ab6733a618578af5f94892f3950");
}

TEST_CASE("a running hash is the hash of everything that was added") {
  std::string all;
  running_hash whole;
  CHECK(whole.value() == hash_of(""));
  for (std::size_t size = 1; size < 2000; size = size * 3 + 1) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    all += piece;
    whole.add(piece);
    CHECK(whole.value() == hash_of(all));
  }
  running_hash copy = whole;
  copy.add("x");
  CHECK(copy.value() == hash_of(all + "x"));
  CHECK(whole.value() == hash_of(all));
  copy = whole;
  CHECK(copy.value() == hash_of(all));
}

TEST_CASE("the seed of a checksum matters") {
  rc::prop("any bytes", [](const std::string& in, std::uint64_t seed) {
    RC_ASSERT(checksum64(in, seed) == checksum64(std::string(in), seed));
    RC_ASSERT(checksum64(in, seed) != checksum64(in, seed + 1));
  });
}

TEST_CASE("one flipped bit is seen") {
  rc::prop("in any place", [](std::string in) {
    RC_PRE(!in.empty());
    const auto before = checksum64(in, 0);
    const auto where = *rc::gen::inRange<std::size_t>(0, in.size());
    in[where] = static_cast<char>(in[where] ^ (1 << *rc::gen::inRange(0, 8)));
    RC_ASSERT(checksum64(in, 0) != before);
  });
}

TEST_CASE("the chain is the hash of both hashes, the older one first") {
  const auto a = hash_of("a");
  const auto b = hash_of("b");
  const auto octets_of = [](hash128 h) {
    const auto octets = to_bytes(h);
    return bytes(octets.begin(), octets.end());
  };
  CHECK(chain(a, b) == hash_of(octets_of(a) + octets_of(b)));
  CHECK(chain(a, b) != chain(b, a));
  CHECK(hex(chain({}, hash_of("abc"))) == "5758dfb3afaa20b8e8cfdcbf53b76463");
}

TEST_CASE("hashes round-trip through their 16 bytes and sort as these do") {
  rc::prop("two hashes", [](std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    const hash128 x{a, b};
    const hash128 y{*rc::gen::element(a, c), d};
    const auto bytes_x = to_bytes(x);
    const auto bytes_y = to_bytes(y);
    const bytes_view view_x(bytes_x.data(), bytes_x.size());
    const bytes_view view_y(bytes_y.data(), bytes_y.size());
    RC_ASSERT(hash128_from_bytes(view_x) == x);
    RC_ASSERT((view_x < view_y) == (x < y));
  });
}

TEST_CASE("a hash of another size than 16 bytes is a bug that stops the process") {
  CHECK(aborts([] { static_cast<void>(hash128_from_bytes("fifteen bytes..")); }));
}
