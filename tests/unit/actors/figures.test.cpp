#include "weft/actors/figures.hpp"

#include "support/catch.hpp"

#include <numeric>

using namespace weft;
using namespace weft::actors;

TEST_CASE("figures: a duration is in the first bucket whose bound it does not exceed") {
  duration_counts all;
  all.observe(0);
  all.observe(duration_counts::bound_ns(0));
  all.observe(duration_counts::bound_ns(0) + 1);
  all.observe(duration_counts::bound_ns(duration_counts::bounds - 1));
  all.observe(duration_counts::bound_ns(duration_counts::bounds - 1) + 1);
  const auto now = all.read();
  CHECK(now.in[0] == 2);
  CHECK(now.in[1] == 1);
  CHECK(now.in[duration_counts::bounds - 1] == 1);
  CHECK(now.in[duration_counts::bounds] == 1);
  CHECK(std::accumulate(now.in.begin(), now.in.end(), 0U) == 5);
  CHECK(now.sum_ns == 2 * duration_counts::bound_ns(0) + 2 +
                          2 * duration_counts::bound_ns(duration_counts::bounds - 1));
}

TEST_CASE("figures: rejections are counted for every error of the table") {
  node_figures all;
  for (const auto& row : all_errc())
    all.rejected(row.code);
  all.rejected(errc::overloaded);
  for (const auto& row : all_errc())
    CHECK(all.rejections(row.code) == (row.code == errc::overloaded ? 2 : 1));
}
