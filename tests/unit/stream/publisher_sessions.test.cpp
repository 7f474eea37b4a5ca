// Sessions that begin, are refused, fall silent and end; named cursors.
#include "publisher_fixture.hpp"

#include <functional>

using namespace weft;
using namespace weft::test;

namespace {

/// The reason in the closing frame of a peer.
error refusal(const publisher_fixture& f, std::uint64_t peer) {
  const auto frames = f.sent<closed_frame>(peer);
  return frames.empty() ? error{errc::usage, "it was not closed"} : frames.front().why.reason();
}

named_cursor cursor_at(const publisher_fixture& f, std::uint64_t t) {
  return {"mirror", tx_number(t), short_hash(f.log.point(t).place.chain)};
}

publisher::ack ack_at(const publisher_fixture& f, std::uint64_t t) {
  return {publisher_fixture::key(1), tx_number(t), short_hash(f.log.point(t).place.chain)};
}

} // namespace

TEST_CASE("a cursor that does not fit is refused, and says why") {
  publisher_fixture f;
  f.start();
  f.log.add_many(5);
  f.commit();
  f.subscribe(1, start_at::after_t(tx_number(6)));
  CHECK(f.closed(1).code == errc::cursor_ahead);
  CHECK(f.closed(1).field("head") == "5");
  f.subscribe(1, start_at::after_place(tx_number(3), 7));
  CHECK(f.closed(1).code == errc::cursor_diverged);
  f.subscribe(1, start_at::after_place(tx_number(0), 7));
  CHECK(f.closed(1).code == errc::cursor_diverged);
  CHECK(f.machine->counts().refused == 3);
  CHECK(f.machine->sessions() == 0);
}

TEST_CASE("a whole cursor is of a database, a lineage and a shard, which are checked first") {
  publisher_fixture f;
  f.start();
  f.log.add_many(5);
  f.commit();
  const auto at = stream_log::origin.cursor_at(f.log.point(3).place);
  f.subscribe(1, start_at::after_cursor(at));
  CHECK(f.records(1) == times{4, 5});
  std::uint64_t who = 1;
  const auto refusal_of = [&](const std::function<void(cursor&)>& change) {
    auto other = at;
    change(other);
    f.subscribe(++who, start_at::named(start_at::after_cursor(other)), 1U << 20U, {}, "mirror");
    return f.closed(who);
  };
  const auto other_database = refusal_of([](cursor& c) {
    c.database.value.low ^= 1;
    c.shards[0].t = tx_number(99); // that it is ahead says nothing: it is of another database
  });
  CHECK(other_database.code == errc::cursor_invalid);
  CHECK(other_database.field("database") == stream_log::origin.database.to_string());
  const auto other_lineage = refusal_of([](cursor& c) { ++c.lineage; });
  CHECK(other_lineage.code == errc::cursor_diverged);
  CHECK(other_lineage.field("lineage") == std::to_string(stream_log::origin.lineage));
  CHECK(refusal_of([](cursor& c) { c.shards[0].shard = shard_id(5); }).code ==
        errc::cursor_invalid);
  CHECK(refusal_of([](cursor& c) { ++c.shards[0].hash; }).code == errc::cursor_diverged);
  CHECK(refusal_of([](cursor& c) { c.shards[0].t = tx_number(99); }).code == errc::cursor_ahead);
  CHECK(f.machine->sessions() == 1);
  auto both = at; // of several shards: the place in this one counts
  both.shards.push_back({shard_id(5), tx_number(70), 7});
  f.subscribe(++who, start_at::after_cursor(both));
  CHECK(f.records(who) == times{4, 5});
}

TEST_CASE("a cursor that only the log knows is checked by reading it") {
  publisher_fixture f;
  f.log.add_many(5);
  f.start();
  f.subscribe(1, start_at::after_place(tx_number(3), 7));
  f.read();
  CHECK(f.closed(1).code == errc::cursor_diverged);
  f.subscribe(1, start_at::after_t(tx_number(3)));
  f.step(publisher::log_failed{tx_number(3), {errc::log_pruned, "gone", {{"earliest", "5"}}}});
  CHECK(f.closed(1).code == errc::cursor_too_old);
  CHECK(f.closed(1).field("earliest") == "5");
  f.subscribe(1, start_at::after_t(tx_number(3)));
  f.step(publisher::log_failed{tx_number(3), {errc::io_error, "the disk is gone"}});
  CHECK(f.closed(1).code == errc::io_error);
  CHECK(f.machine->sessions() == 0);
}

TEST_CASE("a read that fails for a moment is tried again with the next tick") {
  publisher_fixture f;
  f.log.add_many(5);
  f.start();
  f.subscribe(1, start_at::after_t(tx_number(3)));
  f.step(publisher::log_failed{tx_number(3), {errc::overloaded, "later"}});
  CHECK(f.out.reads.empty());
  f.step(publisher::tick{1});
  CHECK(f.out.reads.size() == 1);
  f.step(publisher::log_read{f.log.point(3).place, {}}); // the reader does not see them yet
  f.step(publisher::tick{2});
  f.read();
  CHECK(f.records(1) == times{4, 5});
}

