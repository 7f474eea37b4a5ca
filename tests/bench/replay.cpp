// The whole log to a subscriber in another process: a million transactions of five facts from
// t = 0, with the datoms left as they are and with every datom read.
//
// Beside it, in the same rounds: a stream of Redis of as many entries of 200 bytes, read with
// XRANGE COUNT 1000 from the beginning by one client.
#include "support/figures.hpp"
#include "support/followers.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/peers/redis.hpp"
#include "support/statistics.hpp"
#include "support/weft_node.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <deque>
#include <optional>
#include <thread>

namespace weft::bench {
namespace {

constexpr std::uint64_t all_transactions = 1'000'000;
constexpr std::size_t redis_entries_at_a_time = 1000;

/// Fills a folder, in a process of its own: the memory of the node is its own.
void fill(const std::filesystem::path& folder, std::uint64_t transactions) {
  std::filesystem::create_directories(folder.parent_path());
  child_process::work([&] {
    auto db = must(embedded::database::open(folder.string()));
    must(db.transact(reading_schema()));
    std::deque<embedded::pending> window;
    for (std::uint64_t n = 0; n < transactions || !window.empty();) {
      if (n < transactions && window.size() < 1024) {
        window.push_back(db.submit(make_reading(static_cast<std::int64_t>(n++))));
        continue;
      }
      must(window.front().get());
      window.pop_front();
    }
  }).wait();
}

void fill(const redis_server& redis, std::uint64_t entries) {
  requesters writer;
  writer.push_back(redis.connect());
  std::vector<double> answered;
  for (std::uint64_t n = 0; answered.size() < entries;) {
    for (; n < entries && n - answered.size() < 512; ++n)
      writer[0]->ask();
    writer[0]->hear(answered);
  }
}

struct taken {
  double seconds;
  double server_cpu_s;
  double reader_cpu_s;
};

taken replay(const weft_node& node, std::uint64_t transactions, reads what,
             std::size_t window_bytes) {
  const shared_page<follower_figures> seen;
  // The declaration of the attributes, of the one who filled it and of the node, come first.
  const auto last = transactions + 1;
  const double cpu_before = cpu_seconds_of(node.id());
  auto process = child_process::work([&] {
    follow_weft({.at = node.peers(),
                 .what = what,
                 .from_begin = true,
                 .until = last,
                 .window_bytes = window_bytes},
                *seen);
  });
  const auto begin = clock::now();
  while (seen->done_ns == 0) {
    must(seconds_since(begin) < 120, "to replay the log");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const taken out{static_cast<double>(seen->done_ns - seen->begun_ns) * 1e-9,
                  cpu_seconds_of(node.id()) - cpu_before, cpu_seconds_of(process.id())};
  must(seen->deliveries >= last, "to deliver everything");
  seen->stop = true;
  process.wait();
  return out;
}

/// Reads it all, every field found and the last id kept.
taken replay(const redis_server& redis, std::uint64_t entries) {
  auto socket = local_socket::tcp(redis.port());
  const double server_before = cpu_seconds_of(redis.id());
  const double cpu_before = cpu_seconds();
  const auto begin = clock::now();
  std::string from = "-";
  std::uint64_t seen = 0;
  const auto count = std::to_string(redis_entries_at_a_time);
  for (std::string in; seen < entries;) {
    socket.send(redis_command({"XRANGE", redis_stream, from, "+", "COUNT", count}));
    std::vector<std::string_view> strings;
    in.clear();
    for (std::size_t size = 0; size == 0;) {
      socket.wait();
      socket.read_into(in);
      strings.clear();
      if (in.ends_with("\r\n"))
        size = redis_reply(in, &strings);
    }
    must(!strings.empty(), "XRANGE");
    seen += strings.size() / 3;
    from = "(" + std::string(strings[strings.size() - 3]);
  }
  return {seconds_since(begin), cpu_seconds_of(redis.id()) - server_before,
          cpu_seconds() - cpu_before};
}

struct rounds {
  std::vector<double> seconds, server_cpu_s, reader_cpu_s;
  void add(const taken& one) {
    seconds.push_back(one.seconds);
    server_cpu_s.push_back(one.server_cpu_s);
    reader_cpu_s.push_back(one.reader_cpu_s);
  }
};

void report_side(report& out, const std::vector<parameter>& parameters, const rounds& ours,
                 const rounds& theirs, std::uint64_t transactions, std::vector<target> aims) {
  const double each = 1e9 / static_cast<double>(transactions);
  const auto row = [&](const char* name, const std::vector<double>& mine,
                       const std::vector<double>& other, double scale, const char* unit) {
    figure made{
        .name = name, .parameters = parameters, .value = median(mine) * scale, .unit = unit};
    if (!other.empty())
      made.against = baseline{"Redis", median(other) * scale};
    return made;
  };
  auto seconds = row("replay.seconds", ours.seconds, theirs.seconds, 1, "s");
  seconds.aims = std::move(aims);
  out.add(seconds);
  out.add(row("replay.node_cpu", ours.server_cpu_s, theirs.server_cpu_s, each, "ns/tx"));
  out.add(row("replay.subscriber_cpu", ours.reader_cpu_s, theirs.reader_cpu_s, each, "ns/tx"));
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  static_cast<void>(ask_for_short_slice());
  const scratch_folder scratch(how.folder);
  const auto transactions = how.limit == 0 ? all_transactions : how.limit;
  fill(scratch.path() / "weft" / "data", transactions);
  const weft_node node(scratch.path() / "weft");
  std::optional<redis_server> redis;
  if (how.peers) {
    redis.emplace(scratch.path() / "redis", false);
    fill(*redis, transactions);
  }
  rounds lazy;
  rounds all;
  rounds lazy_wide;
  rounds peer;
  for (int round = 0; round < how.rounds; ++round) {
    lazy.add(replay(node, transactions, reads::nothing, 0));
    all.add(replay(node, transactions, reads::all, 0));
    lazy_wide.add(replay(node, transactions, reads::nothing, limits::stream_window_bytes_max));
    if (redis)
      peer.add(replay(*redis, transactions));
  }
  const auto name = [&](const char* datoms, const char* window) {
    return std::vector<parameter>{
        {"transactions", std::to_string(transactions)}, {"datoms", datoms}, {"window", window}};
  };
  report_side(out, name("lazy", "4MiB"), lazy, peer, transactions, {at_most(0.6)});
  report_side(out, name("read", "4MiB"), all, peer, transactions, {at_most(1.2)});
  report_side(out, name("lazy", "64MiB"), lazy_wide, peer, transactions, {});
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv, "A million transactions from t = 0 to a subscriber in another process.",
      {.rounds = 3}));
}
