// Data folders that lost something: the mark, VERSION, segments, or half of their creation.
#include "support/catch.hpp"
#include "support/switch_disk.hpp"
#include "support/temp_folder.hpp"

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/log_reader.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

namespace {

using namespace weft;
using namespace weft::persistence;
using embedded::database;
namespace fs = std::filesystem;

constexpr auto ada = R"([{:user/name "Ada"}])";

database must_open(const std::string& path, embedded::options how = {}) {
  auto opened = database::open(path, std::move(how));
  if (!opened)
    FAIL(opened.error().to_string());
  return std::move(*opened);
}

errc error_of(const std::string& path, embedded::options how = {}) {
  const auto opened = database::open(path, std::move(how));
  REQUIRE_FALSE(opened);
  return opened.error().code;
}

/// A closed database of `count` transactions.
void make(const std::string& path, int count) {
  auto db = must_open(path);
  for (int i = 0; i < count; ++i)
    REQUIRE(db.transact(ada));
  REQUIRE(db.close());
}

void flip(const std::string& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const auto byte = static_cast<char>(file.get() ^ 1);
  file.seekp(at);
  file.put(byte);
}

std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> out;
  for (const auto& one : fs::recursive_directory_iterator(folder))
    if (one.is_regular_file() && one.path().filename() != "LOCK") {
      std::ifstream in(one.path(), std::ios::binary);
      out[one.path().string()] = {std::istreambuf_iterator<char>(in), {}};
    }
  return out;
}

log_verdict verdict_of(const std::string& folder) {
  posix_disk disk;
  const auto report = verify_database(disk, folder, {});
  REQUIRE(report);
  return report->verdict;
}

} // namespace

TEST_CASE("a read-only open without a writer does not depend on the committed mark") {
  const test::temp_folder folder;
  const auto path = folder / "db";
  make(path, 20);
  const auto before = content_of(path);
  for (const std::streamoff slot : {0, 2048}) { // either slot, then both
    flip(path + "/wal/committed", slot + 40);
    CHECK(must_open(path, {.read_only = true}).view().value().basis() == tx_number(20));
  }
  fs::remove(path + "/wal/committed");
  CHECK(must_open(path, {.read_only = true}).view().value().basis() == tx_number(20));
  CHECK(content_of(path).size() == before.size() - 1); // nothing was written
  CHECK(verdict_of(path) == log_verdict::intact);
}

TEST_CASE("a read-only open beside a writer refuses a mark that lags behind the log") {
  const test::temp_folder folder;
  const auto path = folder / "db";
  auto db = must_open(path);
  for (int i = 0; i < 20; ++i)
    REQUIRE(db.transact(ada));
  CHECK(must_open(path, {.read_only = true}).view().value().basis() == tx_number(20));
  const auto mark = *read_mark(*std::make_unique<posix_disk>(), path + "/wal/committed");
  REQUIRE(mark);
  const std::streamoff newest = mark->generation % 2 == 0 ? 0 : 2048;
  while (verify_database(*std::make_unique<posix_disk>(), path, {})->proven.get() < 20)
    std::this_thread::yield(); // until the idle log proves its end without the mark
  flip(path + "/wal/committed", newest + 40);
  posix_disk disk;
  const auto refused = database::open(path, {.read_only = true});
  if (refused) // no marker yet: what the log proves is there
    CHECK(refused->view().value().basis().get() >= 19);
  else
    CHECK(refused.error().code == errc::locked);
  flip(path + "/wal/committed", 2048 - newest + 40);
  CHECK(error_of(path, {.read_only = true}) == errc::locked);
  REQUIRE(db.close());
  CHECK(must_open(path, {.read_only = true}).view().value().basis() == tx_number(20));
}

