// Writes the corpus of the segment fuzzer: make_segment_corpus <folder>. Run again when the format
// changes; the files are committed.
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>

using namespace weft;
using namespace weft::persistence;

namespace {

log_options options() {
  log_options out;
  out.database = {{0x0123456789abcdefU, 0xfedcba9876543210U}};
  out.shard = shard_id(3);
  out.random = [n = std::uint64_t{1}]() mutable { return n++ * 0x9E3779B97F4A7C15U; };
  out.now = [] { return instant(1); };
  out.segment_bytes_min = 4608;
  out.segment_bytes_max = 4608;
  out.disk_reserve_bytes = 0;
  return out;
}

result<void> commit(segment_log& log, entry_kind kind, std::size_t size) {
  const bytes payload(size, 'p');
  const log_entry one{kind, term(1), log.last().index.next(), log.last().t.next(), payload};
  WEFT_CHECK(log.append({&one, 1}));
  WEFT_CHECK(log.sync());
  return log.publish_committed(log.durable().index);
}

/// The files of a log as the fuzzer reads them.
bytes input_of(const disk_image& image, bool put_right) {
  bytes out;
  byte_writer to(out);
  to.u8(put_right ? 1 : 0);
  for (const auto& [path, content] : image.files) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto sequence = sequence_of_name(name);
    if (!sequence && name != "committed")
      continue;
    const auto end = content.find_last_not_of('\0') + 1;
    const auto size = sequence ? content.size() : std::min<std::size_t>(end + 8, content.size());
    to.u8(static_cast<std::uint8_t>(sequence ? *sequence % 7 : 7));
    to.fixed(static_cast<std::uint16_t>(size));
    to.raw(bytes_view{content}.substr(0, size));
  }
  return out;
}

result<bytes> make(std::size_t entries, bool close, bool put_right) {
  memory_disk disk;
  WEFT_TRY(auto log, segment_log::open(disk, "wal", options()));
  for (std::size_t i = 0; i < entries; ++i)
    WEFT_CHECK(commit(*log, i % 4 == 3 ? entry_kind::no_op : entry_kind::transaction, 5 + i * 9));
  if (close)
    WEFT_CHECK(log->close());
  return input_of(disk.live_image(), put_right);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  for (const std::size_t entries : {0U, 1U, 3U, 7U}) {
    for (const bool put_right : {false, true}) {
      const auto input = make(entries, entries % 2 == 1, put_right);
      if (!input) {
        std::cerr << input.error().to_string() << '\n';
        return 1;
      }
      std::ofstream to(std::string{argv[1]} + "/log-" + std::to_string(entries) +
                           (put_right ? "-put-right" : ""),
                       std::ios::binary);
      to.write(input->data(), static_cast<std::streamsize>(input->size()));
    }
  }
  return 0;
}
