#include "weft/persistence/wal/log_reader.hpp"

#include "support/log_fixture.hpp"
#include "support/temporary_folder.hpp"

#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <thread>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

std::unique_ptr<segment_log> open_log(disk& on, const std::string& folder = "wal",
                                      log_options options = small_log()) {
  auto log = segment_log::open(on, folder, std::move(options));
  REQUIRE(log);
  return std::move(*log);
}

std::uint64_t count_all(log_reader& reader) {
  std::uint64_t n = 0;
  for (;;) {
    const auto entry = reader.next();
    INFO((entry ? "" : entry.error().to_string()));
    REQUIRE(entry);
    if (!*entry)
      return n;
    ++n;
  }
}

} // namespace

TEST_CASE("a folder without a log is no database to a reader") {
  memory_disk disk;
  CHECK(log_reader::open(disk, "wal").error().code == errc::not_a_database);
  REQUIRE(disk.make_folder("wal"));
  CHECK(log_reader::open(disk, "wal").error().code == errc::not_a_database);
}

TEST_CASE("a reader sees nothing before anything is committed") {
  memory_disk disk;
  auto log = open_log(disk);
  REQUIRE(append_one(*log));
  REQUIRE(log->sync());
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK_FALSE(*(*reader)->next());
  CHECK_FALSE(*(*reader)->committed());
  CHECK((*reader)->fetch(tx_number(1)).error().code == errc::basis_ahead);
  CHECK(log->publish_committed(log_index(2)).error().code == errc::invalid_argument);
}

TEST_CASE("a reader goes on to where a log that nobody writes is known to end") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 3);
  const auto end = log->last();
  REQUIRE(disk.remove("wal/committed"));
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK_FALSE(*(*reader)->next());
  (*reader)->extend_to(end);
  CHECK((*reader)->fetch(tx_number(3)));
  REQUIRE((*reader)->seek_after(tx_number(0)));
  CHECK(count_all(**reader) == 3);
  CHECK((*reader)->fetch(tx_number(4)).error().code == errc::basis_ahead);
}

TEST_CASE("a mark behind what is known takes nothing back, one ahead of it leads on") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 2);
  REQUIRE(append_one(*log));
  REQUIRE(log->sync());
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  (*reader)->extend_to(log->last());
  CHECK(count_all(**reader) == 3);
  CHECK((*reader)->fetch(tx_number(3)));
  commit(*log, 1);
  CHECK(count_all(**reader) == 1);
}

TEST_CASE("a reader stands where it is told, and says when that is gone") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 400);
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK((*reader)->seek_after(tx_number(0)));
  CHECK((*(*reader)->next())->position.t == tx_number(1));
  CHECK((*reader)->seek_after(tx_number(399)));
  CHECK((*(*reader)->next())->position.t == tx_number(400));
  CHECK_FALSE(*(*reader)->next());
  CHECK((*reader)->seek_after(tx_number(400))); // where it stands
  CHECK_FALSE(*(*reader)->next());
  CHECK((*reader)->seek_after(tx_number(200)));
  CHECK((*reader)->seek_after(tx_number(200)));
  CHECK((*(*reader)->next())->position.t == tx_number(201));
  CHECK((*reader)->seek_after(tx_number(401)).error().code == errc::basis_ahead);
  REQUIRE(log->drop_before(log_index(400)));
  CHECK(log->first_index() > log_index(1));
  for (const std::uint64_t t : {0U, 3U}) {
    const auto gone = (*reader)->seek_after(tx_number(t));
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == errc::log_pruned);
    CHECK(gone.error().field("earliest") == std::to_string(log->first_index().get()));
  }
  REQUIRE((*reader)->seek_after(tx_number(log->first_index().get() - 1)));
  CHECK(count_all(**reader) == 400 - log->first_index().get() + 1);
}

TEST_CASE("a reader stands at the mark without reading what is before it") {
  const std::size_t size = GENERATE(1U, 5U, 20U);
  memory_disk disk;
  auto log = open_log(disk);
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK((*reader)->seek_to_mark().error().code == errc::basis_ahead);
  commit(*log, 30, size);
  REQUIRE((*reader)->seek_to_mark());
  CHECK((*reader)->position() == log->durable());
  CHECK_FALSE(*(*reader)->next());
  for (const std::size_t more : {1U, 100U}) { // in the same segment, and in others
    commit(*log, more, size);
    CHECK(count_all(**reader) == more);
    CHECK((*reader)->position() == log->durable());
    REQUIRE((*reader)->seek_to_mark());
  }
}

TEST_CASE("a mark inside a batch is a place, too") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 2);
  const test_entry first(log->last(), 20);
  const auto between = advance(log->last(), first.entry.kind, first.entry.term, first.payload);
  const test_entry second(between, 20);
  const std::array<log_entry, 2> both{first.entry, second.entry};
  REQUIRE(log->append(both));
  REQUIRE(log->sync());
  REQUIRE(log->publish_committed(between.index));
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  REQUIRE((*reader)->seek_to_mark());
  CHECK((*reader)->position() == between);
  CHECK_FALSE(*(*reader)->next());
  REQUIRE(log->publish_committed(log->durable().index));
  CHECK((*(*reader)->next())->position == log->durable());
  CHECK_FALSE(*(*reader)->next());
}

TEST_CASE("entries that are no transactions are read again by who seeks to the one before them") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 3);
  const auto before = log->last();
  const bytes payload = "a cursor";
  const log_entry control{entry_kind::cursor, before.term, before.index.next(), before.t, payload};
  REQUIRE(log->append({&control, 1}));
  REQUIRE(log->sync());
  REQUIRE(log->publish_committed(log->durable().index));
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  for (int i = 0; i < 2; ++i) { // then it stands behind the control entry, at the same t
    REQUIRE((*reader)->seek_after(tx_number(3)));
    const auto next = (*reader)->next();
    REQUIRE(next);
    REQUIRE(*next);
    CHECK((*next)->kind == entry_kind::cursor);
    CHECK_FALSE(*(*reader)->next());
  }
}

