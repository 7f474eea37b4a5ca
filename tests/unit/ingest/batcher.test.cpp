#include "weft/core/ingest/batcher.hpp"

#include "support/catch.hpp"

using namespace weft;
using ingest::batcher;

namespace {

std::shared_ptr<const tx_request> fact(int number) {
  return std::make_shared<const tx_request>(
      tx_request{}.add(tempid("x" + std::to_string(number)), "item/n", number));
}

/// A batcher, its clock, and all that it said.
class world {
 public:
  explicit world(batcher::options how = {}) : machine(how) {}

  template <class Event>
  void step(const Event& what) {
    machine.step(what, {now, request_id{{++ids_}}}, said);
  }
  void offer(int number, std::optional<request_id> id = {}) {
    step(batcher::offered{static_cast<std::uint64_t>(number), fact(number), id, bytes_each});
  }
  void commit(std::uint64_t t) {
    step(batcher::answered{said.attempts.back().number, transacted{tx_number(t), {}, {}, {}}});
  }
  void fail_with(errc code) {
    step(batcher::answered{said.attempts.back().number, fail(code, "so it is")});
  }
  void wake() {
    REQUIRE(machine.next_wake_us());
    now = *machine.next_wake_us();
    step(batcher::tick{});
  }
  [[nodiscard]] std::size_t operations() const {
    return said.attempts.back().request->operations().size();
  }
  [[nodiscard]] errc last_error() const { return said.settled.back().outcome.error().code; }

  static constexpr std::size_t bytes_each = 100;
  batcher machine;
  batcher::effects said;
  std::int64_t now = 1'000'000;

 private:
  std::uint8_t ids_ = 0;
};

} // namespace

TEST_CASE("batcher: items wait for company, but not for long") {
  world w;
  w.offer(1);
  w.offer(2);
  CHECK(w.said.attempts.empty());
  REQUIRE(w.machine.next_wake_us() == w.now + limits::ingest_delay_us);
  w.now += limits::ingest_delay_us - 1;
  w.step(batcher::tick{});
  CHECK(w.said.attempts.empty());
  w.wake();
  REQUIRE(w.said.attempts.size() == 1);
  CHECK(w.operations() == 2);
  w.commit(7);
  REQUIRE(w.said.settled.size() == 2);
  CHECK(w.said.settled[0].ticket == 1);
  CHECK(w.said.settled[1].outcome->t == tx_number(7));
  CHECK(w.machine.is_idle());
  CHECK(w.machine.waiting_bytes() == 0);
  CHECK_FALSE(w.machine.next_wake_us());
}

TEST_CASE("batcher: one transaction at a time; what comes meanwhile is the next one") {
  world w({.batch_facts = 2, .delay_us = 10});
  for (int i = 1; i <= 5; ++i)
    w.offer(i);
  REQUIRE(w.said.attempts.size() == 1);
  CHECK(w.operations() == 2);
  CHECK_FALSE(w.machine.next_wake_us());
  w.commit(1);
  REQUIRE(w.said.attempts.size() == 2);
  w.commit(2);
  CHECK(w.said.attempts.size() == 2); // the fifth waits for company
  w.wake();
  CHECK(w.operations() == 1);
  CHECK(w.machine.counts().transactions == 2);
  CHECK(w.machine.counts().items == 4);
}

TEST_CASE("batcher: bytes fill a transaction, too, and the limits are the defaults") {
  world w({.batch_bytes = 2 * world::bytes_each});
  w.offer(1);
  CHECK(w.said.attempts.empty());
  w.offer(2);
  CHECK(w.said.attempts.size() == 1);
  const batcher::options usual;
  CHECK(usual.batch_facts == limits::ingest_batch_facts);
  CHECK(usual.batch_bytes == limits::ingest_batch_bytes);
  CHECK(usual.waiting_bytes_max == limits::ingest_waiting_bytes_max);
}

TEST_CASE("batcher: who is in a hurry does not wait for company") {
  world w;
  w.offer(1);
  w.step(batcher::hurry{});
  CHECK(w.said.attempts.size() == 1);
  w.offer(2);
  w.commit(1);
  CHECK(w.said.attempts.size() == 1);
}

TEST_CASE("batcher: an item with a request id of its own is a transaction of its own") {
  world w({.delay_us = 0});
  w.offer(1, request_id{{7}});
  REQUIRE(w.said.attempts.size() == 1);
  CHECK(w.said.attempts[0].id == request_id{{7}});
  w.offer(2);
  w.offer(3, request_id{{8}});
  w.offer(4);
  w.commit(1);
  CHECK(w.operations() == 1);
  w.commit(2);
  CHECK(w.said.attempts.back().id == request_id{{8}});
  w.commit(3);
  w.commit(4);
  REQUIRE(w.said.settled.size() == 4);
  for (std::uint64_t i = 0; i < 4; ++i)
    CHECK(w.said.settled[i].ticket == i + 1);
}

TEST_CASE("batcher: more than may wait is refused, and nothing else is harmed") {
  world w({.waiting_bytes_max = 2 * world::bytes_each, .patience_us = 1});
  w.offer(1);
  w.offer(2);
  w.offer(3);
  REQUIRE(w.said.settled.size() == 1);
  CHECK(w.said.settled[0].ticket == 3);
  CHECK(w.last_error() == errc::overloaded);
  w.wake();
  CHECK(w.operations() == 2);
  w.commit(1);
  w.offer(4);
  CHECK(w.machine.waiting_bytes() == world::bytes_each);
}

