#include "weft/console/daemon/storage.hpp"

#include "support/catch.hpp"

#include "weft/console/daemon/state_dump.hpp"

using namespace weft;
using namespace std::chrono_literals;

TEST_CASE("storage: what a configuration says of limits is what the database gets") {
  const auto c = decode_config(R"({"nodes": [{"id": "n1", "data_dir": "d"}],
      "limits": {"memory": "32MiB", "client_connections": 5, "client_window": "1MiB",
                 "subscriptions": 4096, "handshake_timeout": "2s", "idle_timeout": "3s",
                 "shutdown_timeout": "1min"}})");
  REQUIRE(c.config);
  const auto how = console::storage_of(*c.config, c.config->nodes.front());
  CHECK(how.request_bytes == 32U << 20U);
  CHECK(how.subscriptions_max == limits::stream_sessions_max);
  CHECK(how.drain_within == 58s);
  REQUIRE(how.clients);
  CHECK(how.clients->connections_max == 5);
  CHECK(how.clients->request_bytes_max == 1U << 20U);
  CHECK(how.clients->handshake_us == 2'000'000);
  CHECK(how.clients->silence_us == 3'000'000);
}

TEST_CASE("storage: of a short time to stop in, the log has a quarter") {
  cluster_config config;
  config.shutdown_timeout_us = 1'000'000;
  CHECK(console::drain_time_of(config) == 750ms);
  config.shutdown_timeout_us = 8'000'000;
  CHECK(console::drain_time_of(config) == 6s);
  config.shutdown_timeout_us = 600'000'000;
  CHECK(console::drain_time_of(config) == 598s);
}

TEST_CASE("dump: the parts that have not ended are named, and not those above them") {
  actors::tree all{.name = "node", .condition = "up"};
  CHECK(console::names_of_stopping(all) == "a part of the node");
  actors::tree shard{.name = "shard 0", .condition = "stopping"};
  shard.children.push_back({.name = "transactor", .condition = "down"});
  shard.children.push_back({.name = "wal_publisher", .condition = "killed"});
  all.children.push_back({.name = "router", .condition = "up"});
  all.children.push_back(shard);
  all.children.push_back({.name = "client_edge", .condition = "stopping"});
  CHECK(console::names_of_stopping(all) == "shard 0/wal_publisher, client_edge");
}