TEST_CASE("a read that gives what does not follow is damage") {
  publisher_fixture f;
  f.log.add_many(5);
  f.start();
  f.subscribe(1, start_at::after_t(tx_number(3)));
  f.step(publisher::log_read{f.log.point(3).place, {f.log.record(5)}});
  CHECK(f.closed(1).code == errc::log_corrupt);
  f.subscribe(1, start_at::after_t(tx_number(3)));
  f.step(publisher::log_read{{tx_number(3), {1, 2}}, {f.log.record(4)}});
  CHECK(f.closed(1).code == errc::log_corrupt);
}

TEST_CASE("a stream of something else is refused") {
  publisher_fixture f;
  f.start();
  const auto open = [&](const stream_origin& of, std::string name = {}) {
    f.step(publisher::received{peer_id(1),
                               open_frame{{7, 1}, of, start_at::newest(), std::move(name), {}, 1}});
    return refusal(f, 1).code;
  };
  auto other = stream_log::origin;
  other.database.value.low ^= 1;
  CHECK(open(other) == errc::cursor_invalid);
  other = stream_log::origin;
  other.shard = shard_id(1);
  CHECK(open(other) == errc::cursor_invalid);
  other = stream_log::origin;
  other.lineage = 2;
  CHECK(open(other) == errc::cursor_diverged);
  CHECK(f.sent<closed_frame>(1)[0].seq == 0);
  CHECK(open(stream_log::origin, std::string(limits::cursor_name_bytes_max + 1, 'n')) ==
        errc::invalid_argument);
  CHECK(open({{}, 5, shard_id(0)}) == errc::usage); // whichever it is
  CHECK(f.sent<opened_frame>(1)[0].origin == stream_log::origin);
}

TEST_CASE("there are so many sessions") {
  publisher_fixture f;
  f.start();
  for (std::uint64_t i = 0; i < limits::stream_sessions_max; ++i)
    f.subscribe(i, start_at::newest());
  CHECK(f.machine->sessions() == limits::stream_sessions_max);
  f.subscribe(99'999, start_at::newest());
  CHECK(f.closed(99'999).code == errc::overloaded);
  f.step(publisher::unsubscribe{f.key(7)});
  f.subscribe(99'999, start_at::newest());
  CHECK(f.told<session_opened>(99'999).size() == 1);
  f.log.add_many(1);
  f.commit();
  CHECK(f.out.tells.size() == limits::stream_sessions_max);
}

TEST_CASE("sessions end, and say what they got") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest(), 1U << 20U, f.filter_of("a/x"));
  f.subscribe(2, start_at::newest());
  f.log.add({{"a/x"}});
  f.log.add({{"b/y"}});
  f.commit();
  f.step(publisher::gone{peer_id(1)});
  REQUIRE(f.out.ended.size() == 1);
  CHECK(f.out.ended[0].reason.code == errc::closed);
  CHECK(f.out.ended[0].counts.records == 1);
  CHECK(f.out.ended[0].counts.skipped == 1);
  f.step(publisher::unsubscribe{f.key(2)});
  CHECK(f.out.ended[0].counts.records == 2);
  CHECK(f.machine->sessions() == 0);
  f.log.add_many(1);
  f.commit();
  CHECK(f.out.tells.empty());
}

TEST_CASE("frames of other attempts do nothing, and none revives a session") {
  publisher_fixture f;
  f.start();
  f.open(1, start_at::newest(), 100, 2);
  CHECK(f.sent<opened_frame>(1).size() == 1);
  f.open(1, start_at::newest(), 100, 2); // it came twice
  f.open(1, start_at::newest(), 100, 1); // it came late
  CHECK(f.out.sends.empty());
  f.step(publisher::received{peer_id(1), credit_frame{{7, 1}, 1U << 20U}});
  CHECK(f.machine->counts().stale_frames == 3);
  f.step(publisher::received{peer_id(1), credit_frame{{7, 3}, 1}});
  CHECK(refusal(f, 1).code == errc::not_subscribed);
  f.step(publisher::received{peer_id(2), heartbeat_frame{{7, 2}, 1, tx_number(0), 0}});
  CHECK(refusal(f, 2).code == errc::not_subscribed); // from another connection
  f.open(1, start_at::newest(), 100, 3);
  CHECK(f.sent<opened_frame>(1)[0].seq == 1);
  CHECK(f.out.ended.size() == 1);
  CHECK(f.machine->sessions() == 1);
  f.step(publisher::received{peer_id(1), close_frame{{7, 3}}});
  CHECK(f.machine->sessions() == 0);
  f.step(publisher::received{peer_id(1), close_frame{{7, 3}}});
  CHECK(f.out.sends.empty());
}

TEST_CASE("who has everything hears so, at first soon and then with each heartbeat") {
  publisher_fixture f;
  f.start();
  f.log.add_many(1);
  f.commit();
  f.open(1, start_at::newest());
  const auto heard_after = [&](std::int64_t us) {
    f.step(publisher::tick{us});
    return f.sent<watermark_frame>(1).size();
  };
  CHECK(heard_after(limits::stream_idle_us - 1) == 0);
  CHECK(heard_after(limits::stream_idle_us) == 1);
  CHECK(f.sent<watermark_frame>(1)[0].at == f.log.point(1));
  const auto next = limits::stream_idle_us + limits::stream_heartbeat_us;
  CHECK(heard_after(next - 1) == 0);
  CHECK(heard_after(next) == 1);
}

TEST_CASE("who has no credit hears how far it is, as a heartbeat") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest(), 0);
  f.log.add_many(1);
  f.commit();
  f.step(publisher::tick{limits::stream_idle_us});
  CHECK(f.told<session_watermark>(1).empty());
  f.step(publisher::tick{limits::stream_heartbeat_us});
  REQUIRE(f.told<session_watermark>(1).size() == 1);
  CHECK(f.told<session_watermark>(1)[0].at.place.t == tx_number(0));
  CHECK(f.told<session_watermark>(1)[0].head == tx_number(1));
}

TEST_CASE("a connection that is silent for too long is forgotten; an actor never is") {
  publisher_fixture f;
  f.start();
  f.open(1, start_at::newest());
  f.open(2, start_at::newest());
  f.subscribe(3, start_at::newest());
  f.step(publisher::tick{limits::stream_silence_us});
  CHECK(f.machine->sessions() == 3);
  f.step(publisher::received{peer_id(2), heartbeat_frame{{7, 1}, 5, tx_number(0), 0}});
  f.step(publisher::tick{limits::stream_silence_us + 1});
  CHECK(refusal(f, 1).code == errc::not_subscribed);
  CHECK(f.machine->sessions() == 2);
  CHECK(f.machine->counts().silent == 1);
}

TEST_CASE("a named cursor moves forward, one write at a time, the newest only") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest(), 1U << 20U, {}, "mirror");
  f.log.add_many(5);
  f.commit();
  f.step(ack_at(f, 2));
  REQUIRE(f.out.stores.size() == 1);
  CHECK(f.out.stores[0].what == cursor_at(f, 2));
  for (const std::uint64_t t : {3, 4, 1}) { // the last one is backwards
    f.step(ack_at(f, t));
    CHECK(f.out.stores.empty());
  }
  f.step(publisher::cursor_stored{cursor_at(f, 2)});
  REQUIRE(f.out.stores.size() == 1);
  CHECK(f.out.stores[0].what == cursor_at(f, 4));
  f.step(publisher::cursor_stored{cursor_at(f, 4), false});
  CHECK(f.out.stores.empty());
  f.step(publisher::tick{1});
  REQUIRE(f.out.stores.size() == 1); // again
  f.step(publisher::cursor_stored{cursor_at(f, 4)});
  CHECK(f.out.stores.empty());
  f.subscribe(2, start_at::named(start_at::newest()), 1U << 20U, {}, "mirror");
  CHECK(f.records(2) == times{5});
  f.subscribe(3, start_at::named(start_at::after_t(tx_number(2))), 1U << 20U, {}, "other");
  CHECK(f.records(3) == times{3, 4, 5});
}

