#include "support/catch.hpp"
#include "unit/cluster/config_text.hpp"

#include "weft/core/cluster/config.hpp"

#include <algorithm>

using namespace weft;

namespace {

config_override by_flag(std::string key, std::string text) {
  return {key, std::move(text), {config_source::flag, "--set " + key}};
}
config_override by_environment(std::string key, std::string text) {
  return {std::move(key), std::move(text), {config_source::environment, "WEFT_X"}};
}

const config_setting& setting(const config_decoding& c, std::string_view key) {
  const auto found = std::ranges::find(c.settings, key, &config_setting::key);
  REQUIRE(found != c.settings.end());
  return *found;
}

} // namespace

TEST_CASE("a flag goes before the environment, that before the file, that before the default") {
  const std::string file = one_node(R"("log": {"level": "warn"})");
  const auto flag = by_flag("log.level", "trace");
  const auto variable = by_environment("log.level", "debug");
  const auto level = [&](const std::string& text, std::vector<config_override> overrides) {
    const auto c = decode_config(text, {.overrides = std::move(overrides)});
    REQUIRE(c.config);
    const auto& s = setting(c, "log.level");
    return s.text + " " + std::to_string(static_cast<int>(c.config->level)) + " " +
           std::to_string(static_cast<int>(s.origin.source));
  };
  CHECK(level(one_node(), {}) == "info 2 0");
  CHECK(level(file, {}) == "warn 3 1");
  CHECK(level(file, {variable}) == "debug 1 2");
  CHECK(level(file, {flag, variable}) == "trace 0 3");
  CHECK(level(file, {variable, flag}) == "trace 0 3");
  CHECK(level(file, {by_flag("log.level", "error"), flag}) == "trace 0 3"); // the last of equals
}

TEST_CASE("every key has its own origin") {
  const auto c = decode_config("{\n\"log\": {\n  \"level\": \"warn\"},\n\"nodes\": [{\"id\": "
                               "\"n1\", \"data_dir\": \"d\"}]}",
                               {.overrides = {by_environment("log.format", "json")}});
  REQUIRE(c.config);
  CHECK(setting(c, "log.level").origin == config_origin{config_source::file, "", {3, 12}});
  CHECK(setting(c, "log.level").pointer == "/log/level");
  CHECK(setting(c, "log.format").origin.name == "WEFT_X");
  CHECK(setting(c, "nodes.n1.data_dir").pointer == "/nodes/0/data_dir");
  CHECK(setting(c, "nodes.n1.http.address").text == "127.0.0.1:7401");
  CHECK(setting(c, "nodes.n1.client.socket").text.empty());
  CHECK(setting(c, "shards.replicas").origin.source == config_source::fallback);
}

TEST_CASE("keys of nodes are named by the node, by place, or as the chosen one's") {
  const auto folders = [](std::vector<config_override> overrides, std::string node = "") {
    const auto c =
        decode_config(many_nodes(3), {.node = std::move(node), .overrides = std::move(overrides)});
    CHECK(told(c.issues).empty());
    REQUIRE(c.config);
    return c.config->nodes[0].data_dir + " " + c.config->nodes[1].data_dir + " " +
           c.config->nodes[2].data_dir;
  };
  CHECK(folders({by_flag("nodes.n2.data_dir", "x")}) == "d1 x d3");
  CHECK(folders({by_flag("/nodes/2/data_dir", "x")}) == "d1 d2 x");
  CHECK(folders({by_flag("node.data_dir", "x")}, "n1") == "x d2 d3");
  const auto c = decode_config(one_node(), {.overrides = {by_flag("/limits/memory", "1GiB"),
                                                          by_flag("node.priority", "7")}});
  CHECK(c.config->memory_bytes == 1 << 30);
  CHECK(c.config->nodes[0].priority == 7); // the only node is chosen
}

TEST_CASE("only the chosen node's keys are shown") {
  const auto shown = [](std::string node) {
    const auto c = decode_config(many_nodes(3), {.node = std::move(node)});
    return std::ranges::count_if(
        c.settings, [](const config_setting& s) { return s.key.starts_with("nodes."); });
  };
  CHECK(shown("") == 3 * shown("n2"));
  CHECK(shown("n2") == 8);
}

