// Packets: however the bytes arrive, the messages are those that were sent, or it is an error.
#include "weft/core/protocol/packet.hpp"

#include "support/catch.hpp"

#include "weft/core/base/limits.hpp"

#include <random>
#include <vector>

using namespace weft;
using namespace weft::protocol;

namespace {

bytes packed(const std::vector<bytes>& messages) {
  bytes out;
  for (const auto& m : messages)
    put_packets(out, m);
  return out;
}

/// All messages of `wire`, fed in pieces of random sizes; the error that ended it, if one did.
struct heard {
  std::vector<bytes> messages;
  std::optional<error> why;
};
heard feed(bytes_view wire, std::size_t piece_max, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  heard out;
  packet_reader in;
  while (!wire.empty() && !out.why) {
    const auto piece = wire.substr(0, 1 + random() % piece_max);
    wire.remove_prefix(piece.size());
    in.feed(piece);
    for (;;) {
      auto next = in.next();
      if (!next)
        out.why = next.error();
      if (!next || !*next)
        break;
      out.messages.push_back(std::move(**next));
    }
  }
  return out;
}

} // namespace

TEST_CASE("messages arrive whole and in order, however their bytes are cut") {
  const std::vector<bytes> sent = {"a", bytes(limits::packet_bytes_max, 'b'),
                                   bytes(limits::packet_bytes_max + 1, 'c'),
                                   bytes(3 * limits::packet_bytes_max, 'd'), bytes("\0x", 2)};
  const auto wire = packed(sent);
  CHECK(wire.size() == 5 * limits::packet_bytes_max + 4 + 8 * packet_head_bytes);
  for (const std::size_t piece_max : {std::size_t{7}, std::size_t{5000}, wire.size()}) {
    const auto got = feed(wire, piece_max, piece_max);
    CHECK_FALSE(got.why);
    CHECK(got.messages == sent);
  }
}

TEST_CASE("a message in two parts is the same as in one") {
  const bytes whole(2 * limits::packet_bytes_max + 9, 'w');
  bytes expected;
  put_packets(expected, whole);
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, limits::packet_bytes_max - 1, limits::packet_bytes_max,
        limits::packet_bytes_max + 1, whole.size()}) {
    bytes out = "before";
    put_packets(out, bytes_view(whole).substr(0, cut), bytes_view(whole).substr(cut));
    CHECK(out == "before" + expected);
  }
}

TEST_CASE("a byte that changed on the way is noticed") {
  const auto wire = packed({"one message", "and another"});
  for (std::size_t i = 0; i < wire.size(); ++i)
    for (const unsigned bit : {1U, 0x80U}) {
      auto damaged = wire;
      damaged[i] = static_cast<char>(static_cast<unsigned char>(damaged[i]) ^ bit);
      const auto got = feed(damaged, damaged.size(), 1);
      // A length may promise more than there is: then the reader waits for it.
      if (!got.why)
        CHECK(got.messages.size() < 2);
      for (const auto& m : got.messages)
        CHECK((m == "one message" || m == "and another"));
    }
}

TEST_CASE("what is not our protocol is refused at its first bytes") {
  packet_reader in;
  in.feed("G");
  const auto first = in.next();
  REQUIRE_FALSE(first);
  CHECK(first.error().code == errc::malformed_frame);
  in.feed(packed({"a"}));
  CHECK(in.next().error().code == errc::malformed_frame); // it stays failed
  CHECK(in.waiting() == 0);
}

TEST_CASE("lengths, flags and versions that make no sense are refused before their bytes come") {
  const auto refused = [](std::size_t at, char byte) {
    auto wire = packed({"x"});
    wire[at] = byte;
    packet_reader in;
    in.feed(bytes_view(wire).substr(0, packet_head_bytes));
    const auto got = in.next();
    return got ? errc::usage : got.error().code;
  };
  CHECK(refused(2, 2) == errc::unsupported_version);
  CHECK(refused(3, 2) == errc::malformed_frame);
  CHECK(refused(4, 0) == errc::malformed_frame); // no bytes
  CHECK(refused(7, 1) == errc::malformed_frame); // 16 MiB and more in one packet
}

TEST_CASE("a message that goes on for too long is refused, and not kept") {
  bytes wire;
  put_packets(wire, bytes(limits::message_bytes_max, 'm'));
  CHECK(feed(wire, wire.size(), 1).messages.size() == 1);
  // The last packet says that more follows, and another one comes.
  const auto last = wire.size() - limits::packet_bytes_max - packet_head_bytes;
  bytes longer = wire.substr(0, last);
  const auto middle = wire.substr(0, limits::packet_bytes_max + packet_head_bytes);
  longer += middle;
  longer += middle;
  const auto got = feed(longer, longer.size(), 1);
  REQUIRE(got.why);
  CHECK(got.why->code == errc::input_too_large);
}

TEST_CASE("a reader keeps no more than one message and what was fed") {
  packet_reader in;
  const auto wire = packed({bytes(1000, 'x')});
  for (int i = 0; i < 1000; ++i) {
    in.feed(wire);
    const auto got = in.next();
    REQUIRE(got);
    REQUIRE(*got);
    CHECK(in.waiting() == 0);
  }
  in.feed(bytes_view(wire).substr(0, 500));
  CHECK_FALSE(*in.next());
  CHECK(in.waiting() == 500);
}
