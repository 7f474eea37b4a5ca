// Bytes as a database's folder: recovery, verify and reader must answer, never crash, and agree;
// whatever opens can be written, and a reader from before goes on without a gap.
#include "fuzz/log_folder.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/persistence/wal/log_reader.hpp"
#include "weft/persistence/wal/segment_log.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <cstdint>

using namespace weft;
using namespace weft::persistence;

namespace {

log_options options_for(const test::log_folder& from) {
  log_options options;
  options.database = test::log_folder_database;
  options.shard = shard_id(from.others ? 4 : 3);
  options.random = [] { return std::uint64_t{42}; };
  options.now = [] { return instant(0); };
  options.replay_after = from.replay_after;
  options.proven = from.proven;
  options.must_exist = from.beside_writer;
  options.segment_bytes_min = 8192;
  options.segment_bytes_max = 65536;
  options.disk_reserve_bytes = 0;
  return options;
}

void check_report(const verify_report& report) {
  WEFT_ASSERT(!to_string(report.verdict).empty());
  bool rot = false;
  for (const auto& finding : report.findings) {
    WEFT_ASSERT(!to_string(finding.kind).empty() && !finding.what.empty());
    rot = rot || finding.kind == finding_kind::rot;
  }
  WEFT_ASSERT(rot == (report.verdict == log_verdict::rotten));
  for (const auto& segment : report.segments)
    WEFT_ASSERT(!to_string(segment.state).empty());
}

/// A report of the log alone, and of the folder; none when there is nothing to report on.
std::optional<verify_report> verify(disk& on, const test::log_folder& from) {
  std::uint64_t entries = 0;
  verify_options options;
  options.on_entry = [&](const log_line&) { ++entries; };
  options.progress = [](std::uint64_t done, std::uint64_t all) { WEFT_ASSERT(done <= all); };
  options.replay_after = from.replay_after;
  options.proven = from.proven;
  options.owner = log_owner{test::log_folder_database, options_for(from).shard};
  auto report = verify_log(on, "db/wal", options);
  if (!report)
    return std::nullopt;
  WEFT_ASSERT(report->entries == entries);
  check_report(*report);
  if (const auto all = verify_database(on, "db", options))
    check_report(*all);
  return std::move(*report);
}

/// Reads on; every entry continues the one before. False when the log cannot be read further.
bool read_on(log_reader& reader) {
  for (;;) {
    const auto before = reader.position();
    const auto entry = reader.next();
    if (!entry || !*entry)
      return entry.has_value();
    WEFT_ASSERT((*entry)->position.index == before.index.next());
    const auto t = (*entry)->kind == entry_kind::transaction ? before.t.next() : before.t;
    WEFT_ASSERT((*entry)->position.t == t && reader.position() == (*entry)->position);
  }
}

/// What was read in order, after `first`, is found by its t, too; what is older is not.
void fetch_all(log_reader& reader, tx_number first) {
  const auto last = reader.position().t;
  for (tx_number t(0); t <= last && t < tx_number(32); t = t.next()) {
    const auto found = reader.fetch(t);
    if (t > first)
      WEFT_ASSERT(found && found->position.t == t && found->kind == entry_kind::transaction);
    else
      WEFT_ASSERT(found.error().code == errc::log_pruned ||
                  found.error().code == errc::basis_ahead);
    const auto stands = reader.seek_after(t);
    WEFT_ASSERT(stands.has_value() == (t >= first));
    if (stands)
      WEFT_ASSERT(reader.position().t == t);
  }
}

/// More than a segment holds, in two batches.
void append(segment_log& log) {
  const bytes payload(3000, 'p');
  for (int batch = 0; batch < 2; ++batch) {
    std::vector<log_entry> entries;
    for (std::uint64_t i = 1; i <= 2; ++i)
      entries.push_back({entry_kind::transaction, std::max(log.last().term, term(1)),
                         log_index(log.last().index.get() + i), tx_number(log.last().t.get() + i),
                         payload});
    WEFT_ASSERT(log.append(entries).has_value());
    WEFT_ASSERT(log.sync().has_value());
    WEFT_ASSERT(log.publish_committed(log.durable().index).has_value());
  }
}

void check_open(memory_disk& disk, const test::log_folder& from, bool rotten, log_reader* earlier) {
  auto next_replayed = from.replay_after.next();
  const auto options = options_for(from);
  const recovery_callbacks callbacks{
      .entry = [&](const recovered_entry& e) -> result<void> {
        WEFT_ASSERT(e.position.index >= next_replayed);
        next_replayed = e.position.index.next();
        return {};
      },
      .progress = [](const recovery_progress& p) { WEFT_ASSERT(p.bytes_done <= p.bytes_all); }};
  auto log = segment_log::open(disk, "db/wal", options, callbacks);
  // Segments before replay_after are not read.
  WEFT_ASSERT(!log || !rotten || from.replay_after > log_index(0));
  if (!log)
    return;
  const auto last = (*log)->last();
  log->reset();
  log = segment_log::open(disk, "db/wal", options);
  WEFT_ASSERT(log && (*log)->last() == last);
  if (last.index.get() > UINT32_MAX || last.t.get() > UINT32_MAX || last.term.get() > UINT32_MAX)
    return; // numbers end somewhere
  append(**log);
  if (earlier != nullptr)
    (void)read_on(*earlier); // it may have read what was never committed, and say so
  if (rotten)
    return; // where only those who read it notice
  const auto reader = log_reader::open(disk, "db/wal", log_owner{options.database, options.shard});
  WEFT_ASSERT(reader.has_value());
  const auto first = (*reader)->position().t;
  const auto proven = (*reader)->proven_ahead();
  WEFT_ASSERT(proven && *proven >= last.index && *proven <= (*log)->last().index);
  WEFT_ASSERT(read_on(**reader) && (*reader)->position() == (*log)->last());
  fetch_all(**reader, first);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto from = test::read_log_folder({reinterpret_cast<const char*>(data), size});
  memory_disk disk(from.image);
  std::unique_ptr<folder_lock> writer;
  if (from.beside_writer)
    writer = disk.lock("db/LOCK", "4711").value();
  const auto report = verify(disk, from);
  auto reader = log_reader::open(disk, "db/wal");
  const auto first = reader ? (*reader)->position().t : tx_number(0);
  if (reader && report && report->verdict == log_verdict::intact)
    (*reader)->extend_to(report->last);
  if (reader && read_on(**reader) && (*reader)->proven_ahead())
    fetch_all(**reader, first);
  const bool rotten = report && report->verdict == log_verdict::rotten;
  check_open(disk, from, rotten, reader ? reader->get() : nullptr);
  return 0;
}
