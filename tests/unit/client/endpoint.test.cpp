// Where nodes are, as people write it.
#include "weft/fabric/client/endpoint.hpp"

#include "support/catch.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;
using namespace weft::client;

TEST_CASE("an endpoint is an address or the path of a socket") {
  CHECK(std::get<listen_address>(parse_endpoint("127.0.0.1:7400")->at).port == 7400);
  CHECK(std::get<socket_path>(parse_endpoint("unix:/run/w.sock")->at).path == "/run/w.sock");
  CHECK(std::get<socket_path>(parse_endpoint("unix:w.sock")->at).path == "w.sock");
  CHECK(std::get<socket_path>(parse_endpoint("./w.sock")->at).path == "./w.sock");
  for (const auto* text : {"[::1]:7400", "unix:/run/w.sock", "n1.example.org:1"})
    CHECK(parse_endpoint(text)->to_string() == text);
  CHECK(parse_endpoint("/run/w.sock")->to_string() == "unix:/run/w.sock");
}

TEST_CASE("what is no endpoint is refused, with the mistake") {
  for (const auto* text : {"", "127.0.0.1", "127.0.0.1:0", "unix:", "a:b:c", "::1:7400"}) {
    INFO(text);
    const auto got = parse_endpoint(text);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::invalid_value);
    CHECK_FALSE(got.error().detail.empty());
  }
  const std::string longest(limits::socket_path_bytes_max - 1, 'p');
  CHECK(parse_endpoint("/" + longest));
  CHECK_FALSE(parse_endpoint("/p" + longest));
}

TEST_CASE("several endpoints are separated by commas") {
  const auto all = parse_endpoints("127.0.0.1:1,unix:/a,[::1]:2");
  REQUIRE(all);
  CHECK(all->size() == 3);
  CHECK_FALSE(parse_endpoints("127.0.0.1:1,,b:2"));
  CHECK_FALSE(parse_endpoints(""));
}
