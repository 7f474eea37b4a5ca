// How soon a subscriber has a commit, from the moment its writer began to send it: 1 to 1,000
// subscribers, actors of the writer's process and of another one. And how many a subscriber can
// take in a second.
//
// Beside it, in the same rounds: Redis streams, XADD with appendfsync=always and XREAD BLOCK, each
// subscriber a connection. Server, writer and subscribers are a process each, here as there; the
// writer of `place=same process` is in the process of the node, and so is that of `writer=node`.
#include "support/figures.hpp"
#include "support/followers.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/peers/redis.hpp"
#include "support/statistics.hpp"
#include "support/weft_node.hpp"

#include "weft/fabric/database.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <semaphore>
#include <thread>
#include <unistd.h>

namespace weft::bench {
namespace {

constexpr double calm_rate = 500;   ///< commits in a second, for latencies
constexpr double brisk_rate = 10e3; ///< likewise, of the target for p99
constexpr std::ptrdiff_t in_flight = 1024;
constexpr std::array<std::size_t, 4> crowds = {1, 10, 100, 1000};

/// One measurement.
struct taken {
  double p50_us = 0;
  double p99_us = 0;
  double rate = 0;         ///< commits in a second, delivered to everybody
  double server_cpu_s = 0; ///< of the node or server
  double deliveries = 0;
  double commits = 0;
};

struct summary_of {
  std::vector<double> p50, p99, rate, cpu_per_commit_us, cpu_per_delivery_ns;
  void add(const taken& one) {
    p50.push_back(one.p50_us);
    p99.push_back(one.p99_us);
    rate.push_back(one.rate);
    cpu_per_commit_us.push_back(one.server_cpu_s * 1e6 / one.commits);
    cpu_per_delivery_ns.push_back(one.server_cpu_s * 1e9 / one.deliveries);
  }
};

taken read_figures(const follower_figures& seen, const round& written, double seconds,
                   std::size_t subscribers) {
  return {.p50_us = seen.latency.percentile_us(0.5),
          .p99_us = seen.latency.percentile_us(0.99),
          .rate = static_cast<double>(seen.deliveries) / static_cast<double>(subscribers) / seconds,
          .server_cpu_s = written.cpu_seconds,
          .deliveries = static_cast<double>(seen.deliveries),
          .commits = static_cast<double>(written.commits)};
}

/// Subscribers in another process, a writer here: the way of both servers.
template <class Follow>
taken push_to_process(requesters& writer, pid_t server, double rate, double seconds,
                      std::size_t subscribers, Follow follow) {
  const shared_page<follower_figures> seen;
  auto process = child_process::work([&] { follow(*seen); });
  wait_until_ready(*seen, subscribers);
  const auto begin = clock::now();
  const auto written = rate > 0 ? run_paced(writer, rate, in_flight, seconds, server)
                                : run_closed_loop(writer, in_flight, seconds, server);
  static_cast<void>(wait_for_deliveries(*seen, written.commits * subscribers));
  const auto out = read_figures(*seen, written, seconds_since(begin), subscribers);
  must(seen->deliveries >= written.commits * subscribers, "to deliver everything");
  seen->stop = true;
  process.wait();
  return out;
}

// -- a node that writes itself ---

/// How it is told to write, and what it did.
struct node_orders {
  std::atomic<std::uint16_t> port = 0;
  std::atomic<bool> write = false;
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> written = 0;
  std::atomic<double> rate = 0;
  std::atomic<bool> done = false;
};

void write_readings(fabric::any_database& db, double rate, double seconds,
                    std::atomic<std::uint64_t>& written) {
  std::counting_semaphore<> room(in_flight);
  const auto begin = clock::now();
  std::int64_t n = 0;
  for (; seconds_since(begin) < seconds; ++n) {
    if (rate > 0)
      std::this_thread::sleep_until(begin + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                                static_cast<double>(n) * 1e9 / rate)));
    room.acquire();
    db.submit(make_reading(n), std::nullopt, [&room](const result<transacted>& outcome) {
      must(outcome.has_value(), "a commit");
      room.release();
    });
  }
  for (std::ptrdiff_t i = 0; i < in_flight; ++i)
    room.acquire();
  written = static_cast<std::uint64_t>(n);
}

