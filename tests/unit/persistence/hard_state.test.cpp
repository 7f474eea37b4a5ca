// Two copies: either one alone is enough, none is an error, and nothing goes back.
#include "weft/persistence/wal/hard_state.hpp"

#include "support/log_fixture.hpp"

#include "weft/persistence/disk/memory_disk.hpp"

using namespace weft;
using namespace weft::test;
using namespace weft::persistence;

namespace {

constexpr auto path = "hardstate";

hard_state state_of(std::uint64_t in_term, std::uint64_t committed = 0) {
  return {.database = test_database,
          .shard = shard_id(3),
          .node = node_id(1),
          .term = term(in_term),
          .voted_for = node_id(0),
          .committed = log_index(committed)};
}

result<hard_state_file> open_again(disk& on) {
  return hard_state_file::open(on, path, test_database, shard_id(3));
}

/// Flips one byte of the file.
void damage(disk& on, std::uint64_t at) {
  auto file = on.open(path, open_mode::write).value();
  char byte = 0;
  REQUIRE(file->read(at, {&byte, 1}).value() == 1);
  byte = static_cast<char>(byte ^ 1);
  REQUIRE(file->write(at, {&byte, 1}));
}

} // namespace

TEST_CASE("the hard state is read back as it was written") {
  memory_disk disk;
  auto file = hard_state_file::create(disk, path, state_of(1)).value();
  REQUIRE(file.write(state_of(2, 7)));
  const auto again = open_again(disk).value();
  CHECK(again.current() == file.current());
  CHECK(again.current().term == term(2));
  CHECK(again.current().committed == log_index(7));
  CHECK(again.current().generation == 2);
  CHECK_FALSE(again.repaired());
}

TEST_CASE("one damaged copy of the hard state is repaired from the other") {
  for (const std::uint64_t at : {std::uint64_t{30}, hard_state_block_bytes + 30}) {
    memory_disk disk;
    REQUIRE(hard_state_file::create(disk, path, state_of(5)));
    damage(disk, at);
    const auto repaired = open_again(disk).value();
    CHECK(repaired.repaired());
    CHECK(repaired.current().term == term(5));
    CHECK_FALSE(open_again(disk).value().repaired());
  }
}

TEST_CASE("two damaged copies of the hard state are an error, as is a short file") {
  memory_disk disk;
  REQUIRE(hard_state_file::create(disk, path, state_of(5)));
  damage(disk, 30);
  damage(disk, hard_state_block_bytes + 30);
  REQUIRE_FALSE(open_again(disk));
  CHECK(open_again(disk).error().code == errc::hard_state_corrupt);
  CHECK(decode_hard_state("short").error().code == errc::hard_state_corrupt);
}

TEST_CASE("the hard state of another database or shard is refused") {
  memory_disk disk;
  REQUIRE(hard_state_file::create(disk, path, state_of(1)));
  const database_id other{{1, 2}};
  CHECK(hard_state_file::open(disk, path, other, shard_id(3)).error().code ==
        errc::database_mismatch);
  CHECK(hard_state_file::open(disk, path, test_database, shard_id(4)).error().code ==
        errc::database_mismatch);
}

TEST_CASE("term, vote and committed index never go back") {
  memory_disk disk;
  auto file = hard_state_file::create(disk, path, state_of(3, 10)).value();
  CHECK(file.write(state_of(2, 10)).error().code == errc::invalid_argument);
  CHECK(file.write(state_of(3, 9)).error().code == errc::invalid_argument);
  auto voted = state_of(3, 10);
  voted.voted_for = node_id(2);
  REQUIRE(file.write(voted));
  voted.voted_for = node_id(3);
  CHECK(file.write(voted).error().code == errc::invalid_argument);
  voted.term = term(4);
  CHECK(file.write(voted));
}
