// segment_log::open: recovery, then a new segment for what is not proven.
#include "weft/core/base/assert.hpp"
#include "weft/persistence/mutant.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

constexpr std::string_view mark_name = "committed";

/// The entries of a tail that are copied, with their bytes.
struct copied_tail {
  std::vector<log_entry> entries;
  std::deque<bytes> payloads; ///< stays put, unlike a vector
  log_position previous;      ///< before the first copied entry
};

/// Reads the entries `from` .. `last` of a segment that recovery has just verified.
result<copied_tail> read_tail(disk& on, const segment_file& tail, log_index from, log_index last) {
  WEFT_TRY(auto in, on.open(tail.path, open_mode::read));
  segment_cursor cursor(*in, tail.header, {});
  copied_tail out;
  out.previous = tail.header.previous;
  while (cursor.good().index < last) {
    WEFT_TRY(auto item, cursor.next());
    if (item.what == walk_step::end || item.what == walk_step::damage)
      return fail(rot(tail.path, item.offset, cursor.good().index.next(),
                      "the entry verified a moment ago and does not any more"));
    if (item.what != walk_step::entry)
      continue;
    if (item.index < from) {
      out.previous = item.position;
      continue;
    }
    out.payloads.emplace_back(item.payload);
    out.entries.push_back(
        {item.kind, item.position.term, item.index, item.position.t, out.payloads.back()});
  }
  return out;
}

} // namespace

result<std::unique_ptr<segment_log>> segment_log::open(disk& on, const std::string& folder,
                                                       log_options options,
                                                       const recovery_callbacks& callbacks) {
  WEFT_TRY(const auto there, on.exists(folder));
  if (!there)
    WEFT_CHECK(on.make_folder(folder));
  // Also when it was there: the one who made it may have crashed before this.
  if (!mutated(sync_site::log_folder))
    WEFT_CHECK(on.sync_folder(parent_of(folder)));
  // A writer that was killed may have renamed what no power failure keeps so: files are used again
  // by the names they have, and a name that comes back must not find another life behind it.
  if (!mutated(sync_site::log_names))
    WEFT_CHECK(on.sync_folder(folder));
  const auto mark_path = join(folder, mark_name);
  WEFT_TRY(auto committed, read_mark(on, mark_path));
  if (committed && (committed->database != options.database || committed->shard != options.shard))
    return fail(errc::database_mismatch,
                mark_path + " belongs to database " + committed->database.to_string());
  WEFT_TRY(const auto found, recover(on, folder, options, committed, callbacks));
  auto out = std::unique_ptr<segment_log>(new segment_log(on, folder, std::move(options)));
  WEFT_TRY(out->mark_,
           committed_mark::open(on, mark_path, out->options_.database, out->options_.shard));
  WEFT_CHECK(out->start(found));
  return out;
}

result<void> segment_log::start(const recovered_log& found) {
  for (const auto& segment : found.scan.segments)
    last_sequence_ = std::max(last_sequence_, segment.sequence);
  WEFT_CHECK(pool_.adopt(found.scan.free));
  for (const auto& segment : found.layout.superseded)
    WEFT_CHECK(release(segment.path, segment.bytes));
  for (const auto& segment : found.layout.live)
    live_.push_back({segment.sequence, segment.header.previous_sequence,
                     segment.header.first_index(), segment.path, segment.bytes});
  if (!live_.empty())
    return rewrite_tail(found);
  return start_segment(
      {.previous = found.last, .segment_bytes = options_.segment_bytes_min, .reserve = false});
}

result<void> segment_log::rewrite_tail(const recovered_log& found) {
  // The page cache may show bytes that the disk never got, and bytes of batches that were dropped
  // may verify later: so nothing is ever appended to a segment of an earlier run (rule R2).
  const auto& tail = found.layout.live.back();
  const auto used = found.end_offset - segment_header_bytes;
  const bool whole =
      used <= options_.tail_rewrite_bytes_max || found.proven < tail.header.first_index();
  const auto from = whole ? tail.header.first_index() : found.proven.next();
  WEFT_TRY(const auto copied, read_tail(*disk_, tail, from, found.last.index));
  const auto old = live_.back();
  WEFT_CHECK(start_segment({.previous = copied.previous,
                            .previous_sequence = whole ? old.previous_sequence : old.sequence,
                            .copied = copied.entries,
                            .segment_bytes = options_.segment_bytes_min,
                            .reserve = false}));
  WEFT_ASSERT(last() == found.last);
  return release_overtaken();
}

} // namespace weft::persistence
