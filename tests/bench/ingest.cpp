// How fast a database takes in a large set of facts: the machine's Debian catalogue, from its text
// to durable, indexed facts, into a new database, in a new process each round.
//
// The clock runs while the text is parsed, the requests are made, identities and references are
// resolved, and the log is written and synced; it stops when the last transaction is durable. The
// command line's path (weft import of the same facts as EDN) is measured when `weft` is built.
// The ceiling is a bare log that writes as many bytes with a sync per transaction.
#include "debian_catalogue/edn.hpp"
#include "support/catalogue.hpp"
#include "support/child.hpp"
#include "support/figures.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/raw_log.hpp"
#include "support/sqlite_datoms.hpp"
#include "support/statistics.hpp"

#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <fmt/format.h>

#include <fstream>
#include <malloc.h>

namespace weft::bench {
namespace {

/// One load in a process of its own; all numbers, so that they fit through a pipe.
struct load_figures {
  double facts = 0;
  double transactions = 0;
  double seconds = 0;
  double parse_seconds = 0;
  double cpu_seconds = 0;
  double resident = 0; ///< bytes more than before, the text and the catalogue gone
  double disk = 0;     ///< bytes of the folder, files for later segments included
  double log = 0;      ///< bytes of the segments in use
  double resolve_us = 0;
  double encode_us = 0;
  double append_us = 0;
  double sync_us = 0;
  double apply_us = 0;
  double wake_us = 0;
};
constexpr std::size_t figure_count = sizeof(load_figures) / sizeof(double);
using member = double load_figures::*;
constexpr member members[figure_count] = {
    &load_figures::facts,         &load_figures::transactions, &load_figures::seconds,
    &load_figures::parse_seconds, &load_figures::cpu_seconds,  &load_figures::resident,
    &load_figures::disk,          &load_figures::log,          &load_figures::resolve_us,
    &load_figures::encode_us,     &load_figures::append_us,    &load_figures::sync_us,
    &load_figures::apply_us,      &load_figures::wake_us};

double resident_after_trim() {
  ::malloc_trim(0);
  return static_cast<double>(resident_bytes());
}

/// Of the log's segments what batches take: what lies behind them is a recycled file's rest.
std::uint64_t bytes_written(const std::string& folder) {
  persistence::posix_disk disk;
  std::uint64_t out = 0;
  for (const auto& segment : must(persistence::verify_log(disk, folder + "/wal", {})).segments)
    out += segment.used_bytes;
  return out;
}

load_figures load_once(const std::string& folder, std::size_t limit) {
  load_figures out;
  const double before = resident_after_trim();
  std::string text = catalogue_text();
  const double cpu_before = cpu_seconds();
  const auto begin = clock::now();
  auto db = must(embedded::database::open(folder));
  {
    const auto packages = parse_catalogue(std::move(text), limit);
    out.parse_seconds = seconds_since(begin);
    const load_result done = load(db, packages);
    out.seconds = seconds_since(begin);
    out.facts = static_cast<double>(done.datoms);
    out.transactions = static_cast<double>(done.transactions);
  }
  out.cpu_seconds = cpu_seconds() - cpu_before;
  out.resident = resident_after_trim() - before;
  out.disk = static_cast<double>(disk_bytes(folder));
  out.log = static_cast<double>(bytes_written(folder));
  const embedded::stage_times spent = db.stages();
  out.resolve_us = spent.resolve_us;
  out.encode_us = spent.encode_us;
  out.append_us = spent.append_us;
  out.sync_us = spent.sync_us;
  out.apply_us = spent.apply_us;
  out.wake_us = spent.wake_us;
  return out;
}

load_figures load_in_child(const std::string& folder, std::size_t limit) {
  const auto numbers = run_and_kill([&] {
    const load_figures made = load_once(folder, limit);
    std::vector<double> out;
    for (const member m : members)
      out.push_back(made.*m);
    return out;
  });
  must(numbers.size() == figure_count, "reading the figures");
  load_figures out;
  for (std::size_t i = 0; i < figure_count; ++i)
    out.*members[i] = numbers[i];
  return out;
}

double median_of(const std::vector<load_figures>& rounds, member m) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const load_figures& r : rounds)
    values.push_back(r.*m);
  return median(values);
}

/// Facts a second of a bare log that writes the same bytes in as many synced pieces.
double bare_rate(const std::string& path, const load_figures& as) {
  const auto log_bytes = static_cast<std::size_t>(as.log);
  raw_log log(path, log_bytes);
  const std::string piece(log_bytes / static_cast<std::size_t>(as.transactions), 'r');
  const auto begin = clock::now();
  for (double n = 0; n < as.transactions; ++n)
    log.append(piece);
  return as.facts / seconds_since(begin);
}

