// A durable commit through the client protocol: five facts, 1 to 256 in flight, from one process to
// weftd in another, over TCP and a Unix socket.
//
// Beside it, in the same rounds and through the same loop (support/requester.hpp): Redis XADD with
// appendfsync=always, etcd puts, PostgreSQL inserts. Redis and PostgreSQL have one connection for
// each request in flight. etcd's requests go together over eight (HTTP/2), as Weft's can:
// `connection=8` is what compares with etcd, `connection=each` with the others; `connection=one`
// sends all over one.
#include "support/figures.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/peers/etcd.hpp"
#include "support/peers/postgres.hpp"
#include "support/peers/redis.hpp"
#include "support/raw_log.hpp"
#include "support/weft_node.hpp"

#include "weft/actors/stage_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace weft::bench {
namespace {

constexpr std::size_t record_bytes = 200;
constexpr std::size_t raw_log_bytes = 64U << 20U;
constexpr std::size_t etcd_connections_max = 8; // streams of one are independent

/// Who is asked, and how.
struct side {
  std::string name;
  std::vector<parameter> parameters; ///< of Weft's figures
  pid_t server;
  std::function<std::unique_ptr<requester>()> connect;
  std::size_t connections_max;
  bool is_weft = false;
};

/// What weftd spent meanwhile, in seconds, for all commits together.
struct spending {
  std::map<std::string, double> by_thread;
  std::map<std::string, double> by_stage;
  double commit_s = 0;
  double sync_s = 0;
  double syncs = 0;
  double commits = 0;
};

struct samples {
  std::vector<round> rounds;
  spending spent;
};

spending read_spending(const weft_node& node) {
  auto metrics = node.metrics();
  std::map<std::string, double> by_stage;
  for (const auto stage : actors::commit_stages)
    by_stage[std::string(stage)] =
        metrics[fmt::format("weft_tx_stage_cpu_seconds_total{{stage=\"{}\"}}", stage)];
  return {.by_thread = cpu_by_thread(node.id()),
          .by_stage = std::move(by_stage),
          .commit_s = metrics["weft_tx_commit_duration_seconds_sum"],
          .sync_s = metrics["weft_wal_fsync_duration_seconds_sum"],
          .syncs = metrics["weft_wal_fsync_duration_seconds_count"],
          .commits = metrics["weft_tx_commit_duration_seconds_count"]};
}

void add(std::map<std::string, double>& sum, const std::map<std::string, double>& after,
         const std::map<std::string, double>& before) {
  for (const auto& [name, seconds] : after) {
    const auto was = before.find(name);
    sum[name] += seconds - (was == before.end() ? 0 : was->second);
  }
}

void add(spending& sum, const spending& after, const spending& before) {
  add(sum.by_thread, after.by_thread, before.by_thread);
  add(sum.by_stage, after.by_stage, before.by_stage);
  sum.commit_s += after.commit_s - before.commit_s;
  sum.sync_s += after.sync_s - before.sync_s;
  sum.syncs += after.syncs - before.syncs;
  sum.commits += after.commits - before.commits;
}

/// The servers, and ways to each.
class contestants {
 public:
  contestants(const std::filesystem::path& folder, bool peers) : weft_(folder / "weft") {
    constexpr std::size_t any = 4096;
    sides_ = {{"tcp",
               {{"transport", "tcp"}, {"connection", "each"}},
               weft_.id(),
               [this] { return weft_.connect_tcp(); },
               any,
               true},
              {"unix",
               {{"transport", "unix"}, {"connection", "each"}},
               weft_.id(),
               [this] { return weft_.connect_unix(); },
               any,
               true},
              {"some",
               {{"transport", "tcp"}, {"connection", std::to_string(etcd_connections_max)}},
               weft_.id(),
               [this] { return weft_.connect_tcp(); },
               etcd_connections_max,
               true},
              {"one",
               {{"transport", "tcp"}, {"connection", "one"}},
               weft_.id(),
               [this] { return weft_.connect_tcp(); },
               1,
               true}};
    if (!peers)
      return;
    redis_.emplace(folder / "redis", true);
    etcd_.emplace(folder / "etcd");
    postgres_.emplace(folder / "postgres");
    sides_.push_back({"Redis", {}, redis_->id(), [this] { return redis_->connect(); }, any});
    sides_.push_back(
        {"etcd", {}, etcd_->id(), [this] { return etcd_->connect(); }, etcd_connections_max});
    sides_.push_back(
        {"PostgreSQL", {}, postgres_->id(), [this] { return postgres_->connect(); }, any});
  }
  [[nodiscard]] const std::vector<side>& sides() const noexcept { return sides_; }
  [[nodiscard]] const weft_node& weft() const noexcept { return weft_; }

