#include "support/catch.hpp"

#include "weft/console/config/environment.hpp"
#include "weft/console/config/load.hpp"
#include "weft/console/config/report.hpp"

using namespace weft;
using namespace weft::console;

TEST_CASE("variables are overrides of the keys they are named after") {
  const std::vector<std::string_view> variables = {
      "PATH=/bin",          "WEFT_LOG_LEVEL=debug", "WEFT_NODE_CLIENT_SOCKET=/run/a=b",
      "WEFT_NODE=n2",       "WEFT_LOG_FORMAT=",     "WEFT_DATA=folder",
      "WEFT_STRICT=1",      "WEFT_NODE_ID=n3",      "WEFT_TLS_INSECURE",
      "MY_WEFT_LOG_LEVEL=x"};
  const auto said = read_environment(variables);
  CHECK(said.node == "n2");
  REQUIRE(said.overrides.size() == 2);
  CHECK(said.overrides[0].key == "node.client.socket"); // in the order of the keys
  CHECK(said.overrides[0].text == "/run/a=b");
  CHECK(said.overrides[1].key == "log.level");
  CHECK(said.overrides[1].text == "debug");
  CHECK(said.overrides[1].origin == config_origin{config_source::environment, "WEFT_LOG_LEVEL"});
}

TEST_CASE("a variable that nearly is one is told") {
  const std::vector<std::string_view> variables = {"WEFT_LOG_LEVLE=debug", "WEFT_ENDPOINTS=a",
                                                   "WEFT_SOMETHING=1", "WEFT_=1"};
  const auto said = read_environment(variables);
  CHECK(said.overrides.empty());
  REQUIRE(said.warnings.size() == 1);
  CHECK(said.warnings[0].is_warning);
  CHECK(said.warnings[0].origin.name == "WEFT_LOG_LEVLE");
  CHECK(said.warnings[0].suggestion == "did you mean WEFT_LOG_LEVEL?");
}

TEST_CASE("an issue is one line with its place, and one with advice") {
  config_issue issue{.fault = config_fault::bad_value,
                     .pointer = "/log/level",
                     .origin = {config_source::file, "", {3, 12}},
                     .reason = "not\x1b a level",
                     .suggestion = "did you mean \"info\"?"};
  CHECK(render(issue, "c.json", false) == "c.json:3:12: error: /log/level: not\\x1b a level\n"
                                          "  try: did you mean \"info\"?\n");
  issue.is_warning = true;
  issue.pointer.clear();
  issue.suggestion.clear();
  issue.origin = {config_source::environment, "WEFT_LOG_LEVEL"};
  CHECK(render(issue, "c.json", false) == "WEFT_LOG_LEVEL: warning: not\\x1b a level\n");
  CHECK(render(issue, "c.json", true).find("\x1b[") != std::string::npos);
}

TEST_CASE("an origin is told in the words of whoever said it") {
  CHECK(origin_text({}, "c.json") == "default");
  CHECK(origin_text({config_source::file, "", {3, 12}}, "c.json") == "c.json:3");
  CHECK(origin_text({config_source::file, "", {}}, "c.json") == "c.json");
  CHECK(origin_text({config_source::flag, "--set log.level"}, "c.json") == "--set log.level");
}

TEST_CASE("a verdict counts mistakes, not warnings") {
  loaded_config c{"c.json", {}};
  c.decoded.issues = {{.fault = config_fault::doubtful, .is_warning = true}};
  CHECK(verdict(c));
  c.decoded.issues.push_back({.fault = config_fault::bad_value});
  REQUIRE(!verdict(c));
  CHECK(verdict(c).error().code == errc::config_invalid);
  CHECK(verdict(c).error().detail == "c.json has 1 mistake");
}

TEST_CASE("the system is asked of the chosen node alone") {
  const std::string two = R"({"nodes": [
    {"id": "a", "data_dir": "d", "client": {"socket": "s"}, "peer": {"address": "127.0.0.1:1"}},
    {"id": "b", "data_dir": "e", "client": {"socket": "t"}, "peer": {"address": "127.0.0.1:2"}}],
    "tls": {"ca_file": "/nowhere/a", "certificate_file": "/nowhere/b",
            "key_file": "/nowhere/c"}})";
  auto nobody = decode_config(two);
  check_system(nobody);
  CHECK(nobody.config);
  auto chosen = decode_config(two, {.node = "b"});
  REQUIRE(chosen.config);
  check_system(chosen);
  CHECK(!chosen.config);
  CHECK(has_mistake(chosen.issues));
  check_system(chosen); // nothing to ask about any more
}
