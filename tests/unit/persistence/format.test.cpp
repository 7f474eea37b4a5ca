// Golden bytes of docs/formats/log.md: a change of any of them is a new format version.
#include "support/log_fixture.hpp"

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/segment_writer.hpp"

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

segment_header golden_segment() {
  segment_header h;
  h.database = test_database;
  h.shard = shard_id(3);
  h.sequence = 2;
  h.previous_sequence = 1;
  h.incarnation = 0x1122334455667788U;
  h.file_bytes = 8192;
  h.previous = {log_index(9), term(4), tx_number(7), {0xA1, 0xB2}};
  h.synced_through = log_index(9);
  h.created = instant(1'700'000'000'000'000);
  return h;
}

} // namespace

TEST_CASE("golden bytes: segment header") {
  const auto block = encode(golden_segment());
  REQUIRE(block.size() == segment_header_bytes);
  CHECK(to_hex(bytes_view{block}.substr(0, 128)) ==
        "574546542d53454701000100030000000123456789abcdeffedcba98765432100200000000000000"
        "01000000000000008877665544332211002000000000000009000000000000000400000000000000"
        "070000000000000000000000000000a100000000000000b2090000000000000000401e18240a0600"
        "0000000000000000");
  CHECK(block.find_first_not_of('\0', 128) == segment_header_bytes - 8);
  CHECK(to_hex(bytes_view{block}.substr(segment_header_bytes - 8)) == "11cad584aa014387");
  CHECK(decode_segment_header(block) == golden_segment());
}

TEST_CASE("golden bytes: batch and entry headers") {
  bytes batch;
  encode(batch_header{104, 1, log_index(10), log_index(9)},
         checksum_seed(0x1122334455667788U, 4096), batch);
  CHECK(to_hex(batch) ==
        "57424154680000000a0000000000000009000000000000000100000000000000fe5e2a4f3b4705fc");
  bytes entry;
  encode(entry_header{14,
                      entry_kind::transaction,
                      term(4),
                      log_index(10),
                      {1, 2, 3, 4, 5, 6, 7, 8},
                      0x99AABBCCDDEEFF00U},
         checksum_seed(0x1122334455667788U, 4136), entry);
  CHECK(to_hex(entry) ==
        "0e0000000100000004000000000000000a00000000000000010203040506070800ffeeddccbbaa99"
        "dd232fd7a80145ab");
  CHECK(decode_batch_header(batch, checksum_seed(0x1122334455667788U, 4096)));
  CHECK_FALSE(decode_batch_header(batch, checksum_seed(0x1122334455667788U, 4104)));
  CHECK_FALSE(decode_batch_header(batch, checksum_seed(0x1122334455667789U, 4096)));
  CHECK(decode_entry_header(entry, checksum_seed(0x1122334455667788U, 4136)));
  CHECK_FALSE(decode_entry_header(entry, checksum_seed(0x1122334455667788U, 4096)));
}

TEST_CASE("golden bytes: committed mark, hard state, VERSION") {
  const mark m{5, test_database,       shard_id(3), {log_index(9), term(4), tx_number(7), {1, 2}},
               2, 0x1122334455667788U, 5000};
  CHECK(to_hex(encode(m)) ==
        "574546542d434d5405000000000000000123456789abcdeffedcba98765432100900000000000000"
        "04000000000000000700000000000000000000000000000100000000000000020200000000000000"
        "88776655443322118813000000000000030000000000000000000000000000000000000000000000"
        "e1cbb5a0aa676ef9");
  CHECK(decode_mark(encode(m)) == m);
  const hard_state s{3, test_database, shard_id(3), node_id(1), term(4), node_id(2), log_index(9)};
  const auto block = encode(s);
  REQUIRE(block.size() == hard_state_block_bytes);
  CHECK(to_hex(bytes_view{block}.substr(0, 72)) ==
        "574546542d48524401000300000000000123456789abcdeffedcba98765432100300000000000000"
        "0100000000000000040000000000000002000000000000000900000000000000");
  CHECK(to_hex(bytes_view{block}.substr(hard_state_block_bytes - 8)) == "b7fc47df2b727c6d");
  CHECK(decode_hard_state(block) == s);
  const version_file v{1, test_database, instant(1'700'000'000'000'000)};
  CHECK(encode(v) == "weft 1\n"
                     "database 0123456789abcdeffedcba9876543210\n"
                     "created 1700000000000000\n"
                     "checksum 2d4778dded0c5cf8\n");
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

TEST_CASE("the chain advances with transactions only") {
  const log_position at{log_index(4), term(1), tx_number(2), {3, 4}};
  const auto after = advance(at, entry_kind::transaction, term(2), "payload");
  CHECK(after.index == log_index(5));
  CHECK(after.t == tx_number(3));
  CHECK(after.chain == chain({3, 4}, hash_of("payload")));
  const auto no_op = advance(at, entry_kind::no_op, term(2), "x");
  CHECK(no_op == log_position{log_index(5), term(2), tx_number(2), {3, 4}});
}