/// SQLite takes the same facts, resolved before, in transactions of a thousand: WAL, a sync each.
double sqlite_rate(const std::string& folder, const std::string& weft_folder) {
  const auto db = must(embedded::database::open(weft_folder));
  sqlite peer(folder);
  make_durable(peer);
  create_datoms(peer);
  create_index(peer);
  auto insert = peer.prepare("INSERT INTO datoms VALUES(?1, ?2, ?3, ?4)");
  std::size_t facts = 0;
  const auto begin = clock::now();
  peer.run("BEGIN");
  for (const datom_view& d : must(must(db.view()).datoms(index_order::eavt))) {
    bind_datom(insert, d);
    insert.run();
    if (++facts % 1000 == 0)
      peer.run("COMMIT; BEGIN");
  }
  peer.run("COMMIT");
  return static_cast<double>(facts) / seconds_since(begin);
}

/// The same facts as EDN, through the command line; nothing when it is not built.
std::optional<double> import_seconds(const scratch_folder& scratch, std::size_t limit) {
  const auto weft = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "weft";
  if (!std::filesystem::exists(weft))
    return std::nullopt;
  const std::string file = scratch / "catalogue.edn";
  {
    const auto packages = parse_catalogue(catalogue_text(), limit);
    std::string text;
    for (const debian::attribute& a : debian::attributes())
      debian::append_edn(text, a);
    debian::state(packages, 0, [&](debian::statement s) { debian::append_edn(text, s); });
    std::ofstream(file, std::ios::binary) << text;
  }
  return time_command({weft.string(), "--data", scratch / "imported", "import", file});
}

void report_stages(report& out, const std::vector<load_figures>& rounds, double facts) {
  const auto stage = [&](const char* name, double us) {
    out.add({.name = std::string("ingest.stage.") + name, .value = us / facts, .unit = "us/fact"});
  };
  stage("parse_text", 1e6 * median_of(rounds, &load_figures::parse_seconds));
  stage("resolve", median_of(rounds, &load_figures::resolve_us));
  stage("encode", median_of(rounds, &load_figures::encode_us));
  stage("append", median_of(rounds, &load_figures::append_us));
  stage("sync", median_of(rounds, &load_figures::sync_us));
  stage("apply", median_of(rounds, &load_figures::apply_us));
  stage("wake", median_of(rounds, &load_figures::wake_us));
  stage("cpu_all", 1e6 * median_of(rounds, &load_figures::cpu_seconds));
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  ask_for_short_slice();
  std::vector<load_figures> rounds;
  std::vector<double> bare;
  std::vector<double> sqlite;
  std::vector<double> imports;
  for (int round = 0; round < how.rounds; ++round) {
    const scratch_folder scratch(how.folder);
    rounds.push_back(load_in_child(scratch / "weft", how.limit));
    bare.push_back(bare_rate(scratch / "raw", rounds.back()));
    if (const auto seconds = import_seconds(scratch, how.limit))
      imports.push_back(rounds.back().facts / *seconds);
    if (how.peers)
      sqlite.push_back(sqlite_rate(scratch / "sqlite", scratch / "weft"));
  }
  std::vector<double> rates;
  rates.reserve(rounds.size());
  for (const load_figures& r : rounds)
    rates.push_back(r.facts / r.seconds);
  const double facts = median_of(rounds, &load_figures::facts);
  const std::vector<parameter> with = {{"facts", fmt::format("{:.0f}", facts)}};
  out.add({"ingest.rate",
           with,
           median(rates),
           "facts/s",
           baseline{"bare log", median(bare)},
           {at_least(300'000)}});
  if (!sqlite.empty())
    out.add({"ingest.rate", with, median(rates), "facts/s", baseline{"SQLite", median(sqlite)}});
  if (!imports.empty())
    out.add({"ingest.weft_import", with, median(imports), "facts/s",
             baseline{"in process", median(rates)}});
  out.add({"ingest.memory", with, median_of(rounds, &load_figures::resident) / facts, "B/fact"});
  out.add({"ingest.log", with, median_of(rounds, &load_figures::log) / facts, "B/fact"});
  out.add({"ingest.disk", with, median_of(rounds, &load_figures::disk) / facts, "B/fact"});
  report_stages(out, rounds, facts);
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv, "The Debian catalogue, from its text to durable indexed facts.", {.rounds = 3}));
}
