// An actor system whose actors run one message at a time, in an order that a seed decides. Timers
// run on a clock that the test moves.
//
//   stepped_system world(seed);
//   auto top = actors::spawn(world.system, ...);
//   world.run();                         // until nothing is left to do
//   world.pass(500ms);                   // timers that are due send their messages
#pragma once

#include "weft/actors/caf.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace weft::test {

class stepped_system {
  struct config : caf::actor_system_config {
    config() {
      configure(*this);
      set("scheduler.policy", caf::atom("testing"));
    }
  };
  config config_;
  std::mt19937_64 random_;

 public:
  explicit stepped_system(std::uint64_t seed) : random_(seed), system(config_) {}

  stepped_system(const stepped_system&) = delete;
  stepped_system& operator=(const stepped_system&) = delete;
  ~stepped_system() {
    for (auto& watcher : std::exchange(watchers_, {}))
      actors::ask_to_end(watcher);
    run();
  }

  /// Runs one job, chosen among those that can run. False when there is none. A job of CAF handles
  /// all messages of one actor's mailbox, up to scheduler.max-throughput.
  bool step() {
    auto& jobs = scheduler().jobs;
    if (jobs.empty())
      return false;
    const auto chosen = random_() % jobs.size();
    std::rotate(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(chosen), jobs.end());
    scheduler().run_once();
    return true;
  }

  /// Until nothing can run, or `enough`.
  void run(const std::function<bool()>& enough = [] { return false; }) {
    while (!enough() && step()) {
    }
  }

  /// Calls `told` when `who` ends, with the reason; none: normally.
  void watch(const actors::actor& who, std::function<void(std::optional<error>)> told) {
    const auto watcher = [](caf::event_based_actor* self, const actors::actor& whom,
                            std::function<void(std::optional<error>)> tell) -> caf::behavior {
      self->set_down_handler([self, tell](const caf::down_msg& m) {
        tell(actors::is_normal(m.reason) ? std::nullopt
                                         : std::optional(actors::from_caf(m.reason)));
        self->quit();
      });
      self->monitor(whom);
      return {[](int) {}}; // an actor without behavior ends at once
    };
    watchers_.push_back(actors::spawn(system, watcher, who, std::move(told)));
  }

  /// In small steps: timers that start others have their time.
  void pass(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds step_by{10};
    for (; time.count() > 0; time -= step_by) {
      scheduler().advance_time(std::min(time, step_by));
      run();
    }
  }

 private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

 public:
  actors::actor_system system;

 private:
  std::vector<actors::actor> watchers_; ///< nobody else refers to them
};

} // namespace weft::test
