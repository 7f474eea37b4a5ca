// Who runs where: actors in the thread of a runner, and those that are kept out of it.
#include "weft/actors/caf.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

namespace {

struct say {
  int what;
};
struct pass_on {
  int what;
};

} // namespace

WEFT_LOCAL_MESSAGE(say)
WEFT_LOCAL_MESSAGE(pass_on)

namespace {

using namespace weft;
using namespace weft::actors;

struct heard {
  std::promise<std::thread::id> thread; ///< of the first
  std::atomic<std::thread::id> last;
  int what = 0;
};

using listener_actor = actors::interface<takes<say>>;
using relay_actor = actors::interface<takes<pass_on>>;

listener_actor::behavior_type listener(listener_actor::pointer /*self*/,
                                       std::shared_ptr<heard> into) {
  return {[into](const say& m) {
    into->last = std::this_thread::get_id();
    if (std::exchange(into->what, m.what) == 0)
      into->thread.set_value(std::this_thread::get_id());
  }};
}

relay_actor::behavior_type relay(relay_actor::pointer self, listener_actor to, bool out_of_it) {
  return {[=](const pass_on& m) {
    if (!out_of_it)
      return send(self, to, say{m.what});
    const elsewhere runs(self);
    send(self, to, say{m.what});
  }};
}

struct world {
  world() { configure(config); }
  caf::actor_system_config config;
};

} // namespace

TEST_CASE("a runner runs whom it sends to, and whom those send to, before it returns") {
  world with;
  caf::actor_system system(with.config);
  const auto ears = std::make_shared<heard>();
  const auto to = spawn(system, listener, ears);
  const auto through = spawn(system, relay, to, false);
  runner here(system);
  CHECK_FALSE(runner::is_running());
  // They begin in a worker; when that is done with them, they are idle.
  for (int i = 0; i < 100'000 && ears->last.load() != std::this_thread::get_id(); ++i) {
    here.send(through, pass_on{7});
    here.run();
    std::this_thread::yield();
  }
  CHECK(ears->last.load() == std::this_thread::get_id());
  CHECK(ears->what == 7);
  CHECK_FALSE(runner::is_running());
}

TEST_CASE("what is sent elsewhere runs in a worker, not in the thread of the runner") {
  world with;
  caf::actor_system system(with.config);
  const auto ears = std::make_shared<heard>();
  const auto to = spawn(system, listener, ears);
  const auto through = spawn(system, relay, to, true);
  runner here(system);
  for (int i = 0; i < 1000; ++i) {
    here.send(through, pass_on{7});
    here.run();
    CHECK(ears->last.load() != std::this_thread::get_id());
  }
  CHECK(ears->thread.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("an actor that is flooded is left to the workers, and hears everything in order") {
  world with;
  caf::actor_system system(with.config);
  constexpr int many = 1000;
  std::promise<std::vector<int>> all;
  auto told = all.get_future();
  const auto to = spawn(
      system,
      [](listener_actor::pointer self,
         std::promise<std::vector<int>>* done) -> listener_actor::behavior_type {
        auto so_far = std::make_shared<std::vector<int>>();
        return {[=](const say& m) {
          so_far->push_back(m.what);
          if (m.what == many)
            done->set_value(*so_far);
          static_cast<void>(self);
        }};
      },
      &all);
  runner here(system);
  for (int i = 1; i <= many; ++i)
    here.send(to, say{i});
  here.run();
  const auto got = told.get();
  REQUIRE(got.size() == many);
  CHECK(std::is_sorted(got.begin(), got.end()));
}

TEST_CASE("what is sent onwards outside of anybody's turn runs in a worker") {
  world with;
  caf::actor_system system(with.config);
  const auto ears = std::make_shared<heard>();
  const auto to = spawn(system, listener, ears);
  CHECK(turn::now() == nullptr);
  send_onwards(to, say{3});
  CHECK(ears->thread.get_future().get() != std::this_thread::get_id());
}
