#include "weft/core/base/checksum.hpp"

#include "support/property.hpp"

using namespace weft;

TEST_CASE("checksum: the values that XXH3 is published with") {
  CHECK(checksum64("", 0) == 0x2D06800538D394C2U);
  CHECK(hash_of("") == hash128{0x99AA06D3014798D8U, 0x6001C324468D497FU});
}

TEST_CASE("checksum: the seed matters") {
  CHECK(checksum64("datom", 1) != checksum64("datom", 2));
}

TEST_CASE("checksum: one flipped bit is seen") {
  rc::prop("in any place", [](std::string in) {
    RC_PRE(!in.empty());
    const auto before = checksum64(in, 0);
    const auto where = *rc::gen::inRange<std::size_t>(0, in.size());
    in[where] = static_cast<char>(in[where] ^ (1 << *rc::gen::inRange(0, 8)));
    RC_ASSERT(checksum64(in, 0) != before);
  });
}

TEST_CASE("checksum: a hash is written high half first, and read back") {
  const hash128 h{0x0102030405060708U, 0x090A0B0C0D0E0F10U};
  const auto out = to_bytes(h);
  CHECK(to_hex({out.data(), out.size()}) == "0102030405060708090a0b0c0d0e0f10");
  CHECK(hash128_from_bytes({out.data(), out.size()}) == h);
}

TEST_CASE("chain: depends on every payload and on their order") {
  const auto a = hash_of("a");
  const auto b = hash_of("b");
  const hash128 start{};
  CHECK(chain(chain(start, a), b) != chain(chain(start, b), a));
  CHECK(chain(start, a) != a);
  CHECK(chain(start, a) == hash_of(std::string(16, '\0') + std::string(to_bytes(a).data(), 16)));
}
