// Bytes as a log's folder: recovery, verify and reader must answer, never crash, and agree.
// Input: files, each as {name: 1 byte, size: 2 bytes, content}; checksums are put right when the
// first byte says so, so that what lies behind them is reached.
#include "weft/core/base/assert.hpp"
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"
#include "weft/persistence/wal/segment_log.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <algorithm>
#include <cstdint>

using namespace weft;
using namespace weft::persistence;

namespace {

constexpr database_id fuzz_database{{0x0123456789abcdefU, 0xfedcba9876543210U}};

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

disk_image image_of(bytes_view input) {
  disk_image out;
  out.folders = {".", "/", "wal"};
  byte_reader in(input);
  const bool right = (in.u8() & 1U) != 0;
  while (in.ok() && !in.at_end()) {
    const auto name = in.u8();
    const auto size = std::min<std::size_t>(in.fixed<std::uint16_t>(), in.remaining());
    bytes content(in.raw(size));
    if (!in.ok())
      break;
    if (right && name % 8 != 7)
      put_right(content);
    out.files[join("wal", name % 8 == 7 ? "committed" : segment_name(name % 8))] = content;
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto image = image_of({reinterpret_cast<const char*>(data), size});
  memory_disk disk(image);
  const auto report = verify_log(disk, "wal", {});
  if (auto reader = log_reader::open(disk, "wal")) {
    auto last = (*reader)->position().index;
    for (auto entry = (*reader)->next(); entry && *entry; entry = (*reader)->next()) {
      WEFT_ASSERT((*entry)->position.index == last.next());
      last = (*entry)->position.index;
    }
  }
  log_options options;
  options.database = fuzz_database;
  options.shard = shard_id(3);
  options.random = [] { return std::uint64_t{42}; };
  options.now = [] { return instant(0); };
  options.segment_bytes_min = 8192;
  options.segment_bytes_max = 65536;
  options.disk_reserve_bytes = 0;
  auto log = segment_log::open(disk, "wal", options);
  if (log && report)
    WEFT_ASSERT(report->verdict != log_verdict::rotten);
  if (!log)
    return 0;
  const auto last = (*log)->last();
  log->reset();
  auto again = segment_log::open(disk, "wal", options);
  WEFT_ASSERT(again && (*again)->last() == last);
  return 0;
}
