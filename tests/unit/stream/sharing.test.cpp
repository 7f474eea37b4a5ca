// Several threads look into the same batch: it is decoded once, and all see the same datoms.
#include "stream_log.hpp"
#include "support/catch.hpp"

#include <thread>

using namespace weft;
using namespace weft::test;

TEST_CASE("threads that share a batch see the same datoms") {
  stream_log log;
  for (int i = 0; i < 50; ++i)
    log.add({{"a/x", 3}, {"b/y", 5}});
  const auto matched = std::make_shared<const position_runs>(position_runs{{3, 5}});
  for (std::uint64_t t = 1; t <= log.size(); ++t) {
    const wal_batch all(log.context(), log.record(t), nullptr);
    const wal_batch some(log.context(), log.record(t), matched);
    std::vector<const datom_view*> seen(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i)
      threads.emplace_back([&seen, i, all, some] {
        const auto& mine = i % 2 == 0 ? all : some;
        seen[i] = mine.datoms()->data();
      });
    for (auto& thread : threads)
      thread.join();
    CHECK(seen[0] == seen[2]);
    CHECK(seen[1] == seen[3]);
    CHECK(all.datoms()->size() == 8);
    CHECK(some.datoms()->size() == 5);
  }
}
