#include "weft/persistence/wal/folder_scan.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

error about(const std::string& path, errc code, std::string what) {
  return error{code, path + ": " + what, {{"segment", path}, {"offset", "0"}, {"what", what}}};
}

/// Fills header or problem.
result<void> read_header(disk& on, segment_file& segment) {
  WEFT_TRY(auto in, on.open(segment.path, open_mode::read));
  WEFT_TRY(segment.bytes, in->size());
  bytes block(segment_header_bytes, '\0');
  WEFT_TRY(const auto got, in->read(0, block));
  block.resize(got);
  auto header = decode_segment_header(block);
  if (!header) {
    segment.problem = about(segment.path, header.error().code, header.error().detail);
    return {};
  }
  segment.header = *header;
  if (header->sequence != segment.sequence)
    segment.problem = about(segment.path, errc::log_corrupt,
                            "the header belongs to segment " + std::to_string(header->sequence));
  else if (header->file_bytes != segment.bytes)
    segment.problem = about(segment.path, errc::log_corrupt,
                            "the file has " + std::to_string(segment.bytes) + " bytes, not " +
                                std::to_string(header->file_bytes));
  else if (header->synced_through < header->previous.index)
    segment.problem = about(segment.path, errc::log_corrupt, "the header contradicts itself");
  return {};
}

result<std::uint64_t> size_of(disk& on, const std::string& path) {
  WEFT_TRY(auto in, on.open(path, open_mode::read));
  return in->size();
}

} // namespace

result<folder_scan> scan_folder(disk& on, const std::string& folder) {
  WEFT_TRY(const auto names, on.list(folder));
  folder_scan out;
  for (const auto& name : names) {
    const auto path = join(folder, name);
    if (const auto sequence = sequence_of_name(name)) {
      segment_file segment{path, *sequence, 0, {}, {}};
      WEFT_CHECK(read_header(on, segment));
      out.segments.push_back(std::move(segment));
    } else if (const auto number = number_of_free_name(name)) {
      WEFT_TRY(const auto size, size_of(on, path));
      out.free.push_back({path, *number, size});
    }
  }
  std::sort(out.segments.begin(), out.segments.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  return out;
}

result<log_layout> lay_out(const folder_scan& scan) {
  log_layout out;
  auto wanted = std::optional<std::uint64_t>{};
  for (auto i = scan.segments.size(); i-- > 0;) {
    const auto& segment = scan.segments[i];
    if (segment.problem)
      continue;
    if (wanted && segment.sequence > *wanted) {
      out.superseded.push_back(segment);
      continue;
    }
    if (wanted && segment.sequence < *wanted)
      return fail(about(segment.path, errc::log_corrupt,
                        "segment " + segment_name(*wanted) + ", which comes after it, is missing"));
    if (!out.live.empty() && segment.header.first_index() > out.live.back().header.first_index())
      return fail(about(segment.path, errc::log_corrupt,
                        "the segment that continues it does not start after it"));
    if (segment.header.previous_sequence >= segment.sequence)
      return fail(about(segment.path, errc::log_corrupt, "the segment continues a later one"));
    out.live.push_back(segment);
    wanted = segment.header.previous_sequence;
  }
  std::reverse(out.live.begin(), out.live.end());
  return out;
}

std::optional<std::string> missing_before(const segment_header& oldest, log_index replay_after) {
  if (oldest.previous.index <= replay_after)
    return std::nullopt;
  const auto gap = "entries " + std::to_string(replay_after.get() + 1) + " to " +
                   std::to_string(oldest.previous.index.get());
  if (oldest.previous_sequence == 0)
    return gap + " are before this segment, which is the oldest";
  return "segment " + segment_name(oldest.previous_sequence) + " is missing, and " + gap +
         " with it";
}

result<void> check_scan(const folder_scan& scan, database_id database, shard_id shard) {
  for (const auto& segment : scan.segments) {
    if (segment.problem)
      return fail(*segment.problem);
    if (segment.header.database != database || segment.header.shard != shard)
      return fail(about(segment.path, errc::database_mismatch,
                        "the segment belongs to database " + segment.header.database.to_string() +
                            " shard " + std::to_string(segment.header.shard.get())));
  }
  return {};
}

} // namespace weft::persistence
