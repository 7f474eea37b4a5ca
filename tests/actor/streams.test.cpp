#include "collector.hpp"
#include "shard_world.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <numeric>
#include <random>

using namespace weft;
using actors::subscribe_options;
using actors::subscribed;
using stream::start_at;
using test::asked;
using test::collected;
using test::shard_world;

namespace {

struct listening {
  std::shared_ptr<collected> got = std::make_shared<collected>();
  actors::actor who;
  result<subscribed> answer = fail(errc::not_subscribed, "not yet");

  listening(shard_world& to, subscribe_options how) {
    who = actors::spawn(to.world.system, test::collector, got);
    answer = to.ask<subscribed>(to.publisher(), actors::subscribe{who, std::move(how)});
  }
  listening(const listening&) = delete;
  listening& operator=(const listening&) = delete;
  ~listening() {
    got->kept.clear();
    actors::ask_to_end(who);
  }
};

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> out(to - from + 1);
  std::iota(out.begin(), out.end(), from);
  return out;
}

void transact_some(shard_world& to, int count, std::size_t size = 10) {
  for (int i = 0; i < count; ++i)
    REQUIRE(to.transact(R"([{:item/text ")" + test::noise(size) + R"("}])"));
}

/// Whether it has something to do that it did not come to yet.
bool is_due(shard_world& in, const actors::actor& who) {
  const auto& jobs =
      dynamic_cast<caf::scheduler::test_coordinator&>(in.world.system.scheduler()).jobs;
  const auto* const job = dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(who));
  return std::ranges::find(jobs, job) != jobs.end();
}

} // namespace

TEST_CASE("streams: every commit is one message, before its writer hears of it") {
  shard_world shard(GENERATE(1U, 2U, 3U));
  REQUIRE(shard.open());
  transact_some(shard, 3);
  listening live(shard, {});
  REQUIRE(live.answer);
  CHECK(live.answer->at.place.t == tx_number(3));
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const auto report = shard.transact(R"([{:db/id "x" :user/name "Ada" :user/age 36}])");
    REQUIRE(report);
    // Nothing ran since the writer heard of it: it was sent before, handled or not.
    CHECK((live.got->batches.size() == i || is_due(shard, live.who)));
    shard.world.run();
    REQUIRE(live.got->batches.size() == i);
    const auto& batch = live.got->batches.back();
    CHECK(batch.t() == report->t);
    CHECK(batch.when() == report->when);
    const auto datoms = batch.datoms().value();
    REQUIRE(datoms.size() >= 2);
    CHECK(batch.name_of(datoms[datoms.size() - 2].attribute).starts_with("user/"));
    CHECK(batch.payload().data() == bytes_view(*report->payload).data()); // shared, not copied
  }
}

TEST_CASE("streams: what never became durable is told to nobody") {
  shard_world shard(GENERATE(1U, 2U, 3U));
  REQUIRE(shard.open());
  listening live(shard, {});
  transact_some(shard, 1);
  shard.disk.plan([](const persistence::disk_operation& op) {
    persistence::disk_verdict out;
    if (op.call == persistence::disk_call::sync_data)
      out.what = persistence::disk_verdict::action::fail_keep;
    return out;
  });
  std::vector<asked> all(100, shard.make("[{:item/number 1}]"));
  for (auto& one : all)
    one.id = shard.make_id();
  for (auto& one : all)
    shard.submit(one);
  shard.world.run();
  shard.world.pass(std::chrono::seconds(10));
  for (const auto& one : all)
    REQUIRE(one.outcomes.size() == 1);
  CHECK(live.got->batches.size() == 1); // the one before
}

