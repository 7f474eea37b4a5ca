#include "support/catch.hpp"
#include "unit/cluster/config_text.hpp"

#include "weft/core/cluster/config.hpp"

using namespace weft;

TEST_CASE("nodes must differ") {
  CHECK(told(many_nodes(3, "", R"("http": {"address": "127.0.0.1:7002"})")) ==
        lines{"duplicate_value /nodes/2/http/address"});
  const auto twin = [](const std::string& members) {
    return told(R"({"nodes": [
      {"id": "a", "data_dir": "d1", "client": {"socket": "s1"}, "peer": {"address": "[::1]:1"}},
      {"id": "b", "data_dir": "d2", "client": {"socket": "s2"}, "peer": {"address": "[::1]:2"}},
      {)" + members +
                "}]}");
  };
  CHECK(twin(R"("id": "a", "data_dir": "d1", "client": {"socket": "s2"},
                "peer": {"address": "localhost:3"})") ==
        lines{"duplicate_value /nodes/2/id", "duplicate_value /nodes/2/data_dir",
              "duplicate_value /nodes/2/client/socket"});
}

TEST_CASE("nodes on other machines may have the same paths and listen everywhere") {
  const auto c = decode_config(R"({"tls": {"insecure": true}, "nodes": [
    {"id": "a", "data_dir": "d", "client": {"address": "0.0.0.0:7"}, "peer": {"address": "a:1"}},
    {"id": "b", "data_dir": "d", "client": {"address": "0.0.0.0:7"}, "peer": {"address": "b:1"}},
    {"id": "c", "data_dir": "d", "client": {"address": "0.0.0.0:7"}, "peer": {"address": "c:1"}}
  ]})");
  CHECK(c.config);
  CHECK(!has_mistake(c.issues));
  CHECK(c.issues.size() == 6); // each address is a warning
}

TEST_CASE("a port that the system picks is no duplicate") {
  CHECK(told(one_node("", R"("client": {"address": "127.0.0.1:0"},
                             "http": {"address": "127.0.0.1:0"})"))
            .empty());
}

TEST_CASE("nodes must be reachable by clients and by one another") {
  CHECK(told(one_node("", R"("client": {"address": "none"})")) ==
        lines{"missing_key /nodes/0/client/address"});
  CHECK(told(one_node("", R"("client": {"address": "none", "socket": "s"})")).empty());
  CHECK(told(many_nodes(3, "", R"("priority": 101, "role": "vote")")) ==
        lines{"out_of_range /nodes/2/priority", "bad_value /nodes/2/role"});
  const auto peer = [](const std::string& address) {
    return told(R"({"tls": {"insecure": true}, "nodes": [
      {"id": "a", "data_dir": "d", "role": "learner", "client": {"socket": "s"},
       "peer": {"address": ")" +
                address + R"("}},
      {"id": "b", "data_dir": "e", "client": {"socket": "t"}, "peer": {"address": "[::1]:2"}}]})");
  };
  CHECK(peer("none") == lines{"missing_key /nodes/0/peer/address"});
  CHECK(peer("127.0.0.1:0") == lines{"contradiction /nodes/0/peer/address"});
  CHECK(peer("[::]:5") ==
        lines{"contradiction /nodes/0/peer/address", "*doubtful /nodes/0/peer/address"});
}

TEST_CASE("voters decide, in odd numbers") {
  CHECK(told(one_node("", R"("role": "learner")")) == lines{"contradiction /nodes"});
  CHECK(told(many_nodes(3)).empty());
  CHECK(told(many_nodes(5)).empty());
  const auto two = decode_config(many_nodes(2));
  CHECK(told(two.issues) == lines{"*doubtful /nodes"});
  CHECK(two.issues[0].reason == "2 voters tolerate 0 failures, as 1 would");
  CHECK(two.config);
  CHECK(decode_config(many_nodes(4)).issues[0].reason == "4 voters tolerate 1 failure, as 3 would");
  CHECK(told(many_nodes(4, "", R"("role": "learner")")).empty());
}

