// Following a log from other processes: change_poller on a log of ten million transactions, caught
// up and behind, and what 1, 8 and 32 reading processes cost the writer.
//
// Beside it, in the same run: the same poll of a log of 10,000 transactions, the writer without
// readers, and SQLite in WAL mode: as many rows of as many bytes, read by their number.
#include "support/figures.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/process.hpp"
#include "support/shared_figures.hpp"
#include "support/sqlite.hpp"
#include "support/statistics.hpp"

#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/poller/change_poller.hpp"
#include "weft/persistence/shard/opened_shard.hpp"
#include "weft/persistence/system.hpp"

#include <functional>
#include <thread>

namespace weft::bench {
namespace {

constexpr std::uint64_t long_log = 10'000'000;
constexpr std::uint64_t short_log = 10'000;
constexpr std::size_t text_bytes = 200;
constexpr std::size_t entries_of_batch = 256;
constexpr std::size_t caught_up_polls = 5000;

// -- logs ---

bytes payload_of(tx_number t) {
  datom fact{.entity = entity_id(limits::first_user_local + t.get()),
             .attribute = attribute_id(limits::first_user_attribute),
             .value = value(value_view::string(std::string(text_bytes, 'x'))),
             .t = t,
             .added = true};
  return must(
      encode_record({.t = t,
                     .when = instant(1'700'000'000'000'000 + static_cast<std::int64_t>(t.get())),
                     .shard = shard_id(0),
                     .next = {.next_local = limits::first_user_local + t.get() + 1,
                              .next_attribute = limits::first_user_attribute + 1},
                     .datoms = {std::move(fact)}}));
}

/// A database folder whose log has so many transactions, of one fact each.
void write_log(const std::string& folder, std::uint64_t transactions) {
  persistence::posix_disk disk;
  memory_index index;
  auto shard =
      must(persistence::open_shard(disk, folder, index, {.clock = persistence::wall_clock_us}));
  auto& log = *shard.log;
  const auto of = shard.hard.current().term;
  while (log.last().t.get() < transactions) {
    const auto first = log.last();
    std::vector<bytes> payloads;
    std::vector<log_entry> batch;
    for (std::size_t i = 0; i < entries_of_batch && first.t.get() + i < transactions; ++i)
      payloads.push_back(payload_of(tx_number(first.t.get() + i + 1)));
    for (std::size_t i = 0; i < payloads.size(); ++i)
      batch.push_back({entry_kind::transaction, of, log_index(first.index.get() + i + 1),
                       tx_number(first.t.get() + i + 1), payloads[i]});
    must(log.append(batch));
    if (log.last().t.get() % (entries_of_batch * 64) == 0)
      must(log.sync());
  }
  must(log.sync());
  must(log.publish_committed(log.durable().index));
  must(log.close());
}

void write_table(const std::string& path, std::uint64_t rows) {
  sqlite db(path);
  db.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
         "CREATE TABLE log (seq INTEGER PRIMARY KEY, what BLOB)");
  auto insert = db.prepare("INSERT INTO log VALUES (?, ?)");
  const std::string what(text_bytes, 'x');
  db.run("BEGIN");
  for (std::uint64_t seq = 1; seq <= rows; ++seq)
    insert.bind(1, static_cast<std::int64_t>(seq)).bind(2, what).run();
  db.run("COMMIT");
}

// -- polling ---

/// Microseconds of each of `count` calls.
std::vector<double> time_each(std::size_t count, const std::function<void()>& once) {
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = clock::now();
    once();
    out.push_back(microseconds_since(begin));
  }
  return out;
}

void must_find(const polled& found, std::size_t events) {
  must(found.events.size() == events, "a poll found another number of events");
}

std::vector<double> caught_up(const std::string& folder, std::uint64_t head) {
  auto poller = change_poller::from_sequence(folder, tx_number(head));
  must_find(must(poller.poll()), 0);
  return time_each(caught_up_polls, [&] { must_find(must(poller.poll()), 0); });
}

/// Polls of `events` each, one after the other, through the last part of the log.
std::vector<double> behind(const std::string& folder, std::uint64_t head, std::size_t events,
                           bool every_datom) {
  const std::size_t polls = std::min<std::size_t>(100, head / events / 2);
  auto poller = change_poller::from_sequence(folder, tx_number(head - (polls + 1) * events))
                    .with_batch_limit(events);
  must_find(must(poller.poll()), events);
  std::uint64_t sum = 0;
  auto out = time_each(polls, [&] {
    const auto found = must(poller.poll());
    must_find(found, events);
    if (every_datom)
      for (const auto& event : found.events)
        for (const auto& d : must(event.datoms()))
          sum += d.entity.get();
  });
  must(!every_datom || sum != 0, "no datom was read");
  return out;
}

/// The same of a table.
std::vector<double> rows_behind(const std::string& path, std::uint64_t head, std::size_t events) {
  sqlite db(path);
  auto select = db.prepare("SELECT seq, what FROM log WHERE seq > ? ORDER BY seq LIMIT ?");
  const std::size_t polls =
      events == 0 ? caught_up_polls : std::min<std::size_t>(100, head / events / 2);
  auto at = static_cast<std::int64_t>(head - polls * events);
  const auto limit = static_cast<std::int64_t>(events == 0 ? limits::poll_batch_default : events);
  return time_each(polls, [&] {
    std::size_t found = 0;
    select.bind(1, at).bind(2, limit);
    std::vector<std::string> kept;
    for (; select.step(); ++found) {
      at = select.integer(0);
      kept.emplace_back(select.text(1));
    }
    must(found == events, "SQLite found another number of rows");
  });
}

struct peer {
  std::string name;
  std::vector<double> samples = {};
};

void report_polls(report& out, const std::string& name, std::vector<parameter> parameters,
                  const std::vector<double>& ours, const peer& beside, std::vector<target> aims) {
  for (const auto& [suffix, share] : {std::pair{"_p50", 0.5}, {"_p99", 0.99}}) {
    figure row{.name = name + suffix,
               .parameters = parameters,
               .value = percentile(ours, share),
               .unit = "us",
               .aims = share < 0.9 ? aims : std::vector<target>()};
    if (!beside.samples.empty())
      row.against = baseline{beside.name, percentile(beside.samples, share)};
    out.add(row);
  }
}

void measure_polls(report& out, const scratch_folder& scratch, const options& how) {
  const std::uint64_t length = how.limit == 0 ? long_log : how.limit;
  must(length >= 10 * short_log, "--limit of at least 100000");
  const auto folder = scratch / "long";
  const auto table = scratch / "table";
  out.note("writing a log of " + std::to_string(length) + " transactions");
  write_log(scratch / "short", short_log);
  write_log(folder, length);
  if (how.peers)
    write_table(table, length);
  const std::vector<parameter> of_length = {{"log", std::to_string(length)}};
  const auto at_end = caught_up(folder, length);
  report_polls(out, "poll.caught_up", of_length, at_end,
               {"a log of 10,000", caught_up(scratch / "short", short_log)},
               {at_most(50), ratio_at_most(1.5)});
  if (how.peers)
    report_polls(out, "poll.caught_up", of_length, at_end,
                 {"SQLite", rows_behind(table, length, 0)}, {});
  for (const std::size_t events : {1000U, 10'000U})
    for (const bool read : {false, true}) {
      const std::vector<parameter> of = {{"log", std::to_string(length)},
                                         {"events", std::to_string(events)},
                                         {"datoms", read ? "read" : "lazy"}};
      peer beside{"SQLite"};
      if (how.peers)
        beside.samples = rows_behind(table, length, events);
      report_polls(out, "poll.behind", of, behind(folder, length, events, read), beside, {});
    }
  const auto token = must(change_poller::from_sequence(folder, tx_number(length)).poll());
  const auto begin = time_each(50, [&] {
    must_find(must(change_poller::from_cursor(folder, token.next_cursor).poll()), 0);
  });
  report_polls(out, "poll.first_of_a_process", of_length, begin, {}, {});
}

// -- readers beside a writer ---

/// What the processes of one measurement share.
struct meeting {
  std::atomic<std::size_t> ready = 0;
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> commits = 0;
  latency_histogram seen_after;
};

void poll_until_over(const std::string& folder, std::chrono::microseconds period, meeting& with) {
  ask_for_short_slice();
  change_poller poller(folder);
  must_find(must(poller.poll()), 0);
  ++with.ready;
  while (!with.over) {
    const auto found = must(poller.poll());
    const auto now = persistence::wall_clock_us().get();
    for (const auto& event : found.events)
      with.seen_after.add(static_cast<double>(now - event.when().get()));
    std::this_thread::sleep_for(period);
  }
}

/// Transactions in a second, one at a time, beside so many readers.
double write_beside(const std::string& folder, std::size_t readers,
                    std::chrono::microseconds period, double seconds, meeting& with) {
  must(must(embedded::database::open(folder)).close()); // a database that is there
  std::vector<child_process> all;
  for (std::size_t i = 0; i < readers; ++i)
    all.push_back(child_process::work([&] { poll_until_over(folder, period, with); }));
  auto writer = child_process::work([&] {
    ask_for_short_slice();
    auto db = must(embedded::database::open(folder));
    for (const auto begin = clock::now(); with.ready != readers;) {
      must(seconds_since(begin) < 30, "waiting for the readers");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const auto begin = clock::now();
    std::int64_t number = 0;
    for (; seconds_since(begin) < seconds; ++number)
      must(
          db.transact(tx_request{}.put({{"n/number", number}, {"n/text", std::string(150, 'x')}})));
    with.commits = static_cast<std::uint64_t>(number);
    must(db.close());
  });
  writer.wait();
  with.over = true;
  for (auto& reader : all)
    reader.wait();
  return static_cast<double>(with.commits) / seconds;
}

void measure_readers(report& out, const scratch_folder& scratch, const options& how) {
  using namespace std::chrono_literals;
  for (const auto period : {100ms, 1ms})
    for (const std::size_t readers : {1U, 8U, 32U}) {
      std::vector<double> alone;
      std::vector<double> beside;
      std::vector<double> seen;
      for (int round = 0; round < how.rounds; ++round) {
        const shared_page<meeting> without;
        const shared_page<meeting> with;
        const auto name = std::to_string(period.count()) + "-" + std::to_string(readers) + "-" +
                          std::to_string(round);
        alone.push_back(write_beside((scratch.path() / ("a" + name)).string(), 0, period,
                                     how.seconds, *without));
        beside.push_back(write_beside((scratch.path() / ("b" + name)).string(), readers, period,
                                      how.seconds, *with));
        seen.push_back(with->seen_after.percentile_us(0.5));
      }
      const std::vector<parameter> of = {{"readers", std::to_string(readers)},
                                         {"period_ms", std::to_string(period.count())}};
      figure rate{.name = "poll.writer_rate",
                  .parameters = of,
                  .value = median(beside),
                  .unit = "tx/s",
                  .against = baseline{"no readers", median(alone)}};
      if (readers == 32 && period == 100ms)
        rate.aims = {ratio_at_least(0.95)};
      out.add(rate);
      out.add(
          {.name = "poll.seen_after_p50", .parameters = of, .value = median(seen), .unit = "us"});
    }
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  if (!ask_for_short_slice())
    out.note("no short time slices here: latencies include the scheduler's ticks");
  const scratch_folder scratch(how.folder);
  measure_readers(out, scratch, how);
  measure_polls(out, scratch, how);
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv,
      "Other processes follow a log with change_poller: caught up, behind, and beside a writer. "
      "--limit: transactions of the long log, ten million by default."));
}
