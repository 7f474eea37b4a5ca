#include "weft/core/base/made_once.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace weft;

TEST_CASE("a value is made when it is first asked for, and once") {
  made_once<int> value;
  int calls = 0;
  const auto make = [&] { return ++calls; };
  CHECK(value.get(make) == 1);
  CHECK(value.get(make) == 1);
  CHECK(&value.get(make) == &value.get(make));
  CHECK(calls == 1);
}

TEST_CASE("whoever asks after a failure makes it") {
  made_once<int> value;
  CHECK_THROWS_AS(value.get([]() -> int { throw std::runtime_error("no"); }), std::runtime_error);
  CHECK(value.get([] { return 7; }) == 7);
}

TEST_CASE("threads that ask at once get the one value") {
  for (int round = 0; round < 200; ++round) {
    made_once<std::vector<int>> value;
    std::atomic<int> calls = 0;
    std::vector<const std::vector<int>*> seen(4);
    std::vector<std::thread> threads;
    for (auto& mine : seen)
      threads.emplace_back([&] {
        mine = &value.get([&] {
          ++calls;
          std::this_thread::yield();
          return std::vector<int>{1, 2, 3};
        });
      });
    for (auto& thread : threads)
      thread.join();
    CHECK(calls == 1);
    for (const auto* got : seen)
      CHECK((got == seen.front() && got->size() == 3));
  }
}
