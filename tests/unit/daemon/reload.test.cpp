#include "weft/console/daemon/reload.hpp"

#include "support/catch.hpp"

#include "weft/core/cluster/config_keys.hpp"

using namespace weft;
using namespace weft::console;

namespace {

config_decoding decoded(const std::string& rest) {
  auto out = decode_config(R"({"nodes": [{"id": "n1", "data_dir": "d"}])" + rest + "}");
  REQUIRE(out.config);
  return out;
}

} // namespace

TEST_CASE("reload: what differs, and what of it counts at once") {
  auto before = decoded("");
  const auto after =
      decoded(R"(, "log": {"level": "warn"}, "limits": {"memory": "17MiB", "subscriptions": 5})");
  const auto all = changes(before, after);
  REQUIRE(all.size() == 3);
  CHECK(all[0].key == "limits.memory");
  CHECK(all[0].at_once);
  CHECK(all[0].before == "256MiB");
  CHECK(all[0].after == "17MiB");
  CHECK(all[1].key == "limits.subscriptions");
  CHECK(!all[1].at_once);
  CHECK(all[2].key == "log.level");

  take_over(before, after);
  const auto left = changes(before, after);
  REQUIRE(left.size() == 1);
  CHECK(left[0].key == "limits.subscriptions");
}

TEST_CASE("reload: another node is another configuration") {
  const auto other = decode_config(R"({"nodes": [{"id": "n2", "data_dir": "d"}]})");
  const auto all = changes(decoded(""), other);
  CHECK(std::any_of(all.begin(), all.end(),
                    [](const auto& c) { return c.key == "nodes.n1.data_dir"; }));
  CHECK(std::none_of(all.begin(), all.end(), [](const auto& c) { return c.at_once; }));
}

TEST_CASE("reload: keys that count at once exist") {
  std::size_t found = 0;
  for (const auto& key : config_keys())
    found += changes_at_once(key.name) ? 1U : 0U;
  CHECK(found == 3);
}
