// telemetry_sidecar: a plain CAF actor that hears every commit of a database in another process and
// raises signals. On SIGTERM it prints what it saw, as JSON.
//
//   telemetry_sidecar --endpoint 127.0.0.1:7402 --seen sidecar.seen
//
// With --seen it writes "t h_t" of every commit to a file, and goes on after the last one when it
// is started again.
#include "signals.hpp"
#include "support/application.hpp"
#include "support/push_times.hpp"
#include "support/seen_file.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdio>

using namespace weft;

namespace {

constexpr std::size_t lines_of_a_kind = 3; ///< that are printed; the rest is counted

struct arguments {
  example::place where;
  std::string seen;
  double busy_percent = 75;
  double rate = 20e6;
};

/// Read when the sidecar has ended.
struct report {
  std::uint64_t commits = 0;
  std::uint64_t facts = 0;
  std::uint64_t last_t = 0;
  std::map<telemetry::signal::kind, std::uint64_t> signals = {};
  example::push_times pushes = {};
  std::optional<error> why = {};
};

telemetry::signals::options rules(const arguments& how) {
  return {.thresholds = {{"host.cpu/busy-percent", true, how.busy_percent, how.busy_percent - 10},
                         {"host.memory/available-bytes", false, 1e9, 1.2e9}},
          .rates = {{"disk/written-bytes", how.rate},
                    {"disk/read-bytes", how.rate},
                    {"interface/received-bytes", how.rate}}};
}

struct sidecar_state {
  caf::event_based_actor* self = nullptr;
  std::shared_ptr<report> told;
  std::optional<example::seen_file> seen;
  std::optional<telemetry::signals> rules;

  void hear(const wal_batch& batch) {
    told->pushes.hear(batch);
    if (const auto done = seen->put(batch); !done)
      return end(done.error());
    const auto raised = rules->hear(batch);
    if (!raised)
      return end(raised.error());
    ++told->commits;
    told->facts += batch.datoms()->size();
    told->last_t = batch.t().get();
    for (const auto& one : *raised)
      raise(one);
  }

  void raise(const telemetry::signal& one) {
    const auto count = ++told->signals[one.what];
    if (count <= lines_of_a_kind)
      std::printf("signal: %s: %s\n", telemetry::name_of(one.what), one.text.c_str());
    if (count == lines_of_a_kind)
      std::printf("signal: %s: more of these are counted\n", telemetry::name_of(one.what));
    std::fflush(stdout);
  }

  void hear(const stream_notice& notice) {
    told->pushes.hear(notice);
    if (const auto* closed = std::get_if<stream_notice::closed>(&notice.what))
      closed->why ? end(*closed->why) : self->quit();
  }

  void end(const error& why) {
    told->why = why;
    std::fprintf(stderr, "telemetry_sidecar: %s\n", why.to_string().c_str());
    self->quit();
  }
};

caf::behavior sidecar(caf::stateful_actor<sidecar_state>* self,
                      std::shared_ptr<example::seen_file> seen,
                      const telemetry::signals::options& rules, std::shared_ptr<report> told) {
  auto& state = self->state;
  state.self = self;
  state.seen.emplace(std::move(*seen));
  state.rules.emplace(rules);
  state.told = std::move(told);
  return {[&state](const wal_batch& batch) { state.hear(batch); },
          [&state](const stream_notice& notice) { state.hear(notice); }};
}

/// After what the file ends with; the chain hash there must be that of the database.
stream::start_at after(const std::optional<example::seen_file::line>& last) {
  if (!last)
    return stream::start_at::after_t(tx_number(0));
  std::uint64_t hash = 0;
  constexpr std::size_t short_digits = 16;
  constexpr int hexadecimal = 16;
  std::from_chars(last->chain.data(), last->chain.data() + short_digits, hash, hexadecimal);
  return stream::start_at::after_place(tx_number(last->t), hash);
}

void print(const report& told) {
  const auto count = [&](telemetry::signal::kind what) {
    const auto found = told.signals.find(what);
    return found == told.signals.end() ? 0ULL : found->second + 0ULL;
  };
  using enum telemetry::signal::kind;
  std::printf("{\"commits\":%llu,\"facts\":%llu,\"last_t\":%llu,\"live\":%llu,"
              "\"push_p50_us\":%llu,\"push_p99_us\":%llu,\"thresholds\":%llu,\"rates\":%llu,"
              "\"new_packages\":%llu}\n",
              told.commits + 0ULL, told.facts + 0ULL, told.last_t + 0ULL,
              told.pushes.us().count() + 0ULL, told.pushes.us().percentile_us(0.5) + 0ULL,
              told.pushes.us().percentile_us(0.99) + 0ULL, count(threshold), count(rate),
              count(new_package));
}

result<void> run(const arguments& how) {
  WEFT_TRY(auto seen, example::seen_file::open(how.seen));
  const auto start = after(seen.last());
  example::settings settings;
  actors::actor_system system(settings);
  WEFT_TRY(auto db, example::connect_patiently(system, how.where, "telemetry_sidecar"));
  const auto told = std::make_shared<report>();
  const auto who = actors::spawn(
      system, sidecar, std::make_shared<example::seen_file>(std::move(seen)), rules(how), told);
  WEFT_TRY(const auto stream, db.subscribe_wal(who, {.start = start, .notices = true}));
  std::puts("following");
  std::fflush(stdout);
  example::wait_for_end();
  db.unsubscribe(stream);
  actors::end_and_wait(system, who);
  print(*told);
  if (told->why)
    return fail(*told->why);
  return {};
}

} // namespace

int main(int argc, char** argv) {
  arguments how;
  CLI::App app("Raises signals on what is committed to a database in another process.");
  app.add_option("--endpoint", how.where.endpoint, "peer address of a node")->capture_default_str();
  app.add_option("--cluster", how.where.cluster, "name of its cluster")->capture_default_str();
  app.add_option("--seen", how.seen, "write \"t h_t\" of every commit to this file");
  app.add_option("--busy", how.busy_percent, "percent of processor time that is a signal")
      ->capture_default_str();
  app.add_option("--rate", how.rate, "bytes a second that are a signal")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  example::keep_end_signals();
  if (const auto done = run(how); !done)
    return example::failed("telemetry_sidecar", done.error());
  return 0;
}