TEST_CASE("streams: from a t, from a cursor, and what a cursor may not be") {
  shard_world shard(2);
  REQUIRE(shard.open());
  transact_some(shard, 20);
  listening all(shard, {.start = start_at::after_t(tx_number(0))});
  shard.world.run();
  CHECK(all.got->ts() == numbers(1, 20));
  const auto whole = all.got->batches[9].cursor();
  const auto at = whole.shards.at(0);
  listening rest(shard, {.start = start_at::after_cursor(whole)});
  shard.world.run();
  CHECK(rest.got->ts() == numbers(11, 20));
  transact_some(shard, 1);
  shard.world.run();
  CHECK(all.got->ts() == numbers(1, 21));
  CHECK(rest.got->ts() == numbers(11, 21));

  listening diverged(shard, {.start = start_at::after_place(at.t, at.hash + 1)});
  REQUIRE(!diverged.answer);
  CHECK(diverged.answer.error().code == errc::cursor_diverged);
  listening unnamed(shard, {.name = "\xFF"});
  REQUIRE(!unnamed.answer);
  CHECK(unnamed.answer.error().code == errc::invalid_argument);
  listening before(shard, {.start = start_at::from_t(tx_number(0))});
  REQUIRE(!before.answer);
  CHECK(before.answer.error().code == errc::invalid_argument);
  auto other = whole;
  other.database.value.low ^= 1;
  listening elsewhere(shard, {.start = start_at::after_cursor(other)});
  REQUIRE(!elsewhere.answer);
  CHECK(elsewhere.answer.error().code == errc::cursor_invalid);
  listening ahead(shard, {.start = start_at::after_t(tx_number(22))});
  REQUIRE(!ahead.answer);
  CHECK(ahead.answer.error().code == errc::cursor_ahead);
  actors::kill(shard.publisher()); // the next one does not know those who were refused
  shard.world.run();
  transact_some(shard, 5);
  shard.world.run();
  CHECK(ahead.got->batches.empty());
  CHECK(rest.got->ts() == numbers(11, 26));
}

TEST_CASE("streams: who cannot be served any more is told, asked for notices or not") {
  shard_world shard(11);
  REQUIRE(shard.open());
  listening live(shard, {.notices = true});
  transact_some(shard, 1);
  shard.close();
  REQUIRE(!live.got->notices.empty());
  const auto* closed = std::get_if<stream_notice::closed>(&live.got->notices.back().what);
  REQUIRE(closed != nullptr);
  REQUIRE(closed->why);
  CHECK(closed->why->code == errc::closed);
}

TEST_CASE("streams: a stopped subscriber costs its window, and catches up from the log") {
  shard_world shard(3);
  shard.streams.ring_bytes = 64U << 10U;
  REQUIRE(shard.open());
  listening slow(shard, {.window_bytes = limits::stream_window_bytes_min, .notices = true});
  listening quick(shard, {});
  slow.got->stopped = true;
  transact_some(shard, 300, 1000);
  shard.world.run();
  CHECK(quick.got->batches.size() == 300);
  const auto before = slow.got->batches.size();
  CHECK(before > 10);
  CHECK(before * 1000 < 2 * limits::stream_window_bytes_min);
  slow.got->stopped = false;
  for (auto& promise : slow.got->kept)
    promise.deliver(true); // of any type
  slow.got->kept.clear();
  shard.world.run();
  CHECK(slow.got->ts() == numbers(1, 300));
  const auto lagged = [](const stream_notice& n) {
    return std::holds_alternative<stream_notice::lagged>(n.what);
  };
  CHECK(std::ranges::count_if(slow.got->notices, lagged) >= 1);
}

TEST_CASE("streams: an idle subscriber hears how far there was nothing for it, and from where") {
  shard_world shard(12);
  REQUIRE(shard.open());
  const std::vector<std::string> patterns{"user/*"};
  const auto filter = attribute_filter::parse(patterns).value();
  listening users(shard, {.filter = filter, .notices = true});
  transact_some(shard, 7);
  shard.clock_us += 2 * limits::stream_idle_us;
  shard.world.pass(std::chrono::seconds(1));
  std::vector<stream_notice::watermark> marks;
  for (const auto& n : users.got->notices)
    if (const auto* mark = std::get_if<stream_notice::watermark>(&n.what))
      marks.push_back(*mark);
  REQUIRE(!marks.empty());
  const auto& last = marks.back();
  CHECK(last.at.place.t == tx_number(7));
  CHECK(last.head == tx_number(7));
  CHECK(last.of == users.answer->of);
  CHECK(users.got->batches.empty());
  REQUIRE(shard.transact(R"([{:user/name "Ada"}])"));
  listening next(
      shard, {.start = start_at::after_cursor(last.of.cursor_at(last.at.place)), .filter = filter});
  shard.world.run();
  REQUIRE(next.got->ts() == numbers(8, 8));
  CHECK(next.got->batches[0].cursor().database == last.of.database);
}

