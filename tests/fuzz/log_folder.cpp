#include "fuzz/log_folder.hpp"

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/wal/format.hpp"
#include "weft/persistence/wal/hard_state.hpp"

#include <algorithm>

namespace weft::test {

using namespace persistence;

namespace {

constexpr unsigned mark_name = 7;
constexpr unsigned names = 9;

void put_checksum(bytes& in, std::size_t from, std::size_t size, std::uint64_t seed) {
  bytes sum;
  byte_writer(sum).fixed(checksum64(bytes_view{in}.substr(from, size - 8), seed));
  in.replace(from + size - 8, 8, sum);
}

/// Makes header, batches and entries verify as far as their lengths can be followed.
void put_right(bytes& segment) {
  if (segment.size() < segment_header_bytes)
    return;
  put_checksum(segment, 0, segment_header_bytes, 0);
  const auto header = decode_segment_header(segment);
  if (!header)
    return;
  auto at = segment_header_bytes;
  while (at + batch_header_bytes <= segment.size()) {
    put_checksum(segment, at, batch_header_bytes, checksum_seed(header->incarnation, at));
    byte_reader head(bytes_view{segment}.substr(at));
    (void)head.fixed<std::uint32_t>();
    const std::size_t size = head.fixed<std::uint32_t>();
    const auto end = std::min(segment.size(), at + std::max(size, batch_header_bytes));
    auto entry = at + batch_header_bytes;
    while (entry + entry_header_bytes < end) {
      const auto seed = checksum_seed(header->incarnation, entry);
      byte_reader in(bytes_view{segment}.substr(entry));
      const std::size_t stored = in.fixed<std::uint32_t>();
      const auto room = end - entry - entry_header_bytes;
      bytes sum;
      byte_writer(sum).fixed(checksum64(
          bytes_view{segment}.substr(entry + entry_header_bytes, std::min(stored, room)), seed));
      segment.replace(entry + 32, 8, sum);
      put_checksum(segment, entry, entry_header_bytes, seed);
      entry += entry_header_bytes + std::min(stored, room) + (stored == 0 ? 8 : 0);
    }
    at = end;
  }
}

std::string name_of(unsigned byte) {
  const auto kind = byte % names;
  return kind == mark_name       ? "committed"
         : kind == mark_name + 1 ? free_name(byte / names)
                                 : segment_name(kind);
}

} // namespace

log_folder read_log_folder(bytes_view input) {
  log_folder out;
  out.image.folders = {".", "/", "db", "db/wal"};
  byte_reader in(input);
  const unsigned flags = in.u8();
  out.others = (flags & 2U) != 0;
  out.beside_writer = (flags & 4U) != 0;
  out.replay_after = log_index((flags & 8U) != 0 ? 2 : 0);
  if ((flags & 16U) != 0) {
    out.proven = log_index(3);
    out.image.files["db/VERSION"] =
        encode(version_file{.format = 1, .database = log_folder_database, .created = instant(1)});
    const auto state = encode(hard_state{.generation = 1,
                                         .database = log_folder_database,
                                         .shard = shard_id(0),
                                         .node = node_id(1),
                                         .term = term(1),
                                         .voted_for = node_id(0),
                                         .committed = out.proven});
    out.image.files["db/hardstate"] = state + state;
  }
  while (in.ok() && !in.at_end()) {
    const unsigned name = in.u8();
    const auto size = std::min<std::size_t>(in.fixed<std::uint16_t>(), in.remaining());
    bytes content(in.raw(size));
    if (!in.ok())
      break;
    if ((flags & 1U) != 0 && name % names < mark_name)
      put_right(content);
    out.image.files[join("db/wal", name_of(name))] = content;
  }
  return out;
}

} // namespace weft::test
