// Every crash of every scenario, then every scenario with one sync left out: the tests must notice.
#include "crash/log_crash.hpp"
#include "support/catch.hpp"

#include "weft/persistence/mutant.hpp"

#include <iostream>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

/// The first failure of any scenario while `site` is left out.
std::string failure_without(sync_site site, const crash_image_options& images) {
  mutant = site;
  std::string failure;
  for (const auto& scenario : crash_scenarios()) {
    failure = scenario.run(images).failure;
    if (!failure.empty()) {
      failure = scenario.name + (": " + failure);
      break;
    }
  }
  mutant = sync_site::none;
  return failure;
}

} // namespace

TEST_CASE("every legal disk image opens with everything acknowledged") {
  const crash_image_options images{.exhaustive_bits = 15, .samples = 300, .seed = 20260701};
  for (const auto& scenario : crash_scenarios()) {
    DYNAMIC_SECTION(scenario.name) {
      const auto report = scenario.run(images);
      std::cerr << scenario.name << ": " << report.images << " images at " << report.points
                << " points, " << report.sampled << " of them sampled with seed " << images.seed
                << ", " << report.sampled_needlessly << " with few sectors\n";
      INFO("seed " << images.seed);
      CHECK(report.failure == no_problem);
      CHECK(report.images > 40);
      CHECK(report.sampled_needlessly == 0);
    }
  }
}

TEST_CASE("every subset of the mark's sectors is tried together with the log's") {
  const auto report = crash_while_publishing({.exhaustive_bits = 15, .seed = 20260703});
  CHECK(report.failure == no_problem);
  CHECK(report.points > 100);
  CHECK(report.sampled == 2); // the first segment is made beside a page of which nothing is synced
  CHECK(report.sampled_needlessly == 0);
}

TEST_CASE("leaving out any sync is noticed") {
  const crash_image_options images{.exhaustive_bits = 8, .samples = 48, .seed = 20260702};
  for (int i = 1; i < static_cast<int>(sync_site::end); ++i) {
    const auto failure = failure_without(static_cast<sync_site>(i), images);
    INFO("sync site " << i);
    CHECK_FALSE(failure.empty());
    std::cerr << "without sync site " << i << ": " << failure << '\n';
  }
}
