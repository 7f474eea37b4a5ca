#include "weft/console/daemon/health.hpp"

#include "support/catch.hpp"

#include "weft/core/base/limits.hpp"

using namespace weft;
using namespace weft::console;

namespace {

actors::node_sample sample(std::uint64_t committed, std::uint64_t applied) {
  actors::node_sample out;
  out.raft.emplace();
  out.raft->leads = true;
  out.raft->committed.index = log_index(committed);
  out.applied = log_index(applied);
  return out;
}

bool is_ready(const actors::node_sample& now) {
  for (const auto& check : readiness(now))
    if (!check.failure.empty())
      return false;
  return true;
}

} // namespace

TEST_CASE("health: a node that lags too far behind is not ready") {
  CHECK(is_ready(sample(7, 7)));
  CHECK(is_ready(sample(7, 8))); // asked one after the other
  CHECK(is_ready(sample(limits::ready_lag_entries_max, 0)));
  CHECK(!is_ready(sample(limits::ready_lag_entries_max + 1, 0)));
}

TEST_CASE("health: without a leader, or an answer, it is not ready") {
  auto now = sample(1, 1);
  now.raft->leads = false;
  CHECK(!is_ready(now));
  CHECK(!is_ready({}));
  now = sample(1, 1);
  now.applied.reset();
  CHECK(!is_ready(now));
}

TEST_CASE("health: before and after its life a node lives and is not ready") {
  node_health about;
  for (const auto at : {phase::starting, phase::stopping}) {
    about.enter(at);
    CHECK(about.lives());
    const auto answer = health_answer("readyz", readiness(about), {});
    CHECK(answer.status == 503);
    CHECK(answer.body.find("[-]") != std::string::npos);
    CHECK(name_of(at) == (at == phase::starting ? "starting" : "stopping"));
  }
}

TEST_CASE("health: checks that are excluded do not count") {
  const std::vector<health_check> checks = {{"a", ""}, {"b", "broken"}};
  CHECK(health_answer("readyz", checks, {}).body == "[+]a ok\n[-]b failed: broken\n"
                                                    "readyz check failed\n");
  CHECK(health_answer("readyz", checks, {{{"exclude", "b"}}}).status == 200);
  CHECK(health_answer("readyz", checks, {{{"exclude", "a"}}}).status == 503);
  CHECK(health_answer("readyz", checks, {{{"exclude", "b"}, {"verbose", ""}}}).body ==
        "[+]a ok\n[+]b excluded: ok\nreadyz check passed\n");
}
