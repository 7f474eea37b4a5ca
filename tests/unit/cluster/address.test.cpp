#include "weft/core/cluster/address.hpp"

#include "support/catch.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;

TEST_CASE("addresses are read and written") {
  for (const auto* text : {"127.0.0.1:7400", "localhost:1", "[::1]:7400", "[fe80::1:2]:65535",
                           "n1.example.org:0", "[1:2:3:4:5:6:7:8]:9", "[::]:1", "a-b.c0:2"}) {
    const auto at = parse_address(text);
    REQUIRE(at);
    CHECK(at->to_string() == text);
  }
  CHECK(parse_address("[::1]:7400")->host == "::1");
  CHECK(parse_address("n1:7400")->port == 7400);
}

TEST_CASE("what is no address is refused, and why") {
  const auto refused = [](const char* text, std::string_view why) {
    const auto at = parse_address(text);
    INFO(text);
    REQUIRE(!at);
    CHECK(at.error().code == errc::invalid_value);
    CHECK(at.error().detail.find(why) != std::string::npos);
  };
  refused("", "port is missing");
  refused("127.0.0.1", "port is missing");
  refused("[::1]", "port is missing");
  refused(":7400", "host is missing");
  refused("127.0.0.1:", "port is a number");
  refused("127.0.0.1:65536", "port is a number");
  refused("127.0.0.1:07400", "port is a number");
  refused("127.0.0.1:-1", "port is a number");
  refused("127.0.0.1:123456", "port is a number");
  refused("::1:7400", "brackets");
  refused("[::1]]:1", "no IPv6");
  refused("[1::2::3]:1", "no IPv6");
  refused("[1:2:3]:1", "no IPv6");
  refused("[1:2:3:4:5:6:7:8::]:1", "no IPv6");
  refused("[12345::]:1", "no IPv6");
  refused("[g::]:1", "no IPv6");
  refused("[]:1", "no IPv6");
  refused("256.0.0.1:1", "IPv4");
  refused("1.2.3:1", "IPv4");
  refused("01.2.3.4:1", "IPv4");
  refused("a_b:1", "letters");
  refused("-a:1", "letters");
  refused("a-:1", "letters");
  refused("a..b:1", "letters");
  refused("a b:1", "letters");
}

TEST_CASE("a host name has a limit") {
  const std::string longest = std::string(limits::host_bytes_max - 2, 'a') + ".b";
  CHECK(parse_address(longest + ":1"));
  CHECK(!parse_address("a" + longest + ":1"));
}

TEST_CASE("loopback and wildcard addresses are known in every spelling") {
  for (const auto* text : {"127.0.0.1:1", "127.255.0.3:1", "localhost:1", "LocalHost:1", "[::1]:1",
                           "[0:0:0:0:0:0:0:1]:1", "[0::0001]:1"})
    CHECK(parse_address(text)->is_loopback());
  for (const auto* text : {"128.0.0.1:1", "0.0.0.0:1", "[::]:1", "[::2]:1", "[1::1]:1",
                           "localhost.example.org:1", "127.example.org:1", "n1:1"})
    CHECK(!parse_address(text)->is_loopback());
  for (const auto* text : {"0.0.0.0:1", "[::]:1", "[0:0::0]:1"})
    CHECK(parse_address(text)->is_wildcard());
  for (const auto* text : {"0.0.0.1:1", "[::1]:1", "n1:1"})
    CHECK(!parse_address(text)->is_wildcard());
}