caf::behavior listener(caf::event_based_actor* /*self*/, follower_figures* figures) {
  return {[figures](const wal_batch& batch) {
    for (const auto facts = batch.datoms(); const datom_view& d : facts.value())
      if (batch.name_of(d.attribute) == reading_at)
        figures->latency.add(
            static_cast<double>(clock::now().time_since_epoch().count() - d.value.as_long()) *
            1e-3);
    figures->deliveries.fetch_add(1, std::memory_order_relaxed);
  }};
}

/// What a process does that is node and writer, with subscribers of its own or of others.
struct local_run {
  double rate;
  double seconds;
  std::size_t subscribers; ///< of this process
  bool serves;             ///< others
};

void be_node(const std::filesystem::path& folder, const local_run& how, follower_figures& seen,
             node_orders& orders) {
  caf::actor_system_config config;
  configure(config);
  caf::actor_system system(config);
  auto db = must(fabric::start(
      system, weft_cluster,
      {.folder = folder.string(),
       .listen = how.serves ? std::optional(listen_address{"127.0.0.1", 0}) : std::nullopt}));
  must(db.transact(reading_schema()));
  std::vector<actors::actor> all;
  for (std::size_t i = 0; i < how.subscribers; ++i) {
    all.push_back(actors::spawn(system, listener, &seen));
    static_cast<void>(must(db.subscribe_wal(all.back())));
  }
  if (how.serves)
    orders.port = db.listens_at()->port;
  while (!orders.write)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto begin = clock::now();
  write_readings(db, how.rate, how.seconds, orders.written);
  if (!how.serves)
    static_cast<void>(wait_for_deliveries(seen, orders.written * how.subscribers));
  orders.rate = static_cast<double>(orders.written) / seconds_since(begin);
  orders.done = true;
  while (!orders.stop)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ::_exit(0);
}

