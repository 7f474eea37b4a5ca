// host_sampler: states what the machine is doing (processors, memory, disks, network) as facts,
// some times a second, through an ingest batcher. On SIGTERM it prints what came of it, as JSON.
//
//   host_sampler --endpoint 127.0.0.1:7402 --interval 250
#include "facts.hpp"
#include "support/application.hpp"
#include "support/latencies.hpp"

#include "weft/actors/ingest_batcher.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdio>
#include <future>
#include <unistd.h>

using namespace weft;

namespace {

struct arguments {
  example::place where;
  std::uint32_t interval_ms = 250;
};

/// What came of the samples; read when the sampler has ended.
struct report {
  std::uint64_t samples = 0;
  std::uint64_t items = 0;
  std::uint64_t failures = 0;
  std::optional<error> last_failure = {};
  actors::ingest_figures batches = {};
  example::latencies answer_us; ///< of a sample, from its first item to its last answer
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct sampler_state {
  caf::event_based_actor* self = nullptr;
  actors::ingest_batcher_actor batcher;
  std::chrono::milliseconds interval{};
  std::shared_ptr<report> told;
  std::string name = host_name();
  host::figures before;

  void sample() {
    actors::send_later(self, interval, actors::clock_tick{});
    const auto now = host::read_figures();
    if (!now)
      return fail_with(now.error());
    ++told->samples;
    const auto items = host::facts(name, before, *now);
    const auto left = std::make_shared<std::size_t>(items.size());
    const auto since = now_us();
    for (const tx_request& item : items)
      offer(item, left, since);
    before = *now;
  }

  void offer(const tx_request& item, const std::shared_ptr<std::size_t>& left, std::int64_t since) {
    ++told->items;
    actors::request(
        self, batcher, actors::forever, actors::transact{std::make_shared<const tx_request>(item)},
        [this, left, since](const actors::transacted_message&) {
          if (--*left == 0)
            told->answer_us.add(now_us() - since);
        },
        [this](const error& why) { fail_with(why); });
  }

  void fail_with(const error& why) {
    ++told->failures;
    told->last_failure = why;
  }

  /// Waits for what is under way, then ends.
  void finish() {
    actors::request(
        self, batcher, actors::forever, actors::flush_items{},
        [this](const actors::items_flushed&) { ask_figures(); },
        [this](const error&) { self->quit(); });
  }
  void ask_figures() {
    actors::request(
        self, batcher, actors::forever, actors::ask_ingest{},
        [this](const actors::ingest_figures& x) {
          told->batches = x;
          self->quit();
        },
        [this](const error&) { self->quit(); });
  }
};

caf::behavior sampler(caf::stateful_actor<sampler_state>* self,
                      actors::ingest_batcher_actor batcher, std::uint32_t interval_ms,
                      std::shared_ptr<report> told) {
  auto& state = self->state;
  state.self = self;
  state.batcher = std::move(batcher);
  state.interval = std::chrono::milliseconds(interval_ms);
  state.told = std::move(told);
  state.before = host::read_figures().value_or(host::figures{});
  actors::on_asked_to_end(self, [&state] { state.finish(); });
  actors::send_later(self, state.interval, actors::clock_tick{});
  return {[&state](const actors::clock_tick&) { state.sample(); }};
}

result<void> run(const arguments& how) {
  example::settings settings;
  actors::actor_system system(settings);
  WEFT_TRY(auto db, example::connect_patiently(system, how.where, "host_sampler"));
  WEFT_CHECK(db.transact(host::schema()));
  const auto batcher =
      actors::spawn(system, actors::ingest_batcher,
                    actors::ingest_batcher_options{.gateway = [&db] { return db.gateway(); }});
  const auto told = std::make_shared<report>();
  const auto who = actors::spawn(system, sampler, batcher, how.interval_ms, told);
  std::puts("sampling");
  std::fflush(stdout);
  example::wait_for_end();
  actors::end_and_wait(system, who);
  actors::end_and_wait(system, actors::untyped(batcher));
  std::printf("{\"samples\":%llu,\"items\":%llu,\"transactions\":%llu,\"failures\":%llu,"
              "\"answer_p50_us\":%llu,\"answer_p99_us\":%llu}\n",
              told->samples + 0ULL, told->items + 0ULL, told->batches.counts.transactions + 0ULL,
              told->failures + 0ULL, told->answer_us.percentile_us(0.5) + 0ULL,
              told->answer_us.percentile_us(0.99) + 0ULL);
  if (told->last_failure)
    return fail(*told->last_failure);
  return {};
}

} // namespace

int main(int argc, char** argv) {
  arguments how;
  CLI::App app("States what this machine is doing as facts, through an ingest batcher.");
  app.add_option("--endpoint", how.where.endpoint, "peer address of a node")->capture_default_str();
  app.add_option("--cluster", how.where.cluster, "name of its cluster")->capture_default_str();
  app.add_option("--interval", how.interval_ms, "milliseconds between two samples")
      ->capture_default_str()
      ->check(CLI::Range(10, 3'600'000));
  CLI11_PARSE(app, argc, argv);
  example::keep_end_signals();
  if (const auto done = run(how); !done)
    return example::failed("host_sampler", done.error());
  return 0;
}
