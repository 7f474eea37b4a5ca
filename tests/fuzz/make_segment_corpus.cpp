// Writes the corpora of the fuzzers of segments and of blocks. Run again when a format changes; the
// files are committed.
//
//     weft_make_segment_corpus tests/fuzz/corpus
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/committed_mark.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace weft;
using namespace weft::persistence;

namespace {

constexpr database_id corpus_database{{0x0123456789abcdefU, 0xfedcba9876543210U}};
constexpr shard_id corpus_shard(3);

log_options options() {
  log_options out;
  out.database = corpus_database;
  out.shard = corpus_shard;
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

bytes make_mark(log_index index, hash128 chain) {
  mark out;
  out.generation = 2;
  out.database = corpus_database;
  out.shard = corpus_shard;
  out.position.index = index;
  out.position.t = tx_number(index.get());
  out.position.chain = chain;
  return encode(out);
}

/// The files of a log as the fuzzer reads them.
bytes input_of(const disk_image& image, std::uint8_t flags) {
  bytes out;
  byte_writer to(out);
  to.u8(flags);
  for (const auto& [path, content] : image.files) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto sequence = sequence_of_name(name);
    const auto number = number_of_free_name(name);
    if (!sequence && !number && name != "committed")
      continue;
    const auto end = content.find_last_not_of('\0') + 1;
    const auto size = sequence ? content.size() : std::min<std::size_t>(end + 8, content.size());
    to.u8(static_cast<std::uint8_t>(sequence ? *sequence % 7 : number ? 8 : 7));
    to.fixed(static_cast<std::uint16_t>(size));
    to.raw(bytes_view{content}.substr(0, size));
  }
  return out;
}

result<disk_image> make(std::size_t entries, bool close, std::size_t entry_bytes = 5) {
  memory_disk disk;
  WEFT_TRY(auto log, segment_log::open(disk, "wal", options()));
  for (std::size_t i = 0; i < entries; ++i)
    WEFT_CHECK(commit(*log, i % 4 == 3 ? entry_kind::no_op : entry_kind::transaction,
                      entry_bytes + i * 9));
  if (close)
    WEFT_CHECK(log->close());
  return disk.live_image();
}

void write(const std::string& folder, const std::string& name, const bytes& content) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/" + name, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::string segment_path(std::uint64_t sequence) {
  return "wal/" + segment_name(sequence);
}

/// The same with another header in one segment.
disk_image with_header(disk_image image, std::uint64_t sequence,
                       const std::function<void(segment_header&)>& change) {
  auto& content = image.files[segment_path(sequence)];
  auto header = *decode_segment_header(content);
  change(header);
  content.replace(0, segment_header_bytes, encode(header));
  return image;
}

constexpr std::uint8_t proven = 16;

/// What headers may say.
void write_other_headers(const std::string& folder, const disk_image& whole) {
  write(folder, "continues-itself",
        input_of(with_header(whole, 2, [](auto& header) { header.previous_sequence = 2; }), 0));
  write(folder, "starts-where-the-next",
        input_of(with_header(whole, 1,
                             [](auto& header) {
                               header.previous.index = log_index(40);
                               header.synced_through = log_index(40);
                             }),
                 0));
  write(folder, "synced-before-it-starts",
        input_of(with_header(whole, 2, [](auto& header) { header.synced_through = log_index(0); }),
                 0));
  write(folder, "continues-another-chain",
        input_of(with_header(whole, 2,
                             [](auto& header) {
                               header.previous.chain = {7, 7};
                             }),
                 0));
  write(folder, "of-another-database",
        input_of(with_header(whole, 2,
                             [](auto& header) {
                               header.database = {{1, 2}};
                             }),
                 0));
  write(folder, "superseded",
        input_of(with_header(whole, 3,
                             [](auto& header) {
                               header.previous_sequence = 1;
                               header.previous.index = log_index(2);
                               header.synced_through = log_index(2);
                             }),
                 1));
}

