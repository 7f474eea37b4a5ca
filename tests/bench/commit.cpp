// How long a durable transaction takes, and how many there are in a second: five facts (a record
// of about 200 bytes), committed in process by 1 to 256 clients at a time.
//
// The ceiling is a bare log (support/raw_log.hpp) under the same clients, on the same disk, in
// alternating rounds: records of 200 bytes, one fdatasync for all that wait, nothing else.
#include "support/clients.hpp"
#include "support/figures.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/raw_log.hpp"
#include "support/sqlite_datoms.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

namespace weft::bench {
namespace {

constexpr std::size_t record_bytes = 200;
constexpr std::size_t raw_log_bytes = 64U << 20U;
constexpr std::string_view note = "calibrated; door closed; wind from the north-west; no rain "
                                  "since the morning; battery 87 %";

/// A new entity with five facts.
tx_request reading(std::int64_t n) {
  tx_request request;
  request.put({{"reading/sensor", "s-000042"},
               {"reading/at", instant(1'700'000'000'000'000 + n)},
               {"reading/celsius", 21.5},
               {"reading/humidity", n % 100},
               {"reading/note", note}});
  return request;
}

class weft_side {
 public:
  explicit weft_side(const std::string& folder) : db_(must(embedded::database::open(folder))) {
    must(db_.transact(R"([
      {:db/ident :reading/sensor :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
      {:db/ident :reading/at :db/valueType :db.type/instant :db/cardinality :db.cardinality/one}
      {:db/ident :reading/celsius :db/valueType :db.type/double :db/cardinality :db.cardinality/one}
      {:db/ident :reading/humidity :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
      {:db/ident :reading/note :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
    ])"));
  }
  /// A client that waits for each transaction.
  [[nodiscard]] commit client() {
    return [this] { must(db_.transact(reading(next_.fetch_add(1, std::memory_order_relaxed)))); };
  }
  /// One thread with `in_flight` transactions on the way; a commit is submit to durable.
  [[nodiscard]] round pipelined(std::size_t in_flight, double seconds);
  [[nodiscard]] embedded::stage_times stages() const { return db_.stages(); }

 private:
  embedded::database db_;
  std::atomic<std::int64_t> next_ = 0;
};

round weft_side::pipelined(std::size_t in_flight, double seconds) {
  struct one {
    embedded::pending waits;
    clock::time_point since;
  };
  std::deque<one> window;
  round result;
  const double cpu_before = cpu_seconds();
  const auto begin = clock::now();
  while (seconds_since(begin) < seconds || !window.empty()) {
    if (window.size() < in_flight && seconds_since(begin) < seconds) {
      const auto since = clock::now();
      window.push_back({db_.submit(reading(next_.fetch_add(1))), since});
      continue;
    }
    must(window.front().waits.get());
    result.latencies_us.push_back(microseconds_since(window.front().since));
    window.pop_front();
  }
  result.seconds = seconds_since(begin);
  result.cpu_seconds = cpu_seconds() - cpu_before;
  result.commits = result.latencies_us.size();
  return result;
}

/// The same five facts as rows (e, a, v, t), indexed both ways; clients take turns, because SQLite
/// has one writer.
class sqlite_side {
 public:
  explicit sqlite_side(const std::string& path) : db_(path), insert_(prepare(db_)) {}
  [[nodiscard]] commit client() {
    return [this] {
      const std::lock_guard turn(mutex_);
      const std::int64_t n = next_++;
      db_.run("BEGIN IMMEDIATE");
      insert(n, 1, std::string_view("s-000042"));
      insert(n, 2, 1'700'000'000'000'000 + n);
      insert(n, 3, std::int64_t{2150});
      insert(n, 4, n % 100);
      insert(n, 5, note);
      db_.run("COMMIT");
    };
  }

 private:
  static sqlite_statement prepare(sqlite& db) {
    make_durable(db);
    create_datoms(db);
    create_index(db);
    return db.prepare("INSERT INTO datoms VALUES(?1, ?2, ?3, ?4)");
  }
  template <class V>
  void insert(std::int64_t e, std::int64_t a, V v) {
    insert_.bind(1, e).bind(2, a).bind(3, v).bind(4, e).run();
  }

  std::mutex mutex_;
  sqlite db_;
  sqlite_statement insert_;
  std::int64_t next_ = 1;
};

/// All rounds of all sides at one depth.
struct samples {
  std::vector<round> raw;
  std::vector<round> threads;
  std::vector<round> pipelined;
  std::vector<round> sqlite;
  embedded::stage_times threads_spent;
  embedded::stage_times pipeline_spent;
};

void add(embedded::stage_times& sum, const embedded::stage_times& after,
         const embedded::stage_times& before) {
  sum.transactions += after.transactions - before.transactions;
  sum.syncs += after.syncs - before.syncs;
  sum.resolve_us += after.resolve_us - before.resolve_us;
  sum.encode_us += after.encode_us - before.encode_us;
  sum.append_us += after.append_us - before.append_us;
  sum.sync_us += after.sync_us - before.sync_us;
  sum.carry_wall_us += after.carry_wall_us - before.carry_wall_us;
  sum.apply_us += after.apply_us - before.apply_us;
  sum.wake_us += after.wake_us - before.wake_us;
}

/// Measures every side once, one after the other, so that all see the same weather.
void measure(samples& into, std::size_t depth, const options& how, raw_log& raw, weft_side& weft,
             sqlite_side* sqlite) {
  const std::string record(record_bytes, 'r');
  into.raw.push_back(run_clients(depth, how.seconds, [&] { return [&] { raw.append(record); }; }));
  const auto before = weft.stages();
  into.threads.push_back(run_clients(depth, how.seconds, [&] { return weft.client(); }));
  const auto between = weft.stages();
  add(into.threads_spent, between, before);
  into.pipelined.push_back(weft.pipelined(depth, how.seconds));
  add(into.pipeline_spent, weft.stages(), between);
  if (sqlite != nullptr)
    into.sqlite.push_back(run_clients(depth, how.seconds, [&] { return sqlite->client(); }));
}

std::vector<parameter> at(std::size_t depth, const char* clients) {
  return {{"in_flight", std::to_string(depth)}, {"clients", clients}};
}

std::vector<target> aims(bool there, target one) {
  return there ? std::vector{one} : std::vector<target>();
}

void report_side(report& out, std::size_t depth, const char* clients, const summary& ours,
                 const summary& theirs, const char* name) {
  const auto against = [&](double value) { return baseline{name, value}; };
  const bool ceiling = std::string_view(name) == "bare log";
  const bool pipelined = std::string_view(clients) == "pipeline";
  out.add({.name = "commit.latency_p50",
           .parameters = at(depth, clients),
           .value = ours.p50_us,
           .unit = "us",
           .against = against(theirs.p50_us),
           .aims = aims(ceiling && depth == 1 && !pipelined, ratio_at_most(1.5))});
  out.add({.name = "commit.latency_p99",
           .parameters = at(depth, clients),
           .value = ours.p99_us,
           .unit = "us",
           .against = against(theirs.p99_us)});
  out.add({.name = "commit.rate",
           .parameters = at(depth, clients),
           .value = ours.rate,
           .unit = "tx/s",
           .against = against(theirs.rate),
           .aims = aims(ceiling && depth == 256, ratio_at_least(0.3))});
  out.add({.name = "commit.cpu",
           .parameters = at(depth, clients),
           .value = ours.cpu_us,
           .unit = "us/tx",
           .against = against(theirs.cpu_us)});
}

void report_stages(report& out, std::size_t depth, const char* clients,
                   const embedded::stage_times& spent) {
  const auto per_commit = [&](const char* stage, double sum, const char* unit) {
    out.add({.name = std::string("commit.stage.") + stage,
             .parameters = at(depth, clients),
             .value = sum / static_cast<double>(spent.transactions),
             .unit = unit});
  };
  per_commit("resolve", spent.resolve_us, "us/tx");
  per_commit("encode", spent.encode_us, "us/tx");
  per_commit("append", spent.append_us, "us/tx");
  per_commit("sync", spent.sync_us, "us/tx");
  per_commit("apply", spent.apply_us, "us/tx");
  per_commit("wake", spent.wake_us, "us/tx");
  per_commit("append_and_sync_wall", spent.carry_wall_us, "us/tx");
  per_commit("syncs", static_cast<double>(spent.syncs), "per tx");
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  if (!ask_for_short_slice())
    out.note("no short time slices here: latencies include the scheduler's ticks");
  const scratch_folder scratch(how.folder);
  raw_log raw(scratch / "raw", raw_log_bytes);
  weft_side weft(scratch / "weft");
  std::optional<sqlite_side> sqlite;
  if (how.peers)
    sqlite.emplace(scratch / "sqlite");

  const auto depths = how.in_flight == 0 ? std::vector<std::size_t>{1, 16, 64, 256}
                                         : std::vector<std::size_t>{how.in_flight};
  std::map<std::size_t, samples> all;
  for (int round = 0; round < how.rounds; ++round)
    for (const std::size_t depth : depths)
      measure(all[depth], depth, how, raw, weft, sqlite ? &*sqlite : nullptr);

  for (const auto& [depth, taken] : all) {
    const summary raw_summary = summarise(taken.raw);
    report_side(out, depth, "threads", summarise(taken.threads), raw_summary, "bare log");
    report_side(out, depth, "pipeline", summarise(taken.pipelined), raw_summary, "bare log");
    if (sqlite)
      report_side(out, depth, "threads", summarise(taken.threads), summarise(taken.sqlite),
                  "SQLite");
    report_stages(out, depth, "threads", taken.threads_spent);
    report_stages(out, depth, "pipeline", taken.pipeline_spent);
  }
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv, "Durable transactions of five facts, against a bare log with group commit."));
}
