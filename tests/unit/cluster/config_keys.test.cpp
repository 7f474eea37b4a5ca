#include "weft/core/cluster/config_keys.hpp"

#include "support/catch.hpp"
#include "unit/cluster/config_text.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/cluster/config_scalar.hpp"

#include <set>

using namespace weft;

namespace {

bool is_amount(const config_key& key) {
  return key.type == config_type::integer || key.type == config_type::duration ||
         key.type == config_type::size;
}

std::string amount_text(const config_key& key, std::int64_t x) {
  return key.type == config_type::duration ? duration_text(x)
         : key.type == config_type::size   ? size_text(x)
                                           : std::to_string(x);
}

} // namespace

TEST_CASE("the table of keys holds together") {
  std::set<std::string_view> names;
  std::set<std::string> variables;
  for (const auto& key : config_keys()) {
    INFO(key.name);
    CHECK(names.insert(key.name).second);
    CHECK(key.put != nullptr);
    if (key.name != node_id_key)
      CHECK(variables.insert(environment_variable(key)).second);
    for (const auto text : {key.fallback, key.fallback_cluster})
      if (!text.empty())
        CHECK(parse_scalar(key, text));
    CHECK((key.type == config_type::choice) == !key.choices.empty());
    CHECK(key.least <= key.most);
  }
  // Names of others: the command line's own variables are no keys.
  for (const auto* other : {"WEFT_DATA", "WEFT_OUTPUT", "WEFT_STRICT", "WEFT_NODE"})
    CHECK(!variables.contains(other));
}

TEST_CASE("environment variables are named after their keys") {
  const auto variable = [](std::string_view name) {
    return environment_variable(*std::ranges::find(config_keys(), name, &config_key::name));
  };
  CHECK(variable("log.level") == "WEFT_LOG_LEVEL");
  CHECK(variable("node.client.address") == "WEFT_NODE_CLIENT_ADDRESS");
  CHECK(variable("raft.election_timeout_min") == "WEFT_RAFT_ELECTION_TIMEOUT_MIN");
  CHECK(variable("node.id").empty());
}

TEST_CASE("every amount takes its least and its most, and nothing beyond") {
  for (const auto& key : config_keys()) {
    if (!is_amount(key))
      continue;
    INFO(key.name);
    for (const auto x : {key.least, key.most})
      CHECK(parse_scalar(key, amount_text(key, x)) == config_value(x));
    for (const auto x : {key.least - 1, key.most + 1}) {
      if (x < 0)
        continue;
      const auto out = parse_scalar(key, amount_text(key, x));
      REQUIRE(!out);
      CHECK(out.error().fault == config_fault::out_of_range);
    }
  }
}

TEST_CASE("every choice is taken, in the order of its enumeration") {
  for (const auto& key : config_keys())
    for (std::size_t i = 0; i < key.choices.size(); ++i)
      CHECK(parse_scalar(key, key.choices[i]) == config_value(static_cast<std::int64_t>(i)));
}

TEST_CASE("durations and sizes have units, and print with the largest that is exact") {
  CHECK(duration_text(0) == "0us");
  CHECK(duration_text(1) == "1us");
  CHECK(duration_text(1500) == "1500us");
  CHECK(duration_text(90'000'000) == "90s");
  CHECK(duration_text(7 * 86'400'000'000) == "7d");
  CHECK(size_text(0) == "0B");
  CHECK(size_text(1000) == "1000B");
  CHECK(size_text(1LL << 41) == "2TiB");
  const auto& timeout = config_keys()[config_keys().size() - 1]; // retention.cursors
  CHECK(parse_scalar(timeout, "120s") == config_value(std::int64_t{120'000'000}));
  CHECK(parse_scalar(timeout, "2min") == config_value(std::int64_t{120'000'000}));
  CHECK(parse_scalar(timeout, "forever") == config_value());
  for (const auto* text : {"", "2", "min", "2 min", "+2min", "-2min", "02min", "2.5min", "2MIN",
                           "2min ", "2minutes", "0x2min"}) {
    INFO(text);
    const auto out = parse_scalar(timeout, text);
    REQUIRE(!out);
    CHECK(out.error().fault == config_fault::bad_value);
  }
  for (const auto* text :
       {"99999999999999999999d", "9223372036854775807d", "107751992d", "2251799813685249d"}) {
    const auto out = parse_scalar(timeout, text);
    REQUIRE(!out);
    CHECK(out.error().fault == config_fault::out_of_range);
  }
}

TEST_CASE("numbers that JSON calls whole are whole") {
  const auto told_of = [](const std::string& number) {
    return told(one_node(R"("limits": {"subscriptions": )" + number + "}"));
  };
  for (const auto* number : {"1", "1.0", "1e2", "4096"})
    CHECK(told_of(number).empty());
  for (const auto* number :
       {"0", "-1", "4097", "1e300", "99999999999999999999", "-99999999999999999999"})
    CHECK(told_of(number) == lines{"out_of_range /limits/subscriptions"});
  for (const auto* other : {"1.5", "true", "\"1\"", "null", "[]", "{}"})
    CHECK(told_of(other) == lines{"wrong_type /limits/subscriptions"});
}

TEST_CASE("no more subscriptions are promised than a publisher has sessions") {
  const auto with = [](std::size_t count) {
    return told(one_node(R"("limits": {"subscriptions": )" + std::to_string(count) + "}"));
  };
  CHECK(with(limits::stream_sessions_max).empty());
  CHECK(with(limits::stream_sessions_max + 1) == lines{"out_of_range /limits/subscriptions"});
}

TEST_CASE("names and paths say what they do not hold") {
  const auto name = [](const std::string& text) {
    return told(one_node(R"("cluster": {"name": ")" + text + "\"}"));
  };
  for (const auto* good : {"a", "0", "a-b", "three-nodes"})
    CHECK(name(good).empty());
  for (const auto* bad : {"", "-a", "a-", "A", "a_b", "a b", "\\u00e9"})
    CHECK(name(bad) == lines{"bad_value /cluster/name"});
  for (const auto* bad : {"", "a\\nb", "\\u0000", "\\u007f"})
    CHECK(told(one_node("", std::string(R"("client": {"socket": ")") + bad + "\"}")) ==
          lines{"bad_value /nodes/0/client/socket"});
}