/// A log of several segments, and what may have happened to it.
result<void> write_damaged(const std::string& folder) {
  WEFT_TRY(const auto whole, make(6, false, 200));
  for (const std::uint8_t flags : std::initializer_list<std::uint8_t>{2, 4, 8, 16, 28})
    write(folder, "flags-" + std::to_string(int{flags}), input_of(whole, flags));
  auto image = whole;
  image.files.erase(segment_path(2));
  write(folder, "gap-inside", input_of(image, 0));
  image = whole;
  image.files.erase(segment_path(1));
  write(folder, "gap-before", input_of(image, 0));
  image = whole;
  image.files.erase(segment_path(3));
  write(folder, "gap-behind", input_of(image, 0));
  image.files.erase(segment_path(2));
  image.files.erase(segment_path(1));
  write(folder, "no-segment", input_of(image, 4));
  WEFT_TRY(const auto two, make(2, false));
  write(folder, "ends-before-proven", input_of(two, proven));
  image = whole;
  image.files[segment_path(3)].resize(4500);
  write(folder, "file-cut", input_of(image, 0));
  image.files[segment_path(3)].resize(100);
  write(folder, "header-cut", input_of(image, 0));
  image = whole;
  image.files[segment_path(4)] = whole.files.at(segment_path(3));
  write(folder, "wrong-name", input_of(image, 0));
  image = whole;
  image.files["wal/" + free_name(0)] = bytes(64, 'f');
  write(folder, "free-file", input_of(image, 0));
  image = whole;
  image.files["wal/committed"] = make_mark(log_index(3), hash128{1, 2});
  write(folder, "mark-of-another-entry", input_of(image, 0));
  image.files["wal/committed"] = make_mark(log_index(90), hash128{1, 2});
  write(folder, "mark-ahead", input_of(image, 0));
  write_other_headers(folder, whole);
  return {};
}

result<void> write_segments(const std::string& folder) {
  for (const std::size_t entries : {0U, 1U, 3U, 7U}) {
    for (const bool put_right : {false, true}) {
      WEFT_TRY(const auto image, make(entries, entries % 2 == 1));
      write(folder, "log-" + std::to_string(entries) + (put_right ? "-put-right" : ""),
            input_of(image, put_right ? 1 : 0));
    }
  }
  return write_damaged(folder);
}

/// Two copies, their checksums left out, as the fuzzer reads them.
bytes two(char flags, const bytes& first, const bytes& second) {
  const auto begin = [](const bytes& block) { return block.substr(0, mark_slot_bytes - 8); };
  return flags + begin(first) + begin(second);
}

bytes state_copy(std::uint64_t generation, database_id database = corpus_database) {
  return encode(hard_state{.generation = generation,
                           .database = database,
                           .shard = corpus_shard,
                           .node = node_id(1),
                           .term = term(2),
                           .voted_for = node_id(generation % 2 == 0 ? 0 : 1),
                           .committed = log_index(5)});
}

bytes slot(std::uint64_t generation, database_id database = corpus_database) {
  mark out;
  out.generation = generation;
  out.database = database;
  out.shard = corpus_shard;
  out.position.index = log_index(9);
  out.position.t = tx_number(8);
  return encode(out);
}

void write_blocks(const std::string& folder) {
  constexpr char as_it_is = 0;
  constexpr char right = 1;
  constexpr char right_and_cut = 3;
  const database_id other{{1, 2}};
  const bytes nothing;
  auto newer = state_copy(4);
  newer[hard_state_magic.size()] = 2;
  write(folder, "state-unproven", two(as_it_is, state_copy(1), state_copy(1)));
  write(folder, "state-equal", two(right, state_copy(3), state_copy(3)));
  write(folder, "state-first-newer", two(right, state_copy(4), state_copy(3)));
  write(folder, "state-second-newer", two(right, state_copy(3), state_copy(4)));
  write(folder, "state-second-bad", two(right, state_copy(3), nothing));
  write(folder, "state-second-cut", two(right_and_cut, state_copy(3), nothing));
  write(folder, "state-other", two(right, state_copy(3, other), state_copy(3, other)));
  write(folder, "state-newer-version", two(right, newer, state_copy(3)));
  write(folder, "mark-first", two(right, slot(2), slot(1)));
  write(folder, "mark-second", two(right, slot(2), slot(3)));
  write(folder, "mark-cut", two(right_and_cut, slot(2), nothing));
  write(folder, "mark-other", two(right, slot(2, other), nothing));
  write(folder, "empty", nothing);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  const std::string corpus = argv[1];
  if (const auto done = write_segments(corpus + "/segment"); !done) {
    std::cerr << done.error().to_string() << '\n';
    return 1;
  }
  write_blocks(corpus + "/blocks");
  return 0;
}