TEST_CASE("another database's log is refused by readers, writers and verify") {
  const test::temp_folder folder;
  make(folder / "a", 3);
  make(folder / "b", 5);
  fs::remove_all(folder / "a/wal");
  fs::copy(folder / "b/wal", folder / "a/wal");
  for (const bool with_mark : {true, false}) {
    if (!with_mark)
      fs::remove(folder / "a/wal/committed");
    CHECK(error_of(folder / "a", {.read_only = true}) == errc::database_mismatch);
    CHECK(error_of(folder / "a") == errc::database_mismatch);
    CHECK(verdict_of(folder / "a") == log_verdict::rotten);
  }
  posix_disk disk;
  CHECK(log_reader::open(disk, folder / "a/wal", log_owner{{{1, 2}}, shard_id(0)}).error().code ==
        errc::database_mismatch);
}

TEST_CASE("a log without its segments is refused, also when nothing else says that it had any") {
  const test::temp_folder folder;
  make(folder / "db", 3);
  for (const auto& one : fs::directory_iterator(folder / "db/wal"))
    fs::remove(one.path());
  CHECK(error_of(folder / "db", {.read_only = true}) == errc::log_corrupt);
  CHECK(error_of(folder / "db") == errc::log_corrupt);
  fs::remove_all(folder / "db/wal");
  CHECK(error_of(folder / "db", {.read_only = true}) == errc::log_corrupt);
  CHECK(error_of(folder / "db") == errc::log_corrupt);
}

TEST_CASE("verify judges by the hard state, as an open does") {
  const test::temp_folder folder;
  const auto path = folder / "db";
  make(path, 1);
  make(path, 0); // opened again: the hard state proves entry 1
  fs::remove(path + "/wal/committed");
  std::string segment;
  for (const auto& one : fs::directory_iterator(path + "/wal"))
    if (sequence_of_name(one.path().filename().string()))
      segment = one.path().string();
  flip(segment, segment_header_bytes + 4); // the header of the batch that holds it
  CHECK(verdict_of(path) == log_verdict::rotten);
  CHECK(error_of(path) == errc::log_corrupt);
  CHECK(error_of(path, {.read_only = true}) == errc::log_corrupt);
  flip(segment, segment_header_bytes + 4);
  CHECK(verdict_of(path) == log_verdict::intact);
  flip(path + "/hardstate", 30);
  flip(path + "/hardstate", hard_state_block_bytes + 30);
  CHECK(verdict_of(path) == log_verdict::rotten);
  flip(path + "/hardstate", 30);
  flip(path + "/hardstate", hard_state_block_bytes + 30);
  CHECK(verdict_of(path) == log_verdict::intact);
  fs::remove(path + "/VERSION");
  CHECK(verdict_of(path) == log_verdict::rotten);
}

TEST_CASE("a database that lost VERSION is refused and not touched") {
  const test::temp_folder folder;
  for (const bool with_log : {true, false}) {
    const auto path = folder / (with_log ? "log" : "state");
    make(path, 2);
    fs::remove(path + "/VERSION");
    fs::remove_all(path + (with_log ? "/hardstate" : "/wal"));
    const auto before = content_of(path);
    CHECK(error_of(path) == errc::not_a_database);
    CHECK(content_of(path) == before);
  }
}

TEST_CASE("a creation that failed anywhere is finished by the next one") {
  const test::temp_folder folder;
  test::switch_disk disk;
  std::uint64_t syncs = 0;
  for (bool failed = true; failed && syncs < 100; ++syncs) {
    const auto path = folder / std::to_string(syncs);
    disk.syncs = 0;
    disk.syncs_until_failure = syncs;
    const auto made = database::open(path, {.disk = &disk});
    failed = !made;
    disk.syncs_until_failure = UINT64_MAX;
    if (failed)
      CHECK(must_open(path).transact(ada));
  }
  CHECK(syncs > 5);
}

TEST_CASE("of two that create at once, the later one opens, and slashes do not matter") {
  const test::temp_folder folder;
  const auto path = folder / "db";
  test::switch_disk disk;
  disk.before_lock = [&] { make(path, 3); };
  auto db = must_open(path + "//", {.disk = &disk});
  CHECK(db.view().value().basis() == tx_number(3));
}