/// The node writes; `remote` subscribers are in another process, the rest in its own.
taken push_of_node(const std::filesystem::path& folder, const local_run& how, std::size_t remote) {
  const shared_page<follower_figures> seen;
  const shared_page<node_orders> orders;
  auto node = child_process::work([&] { be_node(folder, how, *seen, *orders); });
  std::optional<child_process> others;
  if (how.serves) {
    while (orders->port == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    others = child_process::work([&] {
      follow_weft({.at = {"127.0.0.1", orders->port}, .subscribers = remote}, *seen);
    });
    wait_until_ready(*seen, remote);
  }
  const double cpu_before = cpu_seconds_of(node.id());
  const auto begin = clock::now();
  orders->write = true;
  while (!orders->done)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto subscribers = how.subscribers + remote;
  if (how.serves)
    static_cast<void>(wait_for_deliveries(*seen, orders->written * subscribers));
  round written;
  written.commits = orders->written;
  written.cpu_seconds = cpu_seconds_of(node.id()) - cpu_before;
  const auto out = read_figures(*seen, written, seconds_since(begin), std::max(subscribers, 1UL));
  must(seen->deliveries >= written.commits * subscribers, "to deliver everything");
  seen->stop = true;
  orders->stop = true;
  if (others)
    others->wait();
  node.wait();
  std::filesystem::remove_all(folder);
  return out;
}

// -- figures ---

using row_key = std::vector<std::pair<std::string, std::string>>;

class board {
 public:
  explicit board(report& out) : out_(&out) {}
  summary_of& at(const row_key& key) { return all_[key]; }
  [[nodiscard]] const summary_of* find(const row_key& key) const {
    const auto found = all_.find(key);
    return found == all_.end() ? nullptr : &found->second;
  }
  void row(const char* name, const row_key& key, double value, const char* unit,
           std::optional<baseline> against = {}, std::vector<target> aims = {}) const {
    figure made{.name = name, .value = value, .unit = unit};
    for (const auto& [parameter, of] : key)
      made.parameters.push_back({parameter, of});
    made.against = std::move(against);
    made.aims = std::move(aims);
    out_->add(made);
  }
  [[nodiscard]] const std::map<row_key, summary_of>& all() const noexcept { return all_; }

 private:
  report* out_;
  std::map<row_key, summary_of> all_;
};

row_key key_of(const std::string& place, std::size_t subscribers, const std::string& rate) {
  return {{"place", place}, {"subscribers", std::to_string(subscribers)}, {"rate", rate}};
}

const char* const redis_place = "Redis";

void report_all(const board& all) {
  for (const auto& [key, one] : all.all()) {
    const auto& place = key[0].second;
    if (place == redis_place)
      continue;
    auto theirs = key;
    theirs[0].second = redis_place;
    const bool remote = place == "another process";
    const auto* peer = place == "same process" ? nullptr : all.find(theirs);
    const auto against = [&](const std::vector<double>& values) {
      return peer == nullptr ? std::nullopt : std::optional(baseline{"Redis", median(values)});
    };
    const auto& rate = key[2].second;
    const bool calm = rate == "500";
    std::vector<target> p50_aims;
    if (remote && calm && peer != nullptr && key[1].second == "1")
      p50_aims.push_back(ratio_at_most(1));
    std::vector<target> p99_aims;
    if (remote && rate == "10000" && key[1].second == "1")
      p99_aims.push_back(at_most(1000));
    const summary_of none;
    const auto& other = peer == nullptr ? none : *peer;
    if (rate != "all") {
      all.row("push.latency_p50", key, median(one.p50), "us", against(other.p50), p50_aims);
      all.row("push.latency_p99", key, median(one.p99), "us", against(other.p99), p99_aims);
    } else {
      std::vector<target> aims;
      if (place == "another process, writer in the node")
        aims.push_back(at_least(60e3));
      if (key[1].second != "0")
        all.row("push.rate", key, median(one.rate), "tx/s", against(other.rate), aims);
    }
    all.row("push.server_cpu", key, median(one.cpu_per_commit_us), "us/tx",
            against(other.cpu_per_commit_us));
    if (key[1].second != "0")
      all.row("push.server_cpu_per_delivery", key, median(one.cpu_per_delivery_ns), "ns",
              against(other.cpu_per_delivery_ns));
  }
}

struct scene {
  const options& how;
  const std::filesystem::path& folder;
  const weft_node& node;
  const redis_server* redis;
};

taken from_client(const scene& at, double rate, std::size_t subscribers, double seconds) {
  requesters writer;
  writer.push_back(at.node.connect_tcp());
  return push_to_process(writer, at.node.id(), rate, seconds, subscribers,
                         [&](follower_figures& seen) {
                           follow_weft({.at = at.node.peers(), .subscribers = subscribers}, seen);
                         });
}

taken from_redis(const scene& at, double rate, std::size_t subscribers, double seconds) {
  requesters writer;
  writer.push_back(at.redis->connect());
  return push_to_process(
      writer, at.redis->id(), rate, seconds, subscribers,
      [&](follower_figures& seen) { follow_redis(at.redis->port(), subscribers, seen); });
}

/// One round of everything.
void measure(board& into, const scene& at) {
  const double seconds = at.how.seconds;
  const auto local = at.folder / "local";
  struct pace {
    double rate;
    const char* name;
  };
  for (const auto subscribers : crowds) {
    std::vector<pace> paces = {{calm_rate, "500"}};
    if (subscribers == 1)
      paces.insert(paces.end(), {{brisk_rate, "10000"}, {0, "all"}});
    for (const auto& [rate, name] : paces) {
      const auto key = [&, n = name](const char* place) { return key_of(place, subscribers, n); };
      into.at(key("another process")).add(from_client(at, rate, subscribers, seconds));
      if (at.redis != nullptr)
        into.at(key(redis_place)).add(from_redis(at, rate, subscribers, seconds));
      into.at(key("same process"))
          .add(push_of_node(
              local,
              {.rate = rate, .seconds = seconds, .subscribers = subscribers, .serves = false}, 0));
    }
  }
  into.at(key_of("another process, writer in the node", 1, "all"))
      .add(push_of_node(local, {.rate = 0, .seconds = seconds, .subscribers = 0, .serves = true},
                        1));
  into.at(key_of("nobody", 0, "all"))
      .add(push_of_node(local, {.rate = 0, .seconds = seconds, .subscribers = 0, .serves = false},
                        0));
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  if (!ask_for_short_slice())
    out.note("no short time slices here: latencies include the scheduler's ticks");
  const scratch_folder scratch(how.folder);
  const weft_node node(scratch.path() / "weft");
  std::optional<redis_server> redis;
  if (how.peers)
    redis.emplace(scratch.path() / "redis", true);
  board all(out);
  for (int round = 0; round < how.rounds; ++round)
    measure(all, {how, scratch.path(), node, redis ? &*redis : nullptr});
  report_all(all);
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv,
      "How soon subscribers have a commit, and how many in a second, beside Redis streams.",
      {.seconds = 2}));
}