TEST_CASE("batcher: an item larger than all that may wait is let in alone") {
  world w({.delay_us = 0, .waiting_bytes_max = 1});
  w.offer(1);
  CHECK(w.said.attempts.size() == 1);
  w.offer(2);
  CHECK(w.last_error() == errc::overloaded);
}

TEST_CASE("batcher: of several, the one that is wrong is refused, in order") {
  world w({.batch_facts = 8});
  for (int i = 1; i <= 8; ++i)
    w.offer(i);
  std::uint64_t t = 0;
  std::vector<std::uint64_t> tried;
  while (!w.machine.is_idle()) {
    const auto& request = *w.said.attempts.back().request;
    tried.push_back(request.operations().size());
    bool wrong = false;
    for (const auto& op : request.operations())
      wrong |= op.entity.text() == "x5";
    if (wrong)
      w.fail_with(errc::unique_conflict);
    else
      w.commit(++t);
  }
  CHECK(tried == std::vector<std::uint64_t>{8, 4, 4, 2, 1, 1, 2});
  REQUIRE(w.said.settled.size() == 8);
  for (std::uint64_t i = 0; i < 8; ++i) {
    CHECK(w.said.settled[i].ticket == i + 1);
    CHECK(w.said.settled[i].outcome.has_value() == (i != 4));
  }
  CHECK(w.machine.counts().refused == 1);
  CHECK(w.machine.counts().splits == 3);
}

TEST_CASE("batcher: parts of a transaction that was rejected have ids of their own") {
  world w({.batch_facts = 2});
  w.offer(1);
  w.offer(2);
  w.fail_with(errc::datoms_conflict);
  w.commit(1);
  w.commit(2);
  REQUIRE(w.said.attempts.size() == 3);
  CHECK(w.said.attempts[0].id != w.said.attempts[1].id);
  CHECK(w.said.attempts[1].id != w.said.attempts[2].id);
}

TEST_CASE("batcher: what may pass is tried again with the same id, after pauses that grow") {
  world w({.delay_us = 0});
  w.offer(1);
  std::int64_t pause = limits::ingest_backoff_us_min;
  for (int i = 0; i < 10; ++i) {
    const auto before = w.now;
    w.fail_with(i % 2 == 0 ? errc::overloaded : errc::outcome_unknown);
    w.wake();
    CHECK(w.now - before == pause);
    pause = std::min(2 * pause, limits::ingest_backoff_us_max);
  }
  w.offer(2); // waits behind it
  CHECK(w.said.attempts.size() == 11);
  for (const auto& each : w.said.attempts) {
    CHECK(each.id == w.said.attempts[0].id);
    CHECK(each.request == w.said.attempts[0].request);
  }
  CHECK(w.said.settled.empty());
  w.commit(3);
  CHECK(w.said.settled.size() == 1);
  CHECK(w.machine.counts().retries == 10);
}

TEST_CASE("batcher: patience ends, and an outcome that is not known is called so") {
  const bool uncertain = GENERATE(false, true);
  world w({.delay_us = 0});
  CHECK(batcher::options().patience_us == limits::ingest_patience_us);
  w.offer(1);
  const auto end = w.now + limits::ingest_patience_us;
  if (uncertain) {
    w.fail_with(errc::outcome_unknown);
    w.wake();
  }
  while (w.said.settled.empty()) {
    w.fail_with(errc::no_leader);
    if (w.said.settled.empty())
      w.wake();
    REQUIRE(w.now <= end);
  }
  CHECK(w.now == end);
  CHECK(w.last_error() == (uncertain ? errc::outcome_unknown : errc::no_leader));
  CHECK(w.machine.is_idle());
}

TEST_CASE("batcher: an id that is forgotten says nothing of the try before") {
  world w({.delay_us = 0});
  w.offer(1);
  w.fail_with(errc::outcome_unknown);
  w.wake();
  w.fail_with(errc::request_expired);
  CHECK(w.last_error() == errc::outcome_unknown);
}

TEST_CASE("batcher: what no retry mends is refused at once, all that was under way") {
  for (const auto code : {errc::storage_failed, errc::closed, errc::read_only}) {
    world w({.batch_facts = 2});
    w.offer(1);
    w.offer(2);
    w.fail_with(code);
    REQUIRE(w.said.settled.size() == 2);
    CHECK(w.last_error() == code);
    CHECK(w.said.attempts.size() == 1);
    CHECK(w.machine.waiting_bytes() == 0);
  }
}

TEST_CASE("batcher: an answer to an earlier try changes nothing") {
  world w({.delay_us = 0});
  w.offer(1);
  const auto first = w.said.attempts.back().number;
  w.fail_with(errc::no_leader);
  w.step(batcher::answered{first, transacted{}}); // while it waits to try again
  CHECK(w.said.settled.empty());
  w.wake();
  w.step(batcher::answered{first, transacted{}});
  CHECK(w.said.settled.empty());
  w.commit(1);
  CHECK(w.said.settled.size() == 1);
}