TEST_CASE("an override can give what the file lacks") {
  const auto c = decode_config(R"({"nodes": [{"id": "n1"}]})",
                               {.overrides = {by_environment("node.data_dir", "d")}});
  CHECK(told(c.issues).empty());
  CHECK(c.config->nodes[0].data_dir == "d");
}

TEST_CASE("overrides that are wrong are told with their origin") {
  const auto issues_of = [](const std::string& text, config_override o) {
    return decode_config(text, {.overrides = {std::move(o)}}).issues;
  };
  auto issues = issues_of(one_node(), by_environment("log.levle", "info"));
  CHECK(told(issues) == lines{"unknown_key "});
  CHECK(issues[0].origin.name == "WEFT_X");
  CHECK(issues[0].suggestion == "did you mean log.level?");
  issues = issues_of(one_node(), by_environment("log.level", "inof"));
  CHECK(told(issues) == lines{"bad_value /log/level"});
  CHECK(issues[0].origin.at == text_position{});
  CHECK(told(issues_of(one_node(), by_flag("telemetry.metrics", "yes"))) ==
        lines{"bad_value /telemetry/metrics"});
  CHECK(told(issues_of(one_node(), by_flag("limits.subscriptions", "many"))) ==
        lines{"wrong_type /limits/subscriptions"});
  CHECK(told(issues_of(one_node(), by_flag("node.id", "n2"))) == lines{"unknown_key "});
  CHECK(told(issues_of(one_node(), by_flag("log", "x"))) == lines{"unknown_key "});
  CHECK(told(issues_of(one_node(), by_flag("", ""))) == lines{"unknown_key "});
  CHECK(told(issues_of(one_node(), by_flag("/node/data_dir", "x"))) == lines{"unknown_key "});
  CHECK(told(issues_of(one_node(), by_flag("nodes.n2.data_dir", "x"))) == lines{"unknown_node "});
  CHECK(told(issues_of(one_node(), by_flag("/nodes/1/data_dir", "x"))) == lines{"unknown_node "});
  CHECK(told(issues_of(one_node(), by_flag("nodes.n1", "x"))) == lines{"unknown_key "});
  CHECK(told(issues_of(many_nodes(3), by_flag("node.data_dir", "x"))) == lines{"unknown_node "});
}

TEST_CASE("a mistake in the file stays one when it is overridden") {
  CHECK(told(one_node(R"("log": {"level": "inof"})"),
             {.overrides = {by_flag("log.level", "info")}}) == lines{"bad_value /log/level"});
}

TEST_CASE("nothing follows from an override that is wrong, nor from what it overrides") {
  const std::string file = many_nodes(3, R"("raft": {"election_timeout_max": "100ms"})");
  CHECK(told(file) == lines{"contradiction /raft/election_timeout_max"});
  CHECK(told(file, {.overrides = {by_flag("raft.election_timeout_max", "x")}}) ==
        lines{"bad_value /raft/election_timeout_max"});
}

TEST_CASE("a node that does not exist cannot be chosen") {
  const auto c =
      decode_config(many_nodes(3), {.node = "n22", .node_origin = {config_source::flag, "--node"}});
  CHECK(told(c.issues) == lines{"unknown_node /nodes"});
  CHECK(c.issues[0].suggestion.starts_with("did you mean \"n"));
  CHECK(c.issues[0].origin.name == "--node");
}

TEST_CASE("mistakes of the file come first, in its order") {
  const auto c = decode_config(
      one_node(R"("log": {"level": 1}, "x": 2)"),
      {.overrides = {by_flag("limits.memory", "1"), by_environment("limits.memory", "2")}});
  CHECK(told(c.issues) == lines{"wrong_type /log/level", "unknown_key /x",
                                "bad_value /limits/memory", "bad_value /limits/memory"});
  CHECK(c.issues[2].origin.source == config_source::environment);
}