TEST_CASE("only what was sent can be acknowledged, by who has a name") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest(), 1, {}, "mirror");
  f.log.add_many(2);
  f.commit();
  f.step(ack_at(f, 2)); // it was sent 1
  CHECK(f.out.stores.empty());
  CHECK(f.machine->counts().acks_refused == 1);
  f.step(publisher::ack{f.key(1), tx_number(1), 7}); // of another history
  CHECK(f.closed(1).code == errc::cursor_diverged);
  CHECK(f.out.stores.empty());
  f.subscribe(1, start_at::newest());
  f.step(ack_at(f, 2));
  CHECK(f.machine->counts().acks_refused == 3);
}

TEST_CASE("the cursors that are kept are known at the start") {
  publisher_fixture f;
  f.log.add_many(4);
  auto state = f.log.state();
  state.cursors = {cursor_at(f, 3)};
  f.machine = std::make_unique<publisher>(state, f.how);
  f.subscribe(1, start_at::named(start_at::newest()), 1U << 20U, {}, "mirror");
  f.read();
  CHECK(f.records(1) == times{4});
}

TEST_CASE("so many cursors are kept") {
  publisher_fixture f;
  f.log.add_many(1);
  auto state = f.log.state();
  for (std::size_t i = 1; i < limits::named_cursors_max; ++i)
    state.cursors.push_back({"c" + std::to_string(i), tx_number(1), 0});
  f.machine = std::make_unique<publisher>(state, f.how);
  f.subscribe(1, start_at::newest(), 1U << 20U, {}, "mirror");
  f.subscribe(2, start_at::newest(), 1U << 20U, {}, "one too many");
  f.log.add_many(1);
  f.commit();
  f.step(ack_at(f, 2));
  CHECK(f.out.stores.size() == 1);
  f.step(publisher::ack{f.key(2), tx_number(2), short_hash(f.log.point(2).place.chain)});
  CHECK(f.closed(2).code == errc::overloaded);
  f.subscribe(3, start_at::newest(), 1U << 20U, {}, "another");
  CHECK(f.closed(3).code == errc::overloaded);
}