TEST_CASE("a shard has no more replicas than there are voters") {
  CHECK(told(many_nodes(3, R"("shards": {"replicas": 3})")).empty());
  CHECK(told(many_nodes(3, R"("shards": {"replicas": 4})")) ==
        lines{"contradiction /shards/replicas"});
  CHECK(told(one_node(R"("shards": {"replicas": 2})")) == lines{"contradiction /shards/replicas"});
}

TEST_CASE("raft's times must fit one another") {
  const auto raft = [](const std::string& members) {
    return told(many_nodes(3, R"("raft": {)" + members + "}"));
  };
  CHECK(raft("").empty());
  CHECK(raft(R"("election_timeout_min": "300ms")") ==
        lines{"contradiction /raft/election_timeout_min"});
  CHECK(raft(R"("election_timeout_max": "150ms")") ==
        lines{"contradiction /raft/election_timeout_max"});
  CHECK(raft(R"("heartbeat": "150ms")") == lines{"contradiction /raft/heartbeat"});
  CHECK(raft(R"("heartbeat": "51ms")") == lines{"*doubtful /raft/heartbeat"});
  CHECK(raft(R"("election_timeout_min": "50ms")") ==
        lines{"contradiction /raft/election_timeout_min"});
  CHECK(raft(R"("election_timeout_min": "149ms")") ==
        lines{"*doubtful /raft/election_timeout_min"});
  CHECK(raft(R"("election_timeout_min": "1s", "election_timeout_max": "2s",
                "heartbeat": "100ms")")
            .empty());
  CHECK(raft(R"("election_timeout_min": "x", "heartbeat": "5s")") ==
        lines{"bad_value /raft/election_timeout_min"}); // nothing follows from what is broken
}

TEST_CASE("what changes nothing is told") {
  CHECK(told(one_node(R"("raft": {"heartbeat": "40ms"})")) == lines{"*doubtful /raft/heartbeat"});
  CHECK(told(one_node("", R"("priority": 9)")) == lines{"*doubtful /nodes/0/priority"});
  CHECK(told(many_nodes(3, "", R"("priority": 9)")).empty());
  const auto metrics = [](const std::string& said) {
    return told(
        one_node(R"("telemetry": {"metrics": )" + said + "}", R"("http": {"address": "none"})"));
  };
  CHECK(metrics("true") == lines{"*doubtful /telemetry/metrics"});
  CHECK(metrics("false").empty());
}

TEST_CASE("a window is no larger than all memory") {
  CHECK(told(one_node(R"("limits": {"memory": "16MiB", "client_window": "16MiB"})")).empty());
  CHECK(told(one_node(R"("limits": {"memory": "16MiB", "client_window": "17MiB"})")) ==
        lines{"contradiction /limits/client_window"});
}

TEST_CASE("TLS has all its files or none") {
  CHECK(told(one_node(R"("tls": {"key_file": "k"})")) ==
        lines{"missing_key /tls/ca_file", "missing_key /tls/certificate_file"});
  CHECK(told(one_node(R"("tls": {"ca_file": "a", "certificate_file": "c", "key_file": "k"})"))
            .empty());
}

TEST_CASE("what other machines reach is protected, or said to be insecure") {
  const auto at = [](const std::string& address, const std::string& tls = "") {
    return told(
        one_node(R"("tls": {)" + tls + "}", R"("client": {"address": ")" + address + "\"}"));
  };
  CHECK(at("127.0.0.1:1").empty());
  CHECK(at("[::1]:1").empty());
  for (const auto* open : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "db.example.org:1"}) {
    CHECK(at(open) == lines{"insecure /nodes/0/client/address"});
    CHECK(at(open, R"("insecure": true)") == lines{"*doubtful /nodes/0/client/address"});
    CHECK(at(open, R"("ca_file": "a", "certificate_file": "c", "key_file": "k")").empty());
  }
  CHECK(told(one_node("", R"("http": {"address": "0.0.0.0:1"}, "peer": {"address": "h:1"})")) ==
        lines{"insecure /nodes/0/http/address", "insecure /nodes/0/peer/address"});
}
