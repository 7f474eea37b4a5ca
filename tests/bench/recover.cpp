// How fast a killed database opens again: the Debian catalogue is loaded, the process dies of
// SIGKILL, and a new process opens the folder (and dies again, so that every round finds a log that
// nobody closed).
//
// Where the time goes: the log alone (read, checksums, chain), the log with every record decoded,
// and all of it; what is left is the index. The ceiling reads the segment files and computes one
// XXH3 over their bytes.
#include "support/catalogue.hpp"
#include "support/child.hpp"
#include "support/figures.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/statistics.hpp"

#include "weft/core/datom/record.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"

#include <fmt/format.h>

#include <fstream>

namespace weft::bench {
namespace {

double load_and_die(const std::string& folder, std::size_t limit) {
  return run_and_kill([&] {
           auto db = must(embedded::database::open(folder));
           const auto packages = parse_catalogue(catalogue_text(), limit);
           return std::vector{static_cast<double>(load(db, packages).datoms)};
         })
      .front();
}

double open_and_die(const std::string& folder) {
  return run_and_kill([&] {
           const auto begin = clock::now();
           const auto db = must(embedded::database::open(folder));
           return std::vector{seconds_since(begin)};
         })
      .front();
}

/// Seconds to read every committed entry, and to decode the records too.
double read_log(const std::string& wal, bool decode) {
  const auto begin = clock::now();
  persistence::posix_disk disk;
  const auto reader = must(persistence::log_reader::open(disk, wal));
  while (const auto entry = must(reader->next()))
    if (decode && entry->kind == entry_kind::transaction)
      (void)must(record_view::decode(entry->payload));
  return seconds_since(begin);
}

/// Seconds to read every byte of the segments, with one checksum.
double read_bytes(const std::string& wal) {
  const auto begin = clock::now();
  std::string bytes(1U << 18U, '\0');
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(wal)) {
    std::ifstream in(entry.path(), std::ios::binary);
    while (in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || in.gcount() > 0)
      sum ^= checksum64({bytes.data(), static_cast<std::size_t>(in.gcount())}, 0);
  }
  must(sum != 0, "reading the segments");
  return seconds_since(begin);
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  const scratch_folder scratch(how.folder);
  const std::string folder = scratch / "weft";
  const std::string wal = scratch / "weft/wal";
  const double facts = load_and_die(folder, how.limit);
  std::vector<double> open;
  std::vector<double> read;
  std::vector<double> decode;
  std::vector<double> bytes;
  for (int round = 0; round < how.rounds; ++round) {
    open.push_back(open_and_die(folder));
    read.push_back(read_log(wal, false));
    decode.push_back(read_log(wal, true));
    bytes.push_back(read_bytes(wal));
  }
  out.add({"recover.rate",
           {{"facts", fmt::format("{:.0f}", facts)}},
           facts / median(open),
           "facts/s",
           baseline{"bare read", facts / median(bytes)},
           {at_least(1'000'000)}});
  const auto stage = [&](const char* name, double seconds) {
    out.add({.name = std::string("recover.stage.") + name,
             .value = 1e6 * seconds / facts,
             .unit = "us/fact"});
  };
  stage("read_and_check", median(read));
  stage("decode", median(decode) - median(read));
  stage("index_and_rest", median(open) - median(decode));
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(
      weft::bench::parse_options(argc, argv, "Opening a database whose process was killed."));
}
