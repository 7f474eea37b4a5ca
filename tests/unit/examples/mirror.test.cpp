#include "mirror/store.hpp"
#include "support/catch.hpp"
#include "support/facts.hpp"
#include "support/latencies.hpp"
#include "support/push_times.hpp"
#include "support/seen_file.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/base/checksum.hpp"

#include <filesystem>
#include <fstream>

using namespace weft;
using namespace weft::test;

namespace {

const stream_origin origin{.database = {hash128{1, 2}}, .lineage = 3, .shard = {}};

/// A commit that asserts or retracts ages.
wal_batch commit(std::uint64_t t, std::vector<std::pair<std::int64_t, bool>> ages) {
  datom_list said;
  for (const auto& [age, added] : ages)
    said.push_back(
        {entity_id(limits::first_user_local), person_age, value::of(age), tx_number(t), added});
  const auto payload = std::make_shared<const bytes>(
      encode_record({.t = tx_number(t),
                     .when = instant(static_cast<std::int64_t>(t)),
                     .shard = {},
                     .next = {limits::first_user_local + 1, limits::first_user_attribute + 10},
                     .datoms = said})
          .value());
  return {std::make_shared<const stream_context>(stream_context{origin, people_schema()}),
          std::make_shared<const stream_record>(peek_stamp(*payload).value(), hash128{t - 1, 1},
                                                hash128{t, 1}, shared_bytes(payload)),
          nullptr};
}

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("mirror: the place is stored with the effect") {
  const temp_folder folder;
  const auto path = folder / "mirror.sqlite";
  {
    auto store = mirror::store::open(path).value();
    CHECK(store.at().t == 0);
    REQUIRE(store.apply(commit(3, {{30, true}}), 100));
    REQUIRE(store.apply(commit(5, {{30, false}, {31, true}}), 200));
    CHECK(store.apply(commit(5, {{99, true}}), 300).error().code == errc::invalid_argument);
  }
  auto again = mirror::store::open(path).value();
  CHECK(again.at().t == 5);
  CHECK(cursor::parse(again.at().at) == origin.cursor_at({tx_number(5), hash128{5, 1}}));
  CHECK(again.at().seen_bytes == 200);
  const auto ninth = origin.cursor_at({tx_number(9), hash128{9, 9}});
  REQUIRE(again.move_to(ninth));
  REQUIRE(again.move_to(origin.cursor_at({tx_number(7), hash128{7, 7}})));
  CHECK(mirror::store::open(path)->at().t == 9);
  CHECK(mirror::store::open(path)->at().at == ninth.to_token());
  CHECK(mirror::store::open(folder / "no/where").error().code == errc::io_error);
}

TEST_CASE("push_times: only of what was pushed as it was made") {
  example::push_times pushes;
  pushes.hear(commit(1, {})); // of the log, perhaps
  CHECK(pushes.us().count() == 0);
  pushes.hear(stream_notice{stream_notice::watermark{}});
  pushes.hear(commit(2, {}));
  pushes.hear(commit(3, {}));
  CHECK(pushes.us().count() == 2);
  pushes.hear(stream_notice{stream_notice::watermark{{{tx_number(3), {}}, {}}, tx_number(9), {}}});
  pushes.hear(commit(4, {})); // there is more before it
  CHECK(pushes.us().count() == 2);
  CHECK(pushes.us().percentile_us(0.5) > 1'000'000); // since 1970
  for (const auto& behind :
       {stream_notice{stream_notice::lagged{}}, stream_notice{stream_notice::gap{{}, {}}}}) {
    pushes.hear(stream_notice{stream_notice::watermark{}});
    pushes.hear(behind);
    pushes.hear(commit(4, {}));
  }
  CHECK(pushes.us().count() == 2);
}

TEST_CASE("seen_file: goes on after the last whole line") {
  const temp_folder folder;
  const auto path = folder / "seen";
  {
    auto file = example::seen_file::open(path).value();
    CHECK_FALSE(file.last());
    REQUIRE(file.put(commit(1, {})));
    REQUIRE(file.put(commit(2, {})));
  }
  const auto two = content(path);
  std::ofstream(path, std::ios::app) << "3 0000"; // killed in the middle
  auto file = example::seen_file::open(path).value();
  REQUIRE(file.last());
  CHECK(file.last()->t == 2);
  CHECK(file.last()->chain == "00000000000000020000000000000001");
  CHECK(content(path) == two);
  REQUIRE(file.put(commit(3, {})));
  CHECK(content(path) == two + "3 00000000000000030000000000000001\n");
  REQUIRE(file.cut(two.size()));
  CHECK(content(path) == two);
}

TEST_CASE("seen_file: what is no such file is left alone") {
  const temp_folder folder;
  const auto path = folder / "seen";
  std::ofstream(path) << "something else\n";
  CHECK(example::seen_file::open(path).error().code == errc::io_error);
  CHECK(content(path) == "something else\n");
  CHECK(example::seen_file::open(folder / "no/where").error().code == errc::io_error);
  CHECK(example::seen_file::open("")->put(commit(1, {})));
}

TEST_CASE("latencies: percentiles to 3 percent") {
  example::latencies all;
  CHECK(all.percentile_us(0.5) == 0);
  for (std::int64_t us = 1; us <= 100'000; ++us)
    all.add(us);
  for (const double share : {0.01, 0.5, 0.9, 0.99}) {
    const auto exact = share * 100'000;
    CHECK(static_cast<double>(all.percentile_us(share)) <= exact * 1.001);
    CHECK(static_cast<double>(all.percentile_us(share)) >= exact * 0.965);
  }
  CHECK(all.count() == 100'000);
  example::latencies small;
  small.add(-3);
  small.add(7);
  CHECK(small.percentile_us(0) == 0);
  CHECK(small.percentile_us(1) == 7);
}
