// The protocol as a whole, under faults. To see one seed again: WEFT_STREAM_SEED=17; more of them:
// WEFT_STREAM_SEEDS=1000.
#include "simulation.hpp"

#include "support/catch.hpp"

#include <cstdlib>

using namespace weft;
using namespace weft::test;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace

TEST_CASE("every subscriber gets every commit once and in order, whatever happens") {
  const auto one = number_from("WEFT_STREAM_SEED", 0);
  const auto count = one != 0 ? 1 : number_from("WEFT_STREAM_SEEDS", 60);
  seen all;
  for (std::uint64_t i = 0; i < count; ++i) {
    simulation world(one != 0 ? one : i + 1);
    world.run();
    for (const auto& what : world.problems())
      FAIL_CHECK(what);
    if (!world.problems().empty())
      return;
    all += world.what();
  }
  if (one != 0)
    return;
  // What did not happen was not tested.
  CHECK(all.lost > 0);
  CHECK(all.repeated > 0);
  CHECK(all.reordered > 0);
  CHECK(all.broken > 0);
  CHECK(all.half_open > 0);
  CHECK(all.restarts > 0);
  CHECK(all.crashes > 0);
  CHECK(all.pauses > 0);
  CHECK(all.reads > 0);
  CHECK(all.reads_failed > 0);
  CHECK(all.too_old > 0);
  CHECK(all.lagged > 0);
  CHECK(all.fragmented > 0);
  CHECK(all.gaps > 0);
  CHECK(all.doubled > 0);
  CHECK(all.stale > 0);
  CHECK(all.silences > 0);
  CHECK(all.silent > 0);
  CHECK(all.skipped > 0);
  CHECK(all.stored > 0);
  CHECK(all.stores_failed > 0);
  CHECK(all.resumed_by_name > 0);
  CHECK(all.delivered > 0);
  CHECK(all.delivered_locally > 0);
}
