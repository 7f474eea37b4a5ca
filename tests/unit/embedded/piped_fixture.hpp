// A commit pipeline on a fake port, its callers in threads, and whoever it asks to lead.
#pragma once

#include "fake_port.hpp"

#include "weft/persistence/embedded/commit_pipeline.hpp"
#include "weft/persistence/shard/replay.hpp"
#include "weft/persistence/system.hpp"

#include <future>
#include <thread>
#include <utility>

namespace weft::test {

using outcome = result<tx_report>;

/// See the top.
struct piped_fixture {
  test::fake_port port;
  memory_index index;
  tx_functions functions;
  const monotonic_us function_clock;
  std::mutex mutex;
  std::vector<std::thread> leaders;
  std::optional<embedded::commit_pipeline> pipeline;

  /// With a function, :test/run, that is timed by `clock`.
  explicit piped_fixture(tx_function function = {}, monotonic_us clock = {})
      : function_clock(std::move(clock)) {
    if (function) {
      const auto added = functions.add("test/run", std::move(function));
      REQUIRE(added);
    }
    port.sink = [this](const commit_event& event) { pipeline->hear(event); };
    pipeline.emplace(persistence::replay(index).finish().value(),
                     transactor::options{.functions = &functions,
                                         .clock = function_clock ? &function_clock : nullptr},
                     embedded::pipeline_parts{.port = port,
                                              .driver = port,
                                              .index = index,
                                              .last = {},
                                              .now = persistence::wall_clock_us,
                                              .steady = persistence::steady_clock_us,
                                              .report_of = [](tx_number) -> outcome {
                                                return fail(errc::not_found, "nobody asks twice");
                                              },
                                              .need_thread = [this] { lead(); }});
  }
  piped_fixture(const piped_fixture&) = delete;
  piped_fixture& operator=(const piped_fixture&) = delete;
  ~piped_fixture() {
    pipeline->drain();
    for (std::vector<std::thread> now; !(now = take_leaders()).empty();)
      for (auto& one : now)
        one.join();
  }

  void commit_at_once() {
    port.on_carry = [this] { port.commit_all(); };
  }
  /// In a thread of its own.
  std::future<outcome> start(tx_request request) {
    return std::async(std::launch::async,
                      [this, request = std::move(request)] { return pipeline->run(request, {}); });
  }
  outcome run(const tx_request& request) { return pipeline->run(request, {}); }

 private:
  void lead() {
    const std::lock_guard lock(mutex);
    leaders.emplace_back([this] { pipeline->lead_for_others(); });
  }
  std::vector<std::thread> take_leaders() {
    const std::lock_guard lock(mutex);
    return std::exchange(leaders, {});
  }
};

inline std::uint64_t t_of(const outcome& done) {
  INFO((done ? "" : done.error().to_string()));
  REQUIRE(done);
  return done->t.get();
}

inline errc code_of(const outcome& done) {
  REQUIRE_FALSE(done);
  return done.error().code;
}

} // namespace weft::test
