// Polling: everything once and in order, whatever the writer does meanwhile.
#include "weft/persistence/poller/change_poller.hpp"

#include "polled_database.hpp"

#include <atomic>
#include <random>

using namespace weft;
using namespace weft::test;
using persistence::memory_disk;

namespace {

/// Counts what is read of the log; a database that is open reads nothing of it.
class counting_disk final : public memory_disk {
 public:
  std::atomic<std::uint64_t> bytes_read = 0;

 private:
  persistence::disk_verdict admit(const persistence::disk_operation& op) override {
    if (op.call == persistence::disk_call::read)
      bytes_read += op.bytes_count;
    return {};
  }
};

} // namespace

TEST_CASE("a poller gets every transaction once, in order, and says what is left") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(10);
  auto poller = db.poller().with_batch_limit(4);
  CHECK(poller.last_sequence() == tx_number(0));
  std::uint64_t at = 0;
  for (const std::size_t expected : {4U, 4U, 2U, 0U}) {
    const auto found = must_poll(poller);
    CHECK(found.events.size() == expected);
    at = follow(found, at);
    CHECK(found.head == tx_number(10));
    CHECK(poller.last_sequence().get() == at);
  }
  db.commit(3);
  at = follow(must_poll(poller), at);
  CHECK(at == 13);
}

TEST_CASE("events are what was committed: instant, chain and datoms") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(1);
  const auto said = db.text(3);
  db.commit(1, 3);
  auto poller = db.poller().with_names();
  const auto found = must_poll(poller);
  REQUIRE(found.events.size() == 2);
  const auto& last = found.events.back();
  CHECK(last.cursor() == found.next_cursor);
  CHECK(last.when().get() > found.events.front().when().get());
  CHECK(short_hash(last.chain()) == found.next_cursor.shards[0].hash);
  const auto datoms = last.datoms();
  REQUIRE(datoms);
  REQUIRE(datoms->size() == 2);
  CHECK(last.name_of((*datoms)[0].attribute) == "n/number");
  CHECK((*datoms)[0].value.as_long() == 2);
  CHECK((*datoms)[1].value.as_bytes() == said);
}

TEST_CASE("limit 0 tells the head and moves nothing") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  auto poller = db.poller_from(1).with_batch_limit(0);
  for (int i = 0; i < 2; ++i) {
    const auto found = must_poll(poller);
    CHECK(found.events.empty());
    CHECK(found.head == tx_number(3));
    CHECK(found.more);
    CHECK(found.next_cursor.at(shard_id(0))->t == tx_number(1));
  }
  CHECK(poller.last_sequence() == tx_number(1));
  auto at_head = db.poller_from(3).with_batch_limit(0);
  CHECK_FALSE(must_poll(at_head).more);
}

TEST_CASE("a thousand events are told at once when nothing else is asked for") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(limits::poll_batch_default + 1);
  auto poller = db.poller();
  const auto found = must_poll(poller);
  CHECK(found.events.size() == limits::poll_batch_default);
  CHECK(limits::poll_batch_default == 1000);
  CHECK(found.more);
  CHECK(must_poll(poller).events.size() == 1);
}

TEST_CASE("a poll takes so many bytes and no more, but one record always") {
  memory_disk disk;
  polled_database db(disk);
  constexpr std::size_t large = 900U << 10U;
  db.commit(30, large);
  auto poller = db.poller();
  const auto first = must_poll(poller);
  std::size_t bytes_count = 0;
  for (const auto& event : first.events)
    bytes_count += event.payload().size();
  CHECK(bytes_count >= limits::poll_bytes_max);
  CHECK(bytes_count - first.events.back().payload().size() < limits::poll_bytes_max);
  CHECK(first.more);
  const auto at = follow(first, 0);
  CHECK(follow(must_poll(poller), at) == 30);
}

TEST_CASE("a poller of an empty database finds nothing") {
  memory_disk disk;
  polled_database db(disk);
  auto poller = db.poller();
  const auto found = must_poll(poller);
  CHECK(found.events.empty());
  CHECK_FALSE(found.more);
  CHECK(found.head == tx_number(0));
  CHECK(found.next_cursor.valid());
  db.commit(1);
  auto resumed = db.poller_from(found.next_cursor);
  CHECK(follow(must_poll(resumed), 0) == 1);
  CHECK(follow(must_poll(poller), 0) == 1);
}

