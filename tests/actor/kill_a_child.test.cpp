#include "shard_world.hpp"
#include "support/catch.hpp"

#include <set>

using namespace weft;
using test::asked;
using test::count_facts;
using test::shard_world;

namespace {

constexpr int requests = 1000;

/// Submits all that have no answer yet, or one that allows a retry.
std::size_t submit_open_ones(shard_world& to, std::vector<asked>& all) {
  std::size_t submitted = 0;
  for (auto& one : all) {
    if (!one.outcomes.empty() && one.outcomes.back())
      continue;
    ++submitted;
    to.submit(one);
  }
  return submitted;
}

/// Every caller has exactly one outcome more than before. How many are to try again.
std::size_t check_outcomes(const std::vector<asked>& all, const std::vector<std::size_t>& before) {
  std::size_t refused = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].outcomes.size() == before[i] && before[i] != 0 && all[i].outcomes.back())
      continue; // it was done
    REQUIRE(all[i].outcomes.size() == before[i] + 1);
    if (const auto& last = all[i].outcomes.back(); !last) {
      CHECK(info(last.error().code).retryable);
      ++refused;
    }
  }
  return refused;
}

std::vector<std::size_t> counts(const std::vector<asked>& all) {
  std::vector<std::size_t> out;
  for (const auto& one : all)
    out.push_back(one.outcomes.size());
  return out;
}

} // namespace

TEST_CASE("killing any child: every caller gets an outcome, and retries execute once") {
  const auto* const child =
      GENERATE("storage", "storage/log_writer", "storage/log_reader", "storage/applier",
               "raft_election", "replication", "wal_publisher", "transactor", "shard_door");
  const auto seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  CAPTURE(child, seed);
  const std::string name = child;
  shard_world shard(seed);
  REQUIRE(shard.open());
  REQUIRE(shard.transact("[{:item/number -1}]"));
  std::vector<asked> all;
  for (int i = 0; i < requests; ++i)
    all.push_back(shard.make("[{:item/number " + std::to_string(i) + "}]"));
  for (int round = 0; round < 3; ++round) {
    const auto victim = shard.children().at(child);
    REQUIRE(victim.condition == "up");
    const auto before = counts(all);
    static_cast<void>(submit_open_ones(shard, all));
    for (std::uint64_t step = 0; step < 7 + 5 * seed; ++step)
      static_cast<void>(shard.world.step());
    actors::kill(victim.who);
    shard.world.run();
    shard.world.pass(std::chrono::seconds(6)); // the window of restarts, and of those who wait
    const auto refused = check_outcomes(all, before);
    if (name == "transactor" || name == "storage" || name == "raft_election")
      CHECK((refused > 0 || round > 0)); // it was killed while they were in flight
    const auto after = shard.children();
    CHECK(after.at(child).condition == "up");
    CHECK(after.at(child).who != victim.who);
    CHECK(after.at(name.substr(0, name.find('/'))).restarts ==
          static_cast<std::uint64_t>(round) + 1);
  }
  for (int tries = 0; tries < 3 && submit_open_ones(shard, all) != 0; ++tries)
    shard.world.run();

  std::set<tx_number> ts;
  for (const auto& one : all) {
    REQUIRE(one.outcomes.back());
    ts.insert(one.outcomes.back()->t);
  }
  CHECK(ts.size() == requests); // each its own, without a gap
  CHECK(*ts.begin() == tx_number(2));
  CHECK(*ts.rbegin() == tx_number(requests + 1));
  CHECK(shard.index->head() == tx_number(requests + 1));
  CHECK(count_facts(shard.index->open(), "item/number") == requests + 1);
  CHECK(shard.credit->in_use() == 0);
}

TEST_CASE("killing children too often ends the shard, and says so") {
  shard_world shard(11);
  REQUIRE(shard.open());
  std::optional<error> reason;
  shard.world.watch(actors::untyped(shard.top),
                    [&](std::optional<error> why) { reason = std::move(why); });
  for (int i = 0; i < 4; ++i) {
    INFO((reason ? reason->to_string() : ""));
    REQUIRE(!reason);
    const auto all = shard.children();
    actors::kill(all.at("transactor").who);
    shard.world.run();
  }
  REQUIRE(reason);
  CHECK(reason->code == errc::restarts_exceeded);
  CHECK(reason->field("child") == "transactor");
  auto late = shard.make("[{:item/number 1}]");
  shard.submit(late);
  shard.world.run();
  shard.world.pass(std::chrono::seconds(6));
  REQUIRE(late.outcomes.size() == 1);
  CHECK(late.outcomes[0].error().code == errc::no_leader);
  shard.top = nullptr;
}
