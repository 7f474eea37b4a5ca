// Where a poller may begin, and what it hears when the log is not there, or is another one.
#include "polled_database.hpp"

#include "weft/persistence/shard/opened_shard.hpp"

#include <limits>

using namespace weft;
using namespace weft::test;
using persistence::memory_disk;

namespace {

errc code_of(change_poller poller) {
  const auto found = poller.poll();
  return found ? errc{} : found.error().code;
}

/// Removes what a writer would remove that keeps nothing older; t of the oldest that is left.
std::uint64_t drop_old(memory_disk& disk, std::uint64_t before) {
  memory_index index;
  auto opened = persistence::open_shard(
      disk, "db", index, {.clock = [] { return instant(1); }, .segment_bytes = 5120});
  REQUIRE(opened);
  REQUIRE(opened->log->drop_before(log_index(before)));
  const auto first = opened->log->first_index().get();
  REQUIRE(opened->log->close());
  REQUIRE(first > 1);
  return first; // all entries are transactions
}

cursor cursor_at(polled_database& db, std::uint64_t t) {
  auto poller = db.poller_from(t - 1).with_batch_limit(1);
  return must_poll(poller).next_cursor;
}

} // namespace

TEST_CASE("a poller begins after the t that it is given") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(100);
  for (const std::uint64_t t : {0U, 1U, 50U, 99U, 100U}) {
    auto poller = db.poller_from(t);
    CHECK(poller.last_sequence().get() == t);
    CHECK(follow(must_poll(poller), t) == 100);
  }
}

TEST_CASE("a t that is not there yet is cursor_ahead, however large") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  for (const std::uint64_t t :
       {std::uint64_t{4}, limits::transactions_max, std::numeric_limits<std::uint64_t>::max()}) {
    auto poller = db.poller_from(t);
    const auto found = poller.poll();
    REQUIRE_FALSE(found);
    CHECK(found.error().code == errc::cursor_ahead);
    CHECK(found.error().field("head") == "3");
    CHECK(poller.last_sequence().get() == t);
  }
  auto waits = db.poller_from(4);
  CHECK(waits.poll().error().code == errc::cursor_ahead);
  db.commit(2);
  CHECK(follow(must_poll(waits), 4) == 5); // when it is there, it goes on
}

TEST_CASE("a cursor is checked before anything is read") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(40);
  const auto good = cursor_at(db, 20);
  auto poller = db.poller_from(good);
  CHECK(follow(must_poll(poller), 20) == 40);

  auto bad = good;
  bad.shards[0].hash ^= 1U;
  CHECK(code_of(db.poller_from(bad)) == errc::cursor_diverged);
  bad = cursor_at(db, 40); // without a read of the log
  bad.shards[0].hash ^= 1U;
  CHECK(code_of(db.poller_from(bad)) == errc::cursor_diverged);
  bad = good;
  bad.database.value.low ^= 1U;
  CHECK(code_of(db.poller_from(bad)) == errc::cursor_invalid);
  bad = good;
  ++bad.lineage;
  CHECK(code_of(db.poller_from(bad)) == errc::cursor_diverged);
  bad = good;
  bad.shards[0].shard = shard_id(1);
  CHECK(code_of(db.poller_from(bad)) == errc::cursor_invalid);
  bad = good;
  bad.shards.clear();
  CHECK(code_of(db.poller_from(bad)) == errc::cursor_invalid);
}

TEST_CASE("a place that the log does not hold any more is cursor_too_old, and says what it holds") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(100);
  auto slow = db.poller().with_batch_limit(2);
  CHECK(follow(must_poll(slow), 0) == 2);
  const auto old = cursor_at(db, 2);
  db.close();
  const auto first = drop_old(disk, 60);
  std::uint64_t at = 2;
  auto found = slow.poll();
  for (; found; found = slow.poll()) // the file that it has open
    at = follow(*found, at);
  CHECK(found.error().code == errc::cursor_too_old);
  CHECK(found.error().field("earliest") == std::to_string(first));
  CHECK(slow.last_sequence().get() == at);
  CHECK(at + 1 < first);
  CHECK(code_of(db.poller()) == errc::cursor_too_old);
  CHECK(code_of(db.poller_from(old)) == errc::cursor_too_old);
  CHECK(code_of(db.poller_from(first).with_names()) == errc::cursor_too_old);
  auto oldest = db.poller_from(first - 1);
  CHECK(follow(must_poll(oldest), first - 1) == 100);
}

TEST_CASE("damage ends what a poll returns, the next one tells of it, and nothing is skipped") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(2);
  const auto last = db.text(30);
  db.commit(1, 30);
  bool is_damaged = false;
  for (const auto& [path, content] : disk.live_image().files)
    if (const auto at = content.find(last); at != bytes::npos && path.ends_with(".seg")) {
      disk.damage(path, [at](bytes& all) { all[at] = ' '; });
      is_damaged = true;
    }
  REQUIRE(is_damaged);
  auto poller = db.poller();
  const auto found = must_poll(poller);
  CHECK(follow(found, 0) == 2);
  CHECK(found.more);
  for (int i = 0; i < 2; ++i) {
    CHECK(poller.poll().error().code == errc::log_corrupt);
    CHECK(poller.last_sequence() == tx_number(2));
  }
}

TEST_CASE("a poller notices that its database is another one now") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(5);
  auto poller = db.poller();
  CHECK(follow(must_poll(poller), 0) == 5);
  const auto old = disk.live_image();
  db.commit(5);
  auto further = db.poller();
  CHECK(follow(must_poll(further), 0) == 10);
  db.close();

  memory_disk restored(old); // an older copy of its files
  auto lost = db.poller_from(must_poll(further).next_cursor).on(restored);
  CHECK(lost.poll().error().code == errc::cursor_ahead);
  polled_database again(restored);
  again.commit(10);
  CHECK(lost.poll().error().code == errc::cursor_diverged);
  auto same = again.poller_from(cursor_at(db, 5));
  CHECK(follow(must_poll(same), 5) == 15);

  memory_disk other;
  polled_database stranger(other);
  stranger.commit(20);
  auto moved = db.poller_from(cursor_at(db, 5)).on(other);
  CHECK(moved.poll().error().code == errc::cursor_invalid);
}

TEST_CASE("files that are replaced under a poller are looked at anew") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  const auto old = disk.live_image();
  db.commit(4);
  auto poller = db.poller();
  CHECK(follow(must_poll(poller), 0) == 7);
  db.close();
  for (const auto& [path, content] : disk.live_image().files)
    if (!old.files.contains(path))
      REQUIRE(disk.remove(path));
  for (const auto& [path, content] : old.files)
    disk.damage(path, [&](bytes& all) { all = content; });
  CHECK(poller.poll().error().code == errc::cursor_ahead);
  db.open();
  db.commit(8); // other transactions from 4 on
  CHECK(poller.poll().error().code == errc::cursor_diverged);
  CHECK(poller.last_sequence() == tx_number(7));
}