TEST_CASE("streams: attributes are told before the first batch that has them") {
  shard_world shard(13);
  REQUIRE(shard.open());
  listening live(shard, {.notices = true});
  REQUIRE(shard.transact(R"([{:user/name "Ada"}])"));
  REQUIRE(shard.transact(R"([{:user/name "Eve"}])"));
  REQUIRE(shard.transact(R"([{:order/total 4}])"));
  shard.world.run();
  std::vector<std::shared_ptr<const schema>> told;
  for (const auto& n : live.got->notices)
    if (const auto* names = std::get_if<stream_notice::schema>(&n.what))
      told.push_back(names->now);
  REQUIRE(live.got->batches.size() == 3);
  REQUIRE(told.size() == 2);
  CHECK(told[0]->find("user/name") != nullptr);
  CHECK(told[0]->find("order/total") == nullptr);
  CHECK(told[1]->find("order/total") != nullptr);
  CHECK(told[0] == live.got->batches[1].schema());
  CHECK(told[1] == live.got->batches[2].schema());
}

TEST_CASE("streams: what the log does not hold any more is too old, and says what it holds") {
  shard_world shard(14);
  shard.streams.ring_bytes = 4096;
  REQUIRE(shard.open());
  transact_some(shard, 40, 50'000);
  auto names = shard.disk.list("data/wal").value();
  std::erase_if(names, [](const std::string& name) {
    return !name.ends_with(".seg") || name.starts_with("free-");
  });
  std::ranges::sort(names);
  REQUIRE(names.size() > 2);
  REQUIRE(shard.disk.remove("data/wal/" + names.front()));
  listening old(shard, {.start = start_at::after_t(tx_number(0))});
  REQUIRE(!old.answer);
  CHECK(old.answer.error().code == errc::cursor_too_old);
  const auto earliest = std::stoull(std::string(old.answer.error().field("earliest")));
  CHECK(earliest > 1);
  listening rest(shard, {.start = start_at::from_t(tx_number(earliest))});
  shard.world.run();
  CHECK(rest.got->ts() == numbers(earliest, 40));
}

TEST_CASE("streams: a filter shows what passes, and one evaluation serves all who share it") {
  shard_world shard(4);
  REQUIRE(shard.open());
  const std::vector<std::string> patterns{"user/*"};
  const auto filter = attribute_filter::parse(patterns).value();
  std::vector<std::unique_ptr<listening>> all;
  all.reserve(50);
  for (int i = 0; i < 50; ++i)
    all.push_back(std::make_unique<listening>(shard, subscribe_options{.filter = filter}));
  REQUIRE(shard.transact(R"([{:user/name "Ada" :order/total 3}])"));
  REQUIRE(shard.transact(R"([{:order/total 4}])"));
  REQUIRE(shard.transact(R"([{:user/name "Eve"}])"));
  shard.world.run();
  for (const auto& one : all) {
    CHECK(one->got->ts() == std::vector<std::uint64_t>{1, 3});
    const auto datoms = one->got->batches[0].datoms().value();
    REQUIRE(datoms.size() == 1);
    CHECK(one->got->batches[0].name_of(datoms[0].attribute) == "user/name");
  }
  const auto figures = shard.ask<actors::streams>(shard.publisher(), actors::ask_streams{}).value();
  CHECK(figures.sessions == 50);
  CHECK(figures.counts.evaluations == 3);
}

TEST_CASE("streams: a subscriber that ended is forgotten; one that leaves hears so") {
  shard_world shard(5);
  REQUIRE(shard.open());
  {
    listening gone(shard, {});
    REQUIRE(gone.answer);
  }
  listening leaves(shard, {.notices = true});
  const auto session = leaves.answer->session;
  transact_some(shard, 1);
  shard.world.run();
  actors::send_from_outside(caf::actor_cast<actors::wal_publisher_actor>(shard.publisher()),
                            actors::unsubscribe{session});
  shard.world.run();
  transact_some(shard, 1);
  shard.world.run();
  CHECK(leaves.got->ts() == numbers(1, 1));
  REQUIRE(!leaves.got->notices.empty());
  CHECK(std::holds_alternative<stream_notice::closed>(leaves.got->notices.back().what));
  CHECK(shard.ask<actors::streams>(shard.publisher(), actors::ask_streams{})->sessions == 0);
}

TEST_CASE("streams: an actor that does not take commits is not kept") {
  shard_world shard(6);
  REQUIRE(shard.open());
  const auto deaf = actors::spawn(
      shard.world.system,
      [](caf::event_based_actor* self, int) -> caf::behavior {
        self->set_default_handler(caf::drop);
        return {[](int) {}};
      },
      0);
  REQUIRE(shard.ask<subscribed>(shard.publisher(), actors::subscribe{deaf, {.window_bytes = 1}}));
  transact_some(shard, 60, 2000);
  shard.world.run();
  CHECK(shard.ask<actors::streams>(shard.publisher(), actors::ask_streams{})->sessions == 0);
  actors::ask_to_end(deaf);
}

TEST_CASE("streams: a named cursor is where it was acknowledged, after anything") {
  const auto* const child =
      GENERATE("", "storage", "raft_election", "wal_publisher", "transactor", "close");
  CAPTURE(child);
  shard_world shard(7);
  REQUIRE(shard.open());
  const subscribe_options how{.start = start_at::named(start_at::after_t(tx_number(0))),
                              .name = "mirror"};
  const auto acknowledge = [&](const listening& who, std::size_t batch) {
    const auto& done = who.got->batches[batch];
    actors::send_from_outside(
        caf::actor_cast<actors::wal_publisher_actor>(shard.publisher()),
        actors::acknowledge{who.answer->session, done.t(), short_hash(done.chain())});
    shard.world.run();
  };
  {
    transact_some(shard, 10);
    listening first(shard, how);
    shard.world.run();
    CHECK(first.got->ts() == numbers(1, 10));
    acknowledge(first, 6);
    acknowledge(first, 3); // it does not go back
    transact_some(shard, 2);
    shard.world.run();
  }
  if (std::string_view(child) == "close") {
    shard.close();
    REQUIRE(shard.open());
  } else if (*child != 0) {
    actors::kill(shard.children().at(child).who);
    shard.world.run();
  }
  listening second(shard, how);
  REQUIRE(second.answer);
  shard.world.run();
  CHECK(second.got->ts() == numbers(8, 12));
  transact_some(shard, 1);
  shard.world.run();
  acknowledge(second, second.got->batches.size() - 1);
  listening third(shard, how);
  shard.world.run();
  CHECK(third.got->batches.empty());
  CHECK(third.answer->at.place.t == tx_number(13));
}

TEST_CASE("streams: a cursor that finds no room on the disk is stored when there is some") {
  shard_world shard(8);
  REQUIRE(shard.open());
  listening mirror(shard, {.name = "mirror"});
  transact_some(shard, 3);
  shard.world.run();
  shard.disk.capacity(0);
  const auto& done = mirror.got->batches[2];
  actors::send_from_outside(
      caf::actor_cast<actors::wal_publisher_actor>(shard.publisher()),
      actors::acknowledge{mirror.answer->session, done.t(), short_hash(done.chain())});
  shard.world.run();
  CHECK(shard.transact("[]").error().code == errc::disk_full);
  shard.disk.capacity(std::numeric_limits<std::uint64_t>::max() / 2);
  shard.world.pass(std::chrono::seconds(2));
  REQUIRE(shard.transact("[]"));
  shard.close();
  REQUIRE(shard.open());
  listening next(shard, {.start = start_at::named(start_at::newest()), .name = "mirror"});
  CHECK(next.answer->at.place.t == tx_number(3));
}

TEST_CASE("streams: whatever is killed, a subscriber gets every commit once and in order") {
  const auto* const child =
      GENERATE("storage", "storage/log_reader", "raft_election", "wal_publisher", "transactor");
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(child, seed);
  shard_world shard(seed);
  shard.streams.ring_bytes = 4096;
  REQUIRE(shard.open());
  listening live(shard, {.window_bytes = 1});
  listening old(shard, {.start = start_at::after_t(tx_number(0))});
  for (int round = 0; round < 3; ++round) {
    std::vector<asked> all;
    all.reserve(100);
    for (int i = 0; i < 100; ++i)
      all.push_back(shard.make("[{:item/number " + std::to_string(i) + "}]"));
    for (auto& one : all)
      shard.submit(one);
    for (std::uint64_t step = 0; step < 5 + 3 * seed; ++step)
      static_cast<void>(shard.world.step());
    actors::kill(shard.children().at(child).who);
    shard.world.run();
    shard.world.pass(std::chrono::seconds(6));
  }
  REQUIRE(shard.transact("[{:item/number 0}]"));
  shard.world.run();
  const auto head = shard.index->head().get();
  CHECK(live.got->ts() == numbers(1, head));
  CHECK(old.got->ts() == numbers(1, head));
  hash128 chain{};
  for (const auto& batch : live.got->batches)
    chain = weft::chain(chain, hash_of(batch.payload()));
  CHECK(chain == live.got->batches.back().chain());
}
