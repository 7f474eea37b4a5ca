#include "weft/core/cluster/config.hpp"

#include "support/catch.hpp"
#include "unit/cluster/config_text.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;

TEST_CASE("one node needs no more than an id and a folder") {
  const auto c = decode_config(one_node());
  CHECK(told(c.issues).empty());
  REQUIRE(c.config);
  CHECK(c.config->self == 0U);
  CHECK(c.config->name == "weft");
  CHECK(c.config->shard_count == 1);
  CHECK(c.config->shard_replicas == 1);
  const auto& node = c.config->nodes.front();
  CHECK(node.id == "n1");
  CHECK(node.data_dir == "d");
  CHECK(node.client_address->to_string() == "127.0.0.1:7400");
  CHECK(node.http_address->to_string() == "127.0.0.1:7401");
  CHECK(!node.peer_address);
  CHECK(c.config->election_timeout_min_us == 150'000);
  CHECK(c.config->memory_bytes == 256 << 20);
  CHECK(!c.config->facts_interval_us);
  CHECK(!c.config->history_us);
  CHECK(!c.config->cursors_us);
  CHECK(c.config->metrics);
  CHECK(check_runnable(c).empty());
}

TEST_CASE("every key that is said is what the program gets") {
  const auto c = decode_config(
      one_node(R"("$schema": "x", "cluster": {"name": "c"}, "database": {"schema": "strict"},
        "shards": {"count": 2, "replicas": 1}, "limits": {"memory": "1GiB",
        "client_connections": 1e2, "client_window": "256KiB", "subscriptions": 7,
        "handshake_timeout": "100ms", "idle_timeout": "1h",
        "shutdown_timeout": "10min"}, "telemetry": {"metrics": false, "facts_interval": "250ms"},
        "log": {"level": "error", "format": "text"},
        "tls": {"ca_file": "a", "certificate_file": "b", "key_file": "c", "insecure": true},
        "retention": {"history": "30d", "cursors": "7d"})",
               R"("client": {"address": "none", "socket": "/s"}, "peer": {"address": "n1:1"},
        "http": {"address": "[::1]:0"}, "role": "voter", "priority": 9)"));
  CHECK(told(c.issues) == lines{"*doubtful /nodes/0/priority"});
  REQUIRE(c.config);
  CHECK(c.config->name == "c");
  CHECK(c.config->schema_mode == schema_default::strict);
  CHECK(c.config->shard_count == 2);
  CHECK(c.config->memory_bytes == 1 << 30);
  CHECK(c.config->client_connections == 100);
  CHECK(c.config->client_window_bytes == 256 << 10);
  CHECK(c.config->subscriptions == 7);
  CHECK(c.config->handshake_timeout_us == 100'000);
  CHECK(c.config->idle_timeout_us == 3'600'000'000);
  CHECK(c.config->shutdown_timeout_us == 600'000'000);
  CHECK(!c.config->metrics);
  CHECK(c.config->facts_interval_us == 250'000);
  CHECK(c.config->level == log_level::error);
  CHECK(c.config->format == log_format::text);
  CHECK(c.config->tls_ca_file == "a");
  CHECK(c.config->tls_certificate_file == "b");
  CHECK(c.config->tls_key_file == "c");
  CHECK(c.config->insecure);
  CHECK(c.config->history_us == 30 * 86'400'000'000);
  CHECK(c.config->cursors_us == 7 * 86'400'000'000);
  const auto& node = c.config->nodes.front();
  CHECK(!node.client_address);
  CHECK(node.client_socket == "/s");
  CHECK(node.peer_address->host == "n1");
  CHECK(node.http_address->port == 0);
  CHECK(node.priority == 9);
}

TEST_CASE("a cluster has other defaults than a single node") {
  const auto c = decode_config(many_nodes(3, "", R"("role": "learner")"), {.node = "n2"});
  REQUIRE(c.config);
  CHECK(c.config->self == 1U);
  CHECK(c.config->shard_count == 16);
  CHECK(c.config->shard_replicas == 2);
  CHECK(!c.config->nodes[0].client_address);
  CHECK(c.config->nodes[2].role == node_role::learner);
  CHECK(decode_config(many_nodes(3)).config->self == std::nullopt);
}

TEST_CASE("all mistakes are told at once, each with its place") {
  const auto c = decode_config(R"({
  "lgo": {},
  "log": {"level": "inof", "format": 3},
  "limits": {"memory": "64MB", "idle_timeout": 60, "client_connections": 0},
  "nodes": [{"data_dir": ""}, 7]
})");
  CHECK(!c.config);
  CHECK(c.settings.empty());
  CHECK(told(c.issues) ==
        lines{"unknown_key /lgo", "bad_value /log/level", "wrong_type /log/format",
              "bad_value /limits/memory", "wrong_type /limits/idle_timeout",
              "out_of_range /limits/client_connections", "missing_key /nodes/0/id",
              "missing_key /nodes/0/client/address", "missing_key /nodes/0/peer/address",
              "bad_value /nodes/0/data_dir", "wrong_type /nodes/1"});
  CHECK(c.issues[0].origin.at == text_position{2, 3});
  CHECK(c.issues[0].suggestion == "did you mean \"log\"?");
  CHECK(c.issues[1].origin.at == text_position{3, 20});
  CHECK(c.issues[1].reason == "'inof' is none of trace, debug, info, warn, error");
  CHECK(c.issues[1].suggestion == "did you mean \"info\"?");
  CHECK(c.issues[4].suggestion == "write it as a string with its unit");
  CHECK(c.issues[5].reason == "0 is not from 1 to 65535");
}

TEST_CASE("a key that belongs elsewhere is shown its place") {
  const auto c = decode_config(one_node(R"("heartbeat": "50ms", "x/y~z": 1)"));
  CHECK(told(c.issues) == lines{"unknown_key /heartbeat", "unknown_key /x~1y~0z"});
  CHECK(c.issues[0].suggestion == "did you mean raft.heartbeat?");
  CHECK(c.issues[1].suggestion.starts_with("known here: $schema, cluster"));
  CHECK(told(one_node(R"("node": {"data_dir": "e"})")) == lines{"unknown_key /node"});
}

TEST_CASE("a key that stands twice is told, in every object") {
  CHECK(
      told(one_node(R"("log": {"level": "info", "level": "warn"}, "log": {})", R"("id": "n2")")) ==
      lines{"duplicate_key /nodes/0/id", "duplicate_key /log/level", "duplicate_key /log"});
}

TEST_CASE("text that is no JSON is one mistake with its place") {
  const auto c = decode_config("{\n  \"nodes\": [}\n}");
  CHECK(told(c.issues) == lines{"malformed_json "});
  CHECK(c.issues[0].origin.at == text_position{2, 13});
  CHECK(told("") == lines{"malformed_json "});
  CHECK(told("[]") == lines{"wrong_type "});
  CHECK(told("{}") == lines{"missing_key /nodes"});
  CHECK(told(R"({"nodes": {}})") == lines{"wrong_type /nodes"});
  CHECK(told(R"({"nodes": []})") == lines{"out_of_range /nodes"});
}

TEST_CASE("what a configuration may be is bounded") {
  const std::string spaces(limits::config_bytes_max - one_node().size(), ' ');
  CHECK(decode_config(one_node() + spaces).config);
  CHECK(told(one_node() + spaces + " ") == lines{"malformed_json "});
  CHECK(decode_config(many_nodes(limits::nodes_max), {}).config);
  CHECK(told(many_nodes(limits::nodes_max + 1)).front() == "out_of_range /nodes");
  const auto name = [](std::size_t size) {
    return one_node(R"("cluster": {"name": ")" + std::string(size, 'a') + "\"}");
  };
  CHECK(told(name(limits::config_name_bytes_max)).empty());
  CHECK(told(name(limits::config_name_bytes_max + 1)) == lines{"out_of_range /cluster/name"});
  const auto socket = [](std::size_t size) {
    return one_node("", R"("client": {"socket": ")" + std::string(size, 's') + "\"}");
  };
  CHECK(told(socket(limits::socket_path_bytes_max)).empty());
  CHECK(told(socket(limits::socket_path_bytes_max + 1)) ==
        lines{"out_of_range /nodes/0/client/socket"});
  const auto folder = [](std::size_t size) {
    return R"({"nodes": [{"id": "n1", "data_dir": ")" + std::string(size, 'd') + "\"}]}";
  };
  CHECK(told(folder(limits::path_bytes_max)).empty());
  CHECK(told(folder(limits::path_bytes_max + 1)) == lines{"out_of_range /nodes/0/data_dir"});
}

TEST_CASE("mistakes beyond a limit are not listed, and that is said") {
  const auto with = [](std::size_t mistakes) {
    std::string more;
    for (std::size_t i = 0; i < mistakes; ++i)
      more += (i == 0 ? "\"" : ", \"") + std::to_string(i) + "\": 0";
    return decode_config(one_node(more)).issues;
  };
  CHECK(with(limits::config_issues_max).size() == limits::config_issues_max);
  const auto more = with(limits::config_issues_max + 5);
  CHECK(more.size() == limits::config_issues_max + 1);
  CHECK(more.back().fault == config_fault::too_many);
}

TEST_CASE("what this version cannot run is told, with what to do") {
  const auto c = decode_config(many_nodes(3, R"("retention": {"history": "1d", "cursors": "1d"},
            "tls": {"ca_file": "a", "certificate_file": "b", "key_file": "c"})"));
  REQUIRE(c.config);
  const auto issues = check_runnable(c);
  CHECK(told(issues) == lines{"not_supported /nodes", "not_supported /shards/count",
                              "not_supported /tls/key_file", "not_supported /retention/history",
                              "not_supported /retention/cursors"});
  CHECK(issues[0].reason == "this version runs one node and one shard, and here are 3 nodes");
  for (const auto& i : issues)
    CHECK(!i.suggestion.empty());
  CHECK(issues[0].origin.at == text_position{1, 11});
  CHECK(issues[3].origin.at.line == 4);
}