TEST_CASE("a database that is made later is found then") {
  memory_disk disk;
  auto poller = change_poller("db").on(disk);
  CHECK(poller.poll().error().code == errc::not_a_database);
  polled_database db(disk);
  db.commit(2);
  CHECK(follow(must_poll(poller), 0) == 2);
}

TEST_CASE("names are known from wherever a poller begins, and change with the schema") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(20);
  const auto name_of_first = [](const wal_batch& event) {
    return std::string(event.name_of((*event.datoms())[0].attribute));
  };
  auto named = db.poller_from(15).with_names();
  CHECK(name_of_first(must_poll(named).events.front()) == "n/number");
  auto plain = db.poller_from(15);
  CHECK(name_of_first(must_poll(plain).events.front()).empty());
}

TEST_CASE("an attribute has its name from the transaction on that declares it") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(3);
  db.say("m/other", 7);
  db.commit(1);
  db.say("m/other", 8);
  auto poller = db.poller_from(2).with_names();
  const auto found = must_poll(poller);
  REQUIRE(found.events.size() == 4);
  const auto names = [&](std::size_t i) {
    std::vector<std::string> out;
    const auto datoms = found.events[i].datoms();
    for (const auto& d : datoms.value())
      out.emplace_back(found.events[i].name_of(d.attribute));
    return out;
  };
  CHECK(names(0) == std::vector<std::string>{"n/number", "n/text"});
  CHECK(found.events[0].schema()->find("m/other") == nullptr);
  CHECK(names(1).back() == "m/other");
  CHECK(names(3) == std::vector<std::string>{"m/other"});
}

TEST_CASE("a poller that has polled can be asked for names") {
  memory_disk disk;
  polled_database db(disk);
  db.commit(5);
  auto poller = db.poller().with_batch_limit(3);
  CHECK(must_poll(poller).events.front().schema()->find("n/number") == nullptr);
  poller = std::move(poller).with_names().with_batch_limit(1);
  const auto found = must_poll(poller);
  CHECK(follow(found, 3) == 4);
  CHECK(found.events.front().schema()->find("n/number") != nullptr);
}

TEST_CASE("caught up, a poll reads the mark and nothing else, however long the log is") {
  for (const std::size_t length : {10U, 1000U}) {
    counting_disk disk;
    polled_database db(disk);
    db.commit(length);
    auto poller = db.poller_from(length);
    static_cast<void>(must_poll(poller));
    const std::uint64_t before = disk.bytes_read;
    CHECK(must_poll(poller).events.empty());
    CHECK(disk.bytes_read - before == 2 * 4096); // twice the mark
    db.commit(1);
    const std::uint64_t behind = disk.bytes_read;
    CHECK(must_poll(poller).events.size() == 1);
    CHECK(disk.bytes_read - behind < 64U << 10U); // where it stood was known: not the segment
  }
}

TEST_CASE("whatever a writer does, each poller sees the log, each t exactly once") {
  const auto seed = GENERATE(range(1U, 13U));
  INFO("seed " << seed);
  std::minstd_rand random(seed);
  const auto upto = [&](unsigned n) { return static_cast<std::size_t>(random() % n); };
  memory_disk disk;
  polled_database db(disk);
  bool is_open = true;
  struct follower {
    change_poller poller;
    std::uint64_t at = 0;
  };
  std::vector<follower> all;
  for (int i = 0; i < 4; ++i)
    all.push_back({db.poller().with_batch_limit(1 + upto(30)), 0});
  all.back().poller = std::move(all.back().poller).with_names();
  std::vector<cursor> seen(1); // by t
  std::uint64_t head = 0;
  for (int step = 0; step < 120; ++step) {
    if (const auto what = upto(10); what < 5 && is_open) {
      db.commit(1 + upto(20), upto(400));
      head = db.head();
    } else if (what == 5) {
      is_open ? db.close() : db.open();
      is_open = !is_open;
    }
    auto& one = all[upto(4)];
    const auto found = must_poll(one.poller);
    one.at = follow(found, one.at);
    for (const auto& event : found.events) {
      const auto t = event.t().get();
      if (t >= seen.size())
        seen.push_back(event.cursor());
      REQUIRE(t < seen.size());
      CHECK(event.cursor() == seen[t]);
    }
    if (upto(4) == 0) // another process goes on
      one.poller = db.poller_from(found.next_cursor).with_batch_limit(1 + upto(30));
  }
  for (auto& one : all) {
    while (must_poll(one.poller).more)
      ; // to the end
    CHECK(one.poller.last_sequence().get() == head);
  }
}