 private:
  weft_node weft_;
  std::optional<redis_server> redis_;
  std::optional<etcd_server> etcd_;
  std::optional<postgres_server> postgres_;
  std::vector<side> sides_;
};

/// All that was measured at one depth, by the name of the side.
using measured = std::map<std::string, samples>;

void measure(measured& into, const contestants& all, std::size_t depth, double seconds,
             raw_log& raw) {
  const std::string record(record_bytes, 'r');
  if (depth == 1)
    into["bare log"].rounds.push_back(
        run_clients(1, seconds, [&] { return [&] { raw.append(record); }; }));
  for (const auto& one : all.sides()) {
    requesters connections;
    for (std::size_t i = 0; i < std::min(depth, one.connections_max); ++i)
      connections.push_back(one.connect());
    static_cast<void>(run_closed_loop(connections, depth, seconds / 10, one.server)); // warm
    auto& mine = into[one.name];
    const auto before = one.is_weft ? read_spending(all.weft()) : spending();
    mine.rounds.push_back(run_closed_loop(connections, depth, seconds, one.server));
    if (one.is_weft)
      add(mine.spent, read_spending(all.weft()), before);
  }
}

// -- figures ---

std::vector<parameter> at(std::size_t depth, const side& one) {
  std::vector<parameter> out = {{"in_flight", std::to_string(depth)}};
  out.insert(out.end(), one.parameters.begin(), one.parameters.end());
  return out;
}

/// Over TCP, and as many connections as the peer has.
std::vector<target> aims(const side& one, const std::string& peer, std::size_t depth, bool rate) {
  if (peer == "etcd")
    return rate && depth >= 64 && one.name == "some" ? std::vector{ratio_at_least(2)}
                                                     : std::vector<target>();
  if (one.name != "tcp")
    return {};
  if (peer == "Redis")
    return !rate && depth == 1 ? std::vector{ratio_at_most(1.3)} : std::vector<target>();
  return rate && depth >= 64 ? std::vector{ratio_at_least(2)} : std::vector<target>();
}

void report_against(report& out, std::size_t depth, const side& one, const summary& ours,
                    const std::string& peer, const summary& theirs) {
  const auto row = [&](const char* name, double value, const char* unit, double other) {
    figure made{.name = name, .parameters = at(depth, one), .value = value, .unit = unit};
    if (!peer.empty())
      made.against = baseline{peer, other};
    return made;
  };
  auto p50 = row("wire.latency_p50", ours.p50_us, "us", theirs.p50_us);
  p50.aims = aims(one, peer, depth, false);
  out.add(p50);
  out.add(row("wire.latency_p99", ours.p99_us, "us", theirs.p99_us));
  auto rate = row("wire.rate", ours.rate, "tx/s", theirs.rate);
  rate.aims = aims(one, peer, depth, true);
  out.add(rate);
  out.add(row("wire.server_cpu", ours.cpu_us, "us/tx", theirs.cpu_us));
}

/// Where the time of a commit goes: CPU by thread, and how long it waited for what.
void report_stages(report& out, std::size_t depth, const side& one, const samples& taken) {
  const auto& spent = taken.spent;
  const auto add_row = [&](std::string name, double value, const char* unit) {
    out.add({.name = std::move(name), .parameters = at(depth, one), .value = value, .unit = unit});
  };
  for (const auto& [thread, seconds] : spent.by_thread)
    if (seconds * 1e6 / spent.commits >= 0.05)
      add_row("wire.cpu." + thread, seconds * 1e6 / spent.commits, "us/tx");
  double outside_stages_us = 0;
  for (const auto& [thread, seconds] : spent.by_thread)
    outside_stages_us += seconds * 1e6 / spent.commits;
  for (const auto stage : actors::commit_stages) {
    const double us = spent.by_stage.at(std::string(stage)) * 1e6 / spent.commits;
    add_row(fmt::format("wire.cpu.stage.{}", stage), us, "us/tx");
    outside_stages_us -= us;
  }
  add_row("wire.cpu.stage.rest", outside_stages_us, "us/tx");
  double sum_us = 0;
  double answers = 0;
  for (const auto& r : taken.rounds)
    for (const double us : r.latencies_us) {
      sum_us += us;
      answers += 1;
    }
  const double commit_us = spent.commit_s * 1e6 / spent.commits;
  const double sync_us = spent.sync_s * 1e6 / spent.syncs;
  add_row("wire.mean", sum_us / answers, "us");
  add_row("wire.mean.outside_transactor", sum_us / answers - commit_us, "us");
  add_row("wire.mean.sync", sync_us, "us");
  add_row("wire.mean.resolve_to_answer_rest", commit_us - sync_us, "us");
  add_row("wire.syncs", spent.syncs / spent.commits, "per tx");
}

void report_depth(report& out, const contestants& all, std::size_t depth, const measured& taken) {
  for (const auto& one : all.sides()) {
    if (!one.is_weft)
      continue;
    const auto ours = summarise(taken.at(one.name).rounds);
    bool alone = true;
    for (const auto& peer : all.sides())
      if (!peer.is_weft) {
        report_against(out, depth, one, ours, peer.name, summarise(taken.at(peer.name).rounds));
        alone = false;
      }
    if (alone)
      report_against(out, depth, one, ours, "", {});
    report_stages(out, depth, one, taken.at(one.name));
  }
  if (depth == 1)
    out.add({.name = "wire.bare_log_p50",
             .parameters = {{"in_flight", "1"}},
             .value = summarise(taken.at("bare log").rounds).p50_us,
             .unit = "us"});
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  if (!ask_for_short_slice())
    out.note("no short time slices here: latencies include the scheduler's ticks");
  const scratch_folder scratch(how.folder);
  raw_log raw(scratch / "raw", raw_log_bytes);
  const contestants all(scratch.path(), how.peers);
  const auto depths = how.in_flight == 0 ? std::vector<std::size_t>{1, 16, 64, 256}
                                         : std::vector<std::size_t>{how.in_flight};
  std::map<std::size_t, measured> taken;
  for (int round = 0; round < how.rounds; ++round)
    for (const std::size_t depth : depths)
      measure(taken[depth], all, depth, how.seconds, raw);
  for (const auto& [depth, of_depth] : taken)
    report_depth(out, all, depth, of_depth);
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv,
      "Durable transactions of five facts through the client protocol, beside Redis, etcd and "
      "PostgreSQL."));
}
