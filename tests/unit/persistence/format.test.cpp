// The formats are promises: the bytes in docs/formats/log.md are the bytes of the code, in both
// directions. A change of any of them is a new format version.
#include "support/documented.hpp"
#include "support/log_fixture.hpp"

#include "weft/core/datom/record.hpp"
#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/segment_writer.hpp"

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

const std::string log_document = std::string(WEFT_FORMATS) + "/log.md";

constexpr std::uint64_t golden_incarnation = 0x1122334455667788U;

segment_header golden_segment() {
  segment_header h;
  h.database = test_database;
  h.shard = shard_id(3);
  h.sequence = 2;
  h.previous_sequence = 1;
  h.incarnation = golden_incarnation;
  h.file_bytes = 8192;
  h.previous = {log_index(9), term(4), tx_number(7), {0xA1, 0xB2}};
  h.synced_through = log_index(9);
  h.created = instant(1'700'000'000'000'000);
  return h;
}

/// The record that the document's batch holds: transaction 8, which says nothing.
bytes golden_record() {
  return encode_record({.t = tx_number(8), .when = instant(0), .shard = shard_id(0)}).value();
}

/// A whole segment, as the log writes it: one transaction, synced, and a marker.
bytes golden_file() {
  memory_disk disk;
  const free_file file{"free", 1, golden_segment().file_bytes};
  auto made = disk.open(file.path, open_mode::create);
  REQUIRE((made.has_value() && (*made)->write(0, bytes(file.bytes, '\xEE')).has_value()));
  const auto h = golden_segment();
  std::vector<entry_end> ends;
  auto writer = segment_writer::create(disk, ".", file, h, {}, ends);
  REQUIRE(writer.has_value());
  const auto payload = golden_record();
  const log_entry entry{entry_kind::transaction, h.previous.term, log_index(10), tx_number(8),
                        payload};
  REQUIRE(writer->append({&entry, 1}, h.synced_through, ends));
  REQUIRE(writer->append({}, entry.index, ends));
  return read_file(disk, writer->path(), file.bytes).value();
}

} // namespace

TEST_CASE("a segment is as docs/formats/log.md shows it") {
  const auto header = documented_example(log_document, "a segment header");
  const auto batch = documented_example(log_document, "a batch of one transaction");
  const auto marker = documented_example(log_document, "a marker");
  const auto file = golden_file();
  CHECK(to_hex(file.substr(0, segment_header_bytes)) == to_hex(header));
  CHECK(to_hex(file.substr(header.size(), batch.size())) == to_hex(batch));
  CHECK(to_hex(file.substr(header.size() + batch.size(), marker.size())) == to_hex(marker));
  const auto rest = file.substr(header.size() + batch.size() + marker.size());
  CHECK(rest.find_first_not_of('\xEE') == bytes::npos); // the file's earlier life
  CHECK(decode_segment_header(header) == golden_segment());
}

TEST_CASE("a segment is read as docs/formats/log.md shows it") {
  disk_image image;
  image.files["documented.seg"] = documented_example(log_document, "a segment header") +
                                  documented_example(log_document, "a batch of one transaction") +
                                  documented_example(log_document, "a marker");
  memory_disk disk(image);
  auto file = disk.open("documented.seg", open_mode::read);
  REQUIRE(file.has_value());
  segment_cursor cursor(**file, golden_segment(), peek_t);
  const auto batch = cursor.next();
  REQUIRE((batch.has_value() && batch->what == walk_step::batch));
  CHECK(batch->batch == batch_header{112, 1, log_index(10), log_index(9)});
  const auto entry = cursor.next();
  REQUIRE((entry.has_value() && entry->what == walk_step::entry));
  CHECK(entry->position ==
        advance(golden_segment().previous, entry_kind::transaction, term(4), golden_record()));
  CHECK(entry->payload == golden_record());
  const auto marker = cursor.next();
  REQUIRE((marker.has_value() && marker->what == walk_step::batch));
  CHECK(marker->batch == batch_header{40, 0, log_index(11), log_index(10)});
  const auto end = cursor.next();
  REQUIRE((end.has_value() && end->what == walk_step::end));
  CHECK(cursor.proven() == log_index(10));
}

TEST_CASE("headers verify at their own offset in their own life of the file only") {
  const auto batch = documented_example(log_document, "a batch of one transaction");
  const auto entry = batch.substr(batch_header_bytes);
  CHECK(decode_batch_header(batch, checksum_seed(golden_incarnation, 4096)));
  CHECK_FALSE(decode_batch_header(batch, checksum_seed(golden_incarnation, 4104)));
  CHECK_FALSE(decode_batch_header(batch, checksum_seed(golden_incarnation + 1, 4096)));
  CHECK(decode_entry_header(entry, checksum_seed(golden_incarnation, 4136)));
  CHECK_FALSE(decode_entry_header(entry, checksum_seed(golden_incarnation, 4096)));
}

TEST_CASE("mark, hard state and VERSION are as docs/formats/log.md shows them") {
  const auto slot = documented_example(log_document, "a slot of the committed mark");
  const mark m{5, test_database,      shard_id(3), {log_index(9), term(4), tx_number(7), {1, 2}},
               2, golden_incarnation, 5000};
  CHECK(to_hex(encode(m)) == to_hex(slot));
  CHECK(decode_mark(slot) == m);
  const auto block = documented_example(log_document, "a block of the hard state");
  const hard_state s{3, test_database, shard_id(3), node_id(1), term(4), node_id(2), log_index(9)};
  CHECK(to_hex(encode(s)) == to_hex(block));
  CHECK(decode_hard_state(block) == s);
  const version_file v{1, test_database, instant(1'700'000'000'000'000)};
  std::string text;
  for (const auto& line : lines_of(log_document))
    text += line + '\n';
  CHECK(text.find("```\n" + encode(v) + "```\n") != std::string::npos);
  CHECK(decode_version_file(encode(v)) == v);
}

TEST_CASE("what a newer program wrote is refused as such") {
  auto block = encode(golden_segment());
  block[8] = 2;
  block.resize(segment_header_bytes - 8);
  byte_writer(block).fixed(checksum64(block, 0));
  CHECK(decode_segment_header(block).error().code == errc::unsupported_version);
  auto state = encode(hard_state{});
  state[8] = 2;
  state.resize(hard_state_block_bytes - 8);
  byte_writer(state).fixed(checksum64(state, 0));
  CHECK(decode_hard_state(state).error().code == errc::unsupported_version);
  CHECK(decode_version_file("weft 2\nanything").error().code == errc::unsupported_version);
  auto flipped =
      encode(version_file{}); // one bit made the version newer: damage, and no reason to upgrade
  flipped[5] = '3';
  CHECK(decode_version_file(flipped).error().code == errc::not_a_database);
  CHECK(decode_version_file("").error().code == errc::not_a_database);
}

TEST_CASE("names of segments and of free files are told apart") {
  CHECK(segment_name(31) == "000000000000001f.seg");
  CHECK(sequence_of_name("000000000000001f.seg") == 31U);
  CHECK(free_name(31) == "free-000000000000001f.seg");
  CHECK(number_of_free_name("free-000000000000001f.seg") == 31U);
  for (const auto* name : {"", ".seg", "1f.seg", "000000000000001F.seg", "000000000000001f.new",
                           "free-000000000000001f.seg", "000000000000001f0.seg"})
    CHECK_FALSE(sequence_of_name(name));
  CHECK_FALSE(number_of_free_name("000000000000001f.seg"));
}
