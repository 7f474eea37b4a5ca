// Where a poller may begin, and what it hears when the log is not there, or is another one.
#include "polled_database.hpp"

#include "weft/core/stream/cursor_log.hpp"
#include "weft/persistence/shard/opened_shard.hpp"

#include <functional>
#include <limits>
#include <utility>

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

TEST_CASE("a record that cannot be read is not passed over") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  db.close();
  {
    memory_index index;
    auto opened = persistence::open_shard(
        disk, "db", index, {.clock = [] { return instant(1); }, .segment_bytes = 5120});
    REQUIRE(opened);
    auto& log = *opened->log;
    for (const std::size_t left_out : {1U, 0U}) { // the first of two is cut short
      auto payload =
          encode_record({.t = log.last().t.next(), .when = instant(1), .shard = shard_id(0)})
              .value();
      payload.resize(payload.size() - left_out);
      const log_entry one{entry_kind::transaction, opened->hard.current().term,
                          log.last().index.next(), log.last().t.next(), payload};
      REQUIRE(log.append({&one, 1}));
    }
    REQUIRE(log.sync());
    REQUIRE(log.publish_committed(log.durable().index));
    REQUIRE(log.close());
  }
  auto poller = db.poller().with_names();
  CHECK(follow(must_poll(poller), 0) == 3);
  for (int i = 0; i < 2; ++i) {
    CHECK(poller.poll().error().code == errc::malformed_record);
    CHECK(poller.last_sequence() == tx_number(3));
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

namespace {

/// Makes the files those of an older copy.
void restore(memory_disk& disk, const persistence::disk_image& copy) {
  for (const auto& [path, content] : disk.live_image().files)
    if (!copy.files.contains(path))
      REQUIRE(disk.remove(path));
  for (const auto& [path, content] : copy.files) {
    if (!disk.exists(path).value())
      REQUIRE(disk.open(path, persistence::open_mode::create));
    disk.damage(path, [&](bytes& all) { all = content; });
  }
}

} // namespace

TEST_CASE("files that are replaced under a poller are looked at anew") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  const auto old = disk.live_image();
  db.commit(4);
  auto poller = db.poller();
  CHECK(follow(must_poll(poller), 0) == 7);
  db.close();
  restore(disk, old);
  CHECK(poller.poll().error().code == errc::cursor_ahead);
  db.open();
  db.commit(8); // other transactions from 4 on
  CHECK(poller.poll().error().code == errc::cursor_diverged);
  CHECK(poller.last_sequence() == tx_number(7));
}

TEST_CASE("another history is noticed wherever its segments begin") {
  const std::size_t between = GENERATE(range(std::size_t{1}, std::size_t{25}));
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  const auto old = disk.live_image();
  db.commit(between);
  auto poller = db.poller();
  const auto at = follow(must_poll(poller), 0);
  db.close();
  restore(disk, old);
  db.open();
  for (std::size_t i = 0; i < between; ++i) // as many of the other history, one open for each
    db.commit(1), db.close(), db.open();
  CHECK(db.head() == at);
  db.commit(30);
  const auto found = poller.poll(); // it did not see the log shorter than it was
  REQUIRE_FALSE(found);
  CHECK(found.error().code == errc::cursor_diverged);
  CHECK(poller.last_sequence().get() == at);
}

namespace {

/// Does something once, before a file of the log is opened.
class meddled_disk final : public memory_disk {
 public:
  std::function<void()> before_segment;

 private:
  persistence::disk_verdict admit(const persistence::disk_operation& op) override {
    if (op.call == persistence::disk_call::open && op.path.ends_with(".seg") && before_segment &&
        left_-- == 0)
      std::exchange(before_segment, {})();
    return {};
  }

 public:
  int left_ = 0; ///< segments that are opened before
};

} // namespace

TEST_CASE("a writer that opens while a poller does renames what the poller has seen") {
  const int opened_before = GENERATE(range(0, 6));
  const std::uint64_t from = GENERATE(0U, 2U, 4U);
  const bool named = GENERATE(false, true);
  meddled_disk disk;
  polled_database db(disk);
  db.commit(4);
  db.close();
  bool is_renamed = false;
  disk.left_ = opened_before;
  disk.before_segment = [&] {
    is_renamed = true;
    memory_index index;
    auto opened = persistence::open_shard(
        disk, "db", index, {.clock = [] { return instant(1); }, .segment_bytes = 5120});
    REQUIRE(opened);
    REQUIRE(opened->log->close());
  };
  auto poller = db.poller_from(from);
  if (named)
    poller = std::move(poller).with_names();
  CHECK(follow(must_poll(poller), from) == 4);
  CHECK((is_renamed || opened_before > 1));
}

TEST_CASE("entries that are no transactions are passed over, also where the mark is on one") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  db.close();
  const bytes payload = stream::encode_cursor_entry({"name", tx_number(2), 0});
  const auto add_cursor = [&] {
    memory_index index;
    auto opened = persistence::open_shard(
        disk, "db", index, {.clock = [] { return instant(1); }, .segment_bytes = 5120});
    REQUIRE(opened);
    auto& log = *opened->log;
    const log_entry control{entry_kind::cursor, opened->hard.current().term,
                            log.last().index.next(), log.last().t, payload};
    REQUIRE(log.append({&control, 1}));
    REQUIRE(log.sync());
    REQUIRE(log.publish_committed(log.durable().index));
    REQUIRE(log.close());
  };
  add_cursor();
  auto behind = db.poller_from(2);
  auto caught_up = db.poller_from(3);
  CHECK(follow(must_poll(behind), 2) == 3);
  CHECK(follow(must_poll(caught_up), 3) == 3);
  CHECK_FALSE(must_poll(caught_up).more);
  add_cursor();
  CHECK(must_poll(caught_up).events.empty());
  db.open();
  db.commit(2);
  CHECK(follow(must_poll(caught_up), 3) == 5);
  CHECK(follow(must_poll(behind), 3) == 5);
}