TEST_CASE("a reader that told of damage tells of it again, and is not led past it") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 4);
  std::vector<std::pair<std::string, std::uint64_t>> places;
  REQUIRE(verify_log(
      disk, "wal",
      {{}, [&](const log_line& line) { places.emplace_back(line.segment, line.offset); }, {}}));
  disk.damage(places[1].first, [at = places[1].second + entry_header_bytes](bytes& b) {
    b[at] = static_cast<char>(~b[at]);
  });
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  for (int i = 0; i < 3; ++i) {
    REQUIRE((*reader)->seek_after(tx_number(1)));
    const auto next = (*reader)->next();
    REQUIRE_FALSE(next);
    CHECK(next.error().code == errc::log_corrupt);
  }
  CHECK((*reader)->seek_after(tx_number(2)).error().code == errc::log_corrupt);
}

TEST_CASE("a reader that is overtaken by recycling says so and never tells wrong bytes") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 50);
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  REQUIRE(*(*reader)->next());
  for (int i = 0; i < 20; ++i) {
    commit(*log, 100);
    REQUIRE(log->drop_before(log->committed().index));
  }
  const auto next = (*reader)->next();
  // What the reader had buffered may still be told; then it is behind.
  std::uint64_t t = 1;
  auto now = next;
  while (now && *now) {
    CHECK((*now)->position.t == tx_number(++t));
    now = (*reader)->next();
  }
  REQUIRE_FALSE(now);
  CHECK(now.error().code == errc::log_pruned);
  for (int i = 0; i < 3; ++i) { // and stays so, until it is told where to stand
    const auto again = (*reader)->next();
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::log_pruned);
  }
  REQUIRE((*reader)->fetch(tx_number(log->first_index().get())));
  CHECK(count_all(**reader) == log->last().index.get() - log->first_index().get());
}

TEST_CASE("a reader follows through restarts of the writer") {
  memory_disk disk;
  std::unique_ptr<log_reader> reader;
  std::uint64_t total = 0;
  for (int run = 0; run < 5; ++run) {
    auto log = open_log(disk, "wal", small_log(static_cast<std::uint64_t>(run) + 50));
    if (!reader)
      reader = std::move(*log_reader::open(disk, "wal"));
    commit(*log, 30);
    total += 30;
    CHECK(count_all(*reader) == 30);
    CHECK(reader->position().t == tx_number(total));
    CHECK(reader->position() == log->last());
    // The tail of one run is rewritten by the next; what was not committed is never told.
    REQUIRE(append_one(*log));
    REQUIRE(log->sync());
    CHECK(count_all(*reader) == 0);
    ++total;
    if (run % 2 == 0) {
      REQUIRE(log->publish_committed(log->durable().index));
      CHECK(count_all(*reader) == 1);
    } else {
      log.reset();
      log = open_log(disk, "wal", small_log(static_cast<std::uint64_t>(run) + 90));
      REQUIRE(log->publish_committed(log->last().index));
      CHECK(count_all(*reader) == 1);
    }
  }
}

TEST_CASE("entries that were void are never told, even to a reader that was near") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 3);
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK(count_all(**reader) == 3);
  for (int i = 0; i < 3; ++i)
    REQUIRE(append_one(*log, 10));
  REQUIRE(log->sync());
  REQUIRE(log->seal_before(log_index(4)));
  CHECK(log->last().index == log_index(3));
  REQUIRE(append_one(*log, 44));
  REQUIRE(log->sync());
  REQUIRE(log->publish_committed(log_index(4)));
  const auto entry = (*reader)->next();
  REQUIRE(entry);
  REQUIRE(*entry);
  CHECK((*entry)->payload == payload_of(4, 44));
}

TEST_CASE("offsets are remembered every sparse_offset_bytes") {
  memory_disk disk;
  auto log = open_log(disk, "wal", small_log(1, 16 * limits::sparse_offset_bytes));
  const auto transactions = 6 * limits::sparse_offset_bytes / 1000;
  commit(*log, transactions, 1000);
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK(count_all(**reader) == transactions);
  for (std::uint64_t t = transactions; t > 0; t -= 13) {
    const auto entry = (*reader)->fetch(tx_number(t));
    REQUIRE(entry);
    CHECK(entry->payload == payload_of(t, 1000));
    if (t < 13)
      break;
  }
}

TEST_CASE("a reader in another thread follows a real log") {
  temporary_folder folder;
  posix_disk disk;
  const auto path = join(folder.path(), "wal");
  auto options = small_log(1, 16384);
  auto log = open_log(disk, path, options);
  constexpr std::uint64_t transactions = 1500;
  std::string problem;
  std::thread follower([&] {
    posix_disk own;
    auto reader = log_reader::open(own, path);
    std::uint64_t t = 0;
    while (reader && t < transactions && problem.empty()) {
      const auto entry = (*reader)->next();
      if (!entry)
        problem = entry.error().to_string();
      else if (*entry && ((*entry)->position.t.get() != ++t || (*entry)->payload != payload_of(t)))
        problem = "wrong entry";
    }
    if (!reader)
      problem = reader.error().to_string();
  });
  for (std::uint64_t i = 0; i < transactions; ++i) {
    if (i % 100 == 0)
      CHECK(log->prepare_next());
    commit(*log, 1);
  }
  follower.join();
  CHECK(problem.empty());
}
