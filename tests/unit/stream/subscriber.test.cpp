// What a subscriber checks, when it opens again, and how it gives credit.
#include "weft/core/stream/subscriber.hpp"

#include "publisher_fixture.hpp"

using namespace weft;
using namespace weft::test;

namespace {

/// A subscriber and what it did last.
struct subscriber_fixture {
  stream_log log;
  subscriber::options how{.session = 7, .origin = stream_log::origin, .start = start_at::newest()};
  std::unique_ptr<subscriber> machine;
  subscriber::effects out;
  subscriber::moment now{1'000'000, 0};
  std::uint64_t seq = 1;
  std::uint32_t attempt = 1;

  template <class Event>
  void step(const Event& event) {
    out.clear();
    machine->step(event, now, out);
  }
  void receive(const server_frame& f) { step(subscriber::received{f}); }
  epoch of() const { return {7, attempt}; }

  /// Open after t.
  void open(std::uint64_t t = 0) {
    if (!machine)
      machine = std::make_unique<subscriber>(how);
    step(subscriber::connected{});
    opened(t);
  }
  void opened(std::uint64_t t) {
    seq = 1;
    receive(opened_frame{of(), seq++, stream_log::origin, log.point(t), log.head()});
  }
  slice_ptr slice(std::uint64_t after, std::uint64_t to) const {
    auto s = std::make_shared<stream_slice>();
    s->from = log.point(after).place;
    for (auto t = after + 1; t <= to; ++t)
      s->items.push_back({log.record(t), nullptr});
    s->through = log.point(to);
    return s;
  }
  void records(std::uint64_t after, std::uint64_t to) {
    receive(records_frame{of(), seq++, slice(after, to)});
  }
  template <class Effect>
  std::vector<Effect> did() const {
    std::vector<Effect> found;
    for (const auto& e : out)
      if (std::holds_alternative<Effect>(e))
        found.push_back(std::get<Effect>(e));
    return found;
  }
  times delivered() const {
    times found;
    for (const auto& d : did<subscriber::delivery>())
      found.push_back(d.batch.t().get());
    return found;
  }
  /// The frame of a kind that it sent last.
  template <class Frame>
  std::optional<Frame> said() const {
    for (const auto& s : did<subscriber::send>())
      if (const auto* f = std::get_if<Frame>(&s.what))
        return *f;
    return std::nullopt;
  }
  /// It opened again, at once.
  bool reopened() {
    const auto f = said<open_frame>();
    if (!f || f->of.attempt != attempt + 1)
      return false;
    ++attempt;
    return true;
  }
};

} // namespace

TEST_CASE("a subscriber asks, and hands on each commit once") {
  subscriber_fixture f;
  f.log.add_many(5);
  f.machine = std::make_unique<subscriber>(f.how);
  CHECK_FALSE(f.machine->cursor());
  f.step(subscriber::connected{});
  const auto asked = f.said<open_frame>();
  REQUIRE(asked);
  CHECK(asked->of == epoch{7, 1});
  CHECK(asked->granted == limits::stream_window_bytes_default);
  f.opened(2);
  CHECK(f.did<subscriber::opened>().size() == 1);
  f.records(2, 4);
  CHECK(f.delivered() == times{3, 4});
  f.records(4, 5);
  CHECK(f.delivered() == times{5});
  CHECK(f.machine->cursor()->at(shard_id(0))->t == tx_number(5));
  CHECK(f.machine->cursor()->valid());
}

TEST_CASE("frames that come twice or late are ignored") {
  subscriber_fixture f;
  f.log.add_many(3);
  f.open();
  const records_frame first{f.of(), 2, f.slice(0, 2)};
  f.receive(first);
  CHECK(f.delivered() == times{1, 2});
  f.receive(first);
  CHECK(f.out.empty());
  CHECK(f.machine->counts().doubled == 1);
  f.receive(records_frame{{7, 9}, 3, f.slice(2, 3)});
  f.receive(records_frame{{8, 1}, 3, f.slice(2, 3)});
  CHECK(f.out.empty());
  CHECK(f.machine->counts().stale == 2);
}

TEST_CASE("a frame that is missing makes it open again at its place") {
  subscriber_fixture f;
  f.log.add_many(5);
  f.open();
  f.records(0, 2);
  f.receive(records_frame{f.of(), 4, f.slice(3, 5)});
  CHECK(f.delivered().empty());
  CHECK(f.did<subscriber::gap>().size() == 1);
  CHECK(f.machine->counts().gaps == 1);
  REQUIRE(f.reopened());
  const auto asked = f.said<open_frame>();
  CHECK(asked->start ==
        start_at::after_place(tx_number(2), short_hash(f.log.point(2).place.chain)));
  f.opened(2);
  f.records(2, 5);
  CHECK(f.delivered() == times{3, 4, 5});
}

TEST_CASE("what does not continue is not delivered") {
  subscriber_fixture f;
  f.log.add_many(6);
  stream_log other;
  other.add({{"b/y"}});
  other.add_many(3);
  f.open();
  f.records(0, 1);
  const auto refuses = [&](const slice_ptr& what) {
    f.receive(records_frame{f.of(), f.seq, what});
    const bool refused = f.delivered().empty() && f.reopened();
    f.opened(f.machine->at()->place.t.get());
    f.records(f.machine->at()->place.t.get(), f.machine->at()->place.t.get() + 1);
    return refused && f.delivered().size() == 1;
  };
  CHECK(refuses(f.slice(2, 3))); // a hole
  auto hidden = std::make_shared<stream_slice>(*f.slice(2, 4));
  hidden->items.erase(hidden->items.begin());
  CHECK(refuses(hidden)); // a hole inside
  auto again = std::make_shared<stream_slice>(*f.slice(3, 4));
  again->items = {{f.log.record(2), nullptr}};
  CHECK(refuses(again)); // what it has
  auto strange = std::make_shared<stream_slice>(*f.slice(4, 5));
  strange->items = {{other.record(4), nullptr}};
  CHECK(refuses(strange));
  CHECK(f.machine->counts().broken == 4);
  CHECK(f.machine->at()->place == f.log.point(5).place);
}

TEST_CASE("damaged bytes are not delivered, with a filter neither") {
  for (const bool filtered : {false, true}) {
    subscriber_fixture f;
    if (filtered)
      f.how.filter = publisher_fixture::filter_of("a/x");
    f.log.add_many(2);
    f.open();
    const auto& r = *f.log.record(1);
    auto damaged = std::make_shared<bytes>(r.payload());
    damaged->back() ^= 1;
    auto slice = std::make_shared<stream_slice>(*f.slice(0, 1));
    slice->items = {
        {std::make_shared<const stream_record>(record_stamp{r.t(), r.when()}, r.before(), r.chain(),
                                               shared_bytes(damaged)),
         nullptr}};
    f.receive(records_frame{f.of(), f.seq, slice});
    CHECK(f.delivered().empty());
    CHECK(f.machine->counts().broken == 1);
  }
}

TEST_CASE("datoms may be left out only for a filter") {
  subscriber_fixture f;
  f.log.add_many(1);
  f.open();
  auto slice = std::make_shared<stream_slice>(*f.slice(0, 1));
  slice->items[0].matched = std::make_shared<const position_runs>(position_runs{{0, 1}});
  f.receive(records_frame{f.of(), f.seq, slice});
  CHECK(f.delivered().empty());
}

TEST_CASE("with a filter, records that do not pass are left out") {
  subscriber_fixture f;
  f.how.filter = publisher_fixture::filter_of("a/x");
  f.log.add_many(6);
  f.open();
  auto slice = std::make_shared<stream_slice>(*f.slice(0, 4));
  slice->items.erase(slice->items.begin() + 1, slice->items.begin() + 3);
  slice->through = f.log.point(5);
  f.receive(records_frame{f.of(), f.seq++, slice});
  CHECK(f.delivered() == times{1, 4});
  CHECK(f.machine->at()->place.t == tx_number(5));
  f.receive(watermark_frame{f.of(), f.seq++, f.log.point(6), tx_number(6)});
  CHECK(f.machine->at()->place == f.log.point(6).place);
  f.receive(watermark_frame{f.of(), f.seq++, f.log.point(3), tx_number(6)});
  CHECK(f.machine->counts().broken == 1);
}

TEST_CASE("a watermark of something it does not have is a loss") {
  subscriber_fixture f;
  f.log.add_many(2);
  f.open();
  f.receive(watermark_frame{f.of(), f.seq++, f.log.point(0), tx_number(2)});
  CHECK(f.did<subscriber::watermark>().size() == 1);
  f.receive(watermark_frame{f.of(), f.seq++, f.log.point(1), tx_number(2)});
  CHECK(f.machine->counts().broken == 1);
}

TEST_CASE("large records are put together, and their parts must fit") {
  subscriber_fixture f;
  f.log.add({{"big/one", 4, 1'000'000}});
  const auto& r = f.log.record(1);
  CHECK(r->payload().size() > 3 * limits::frame_bytes_max);
  f.open();
  const auto part = [&](std::size_t offset, std::size_t size) {
    fragment_frame p{f.of(),
                     f.seq++,
                     {},
                     static_cast<std::uint32_t>(offset),
                     shared_bytes(r->shared_payload().owner, r->payload().substr(offset, size))};
    if (offset == 0)
      p.head = fragment_head{
          {}, r->place(), r->before(), nullptr, static_cast<std::uint32_t>(r->payload().size())};
    f.receive(p);
  };
  part(0, 200'000);
  part(200'000, 200'000);
  CHECK(f.out.empty());
  part(200'000, 200'000); // not the next one
  REQUIRE(f.reopened());
  f.opened(0);
  part(200'000, 200'000);    // no first one
  CHECK_FALSE(f.reopened()); // nothing arrived since: after a pause
  f.now.now_us += limits::stream_backoff_us_max;
  f.step(subscriber::tick{});
  REQUIRE(f.reopened());
  f.opened(0);
  for (std::size_t offset = 0; offset < r->payload().size(); offset += 200'000)
    part(offset, 200'000);
  CHECK(f.delivered() == times{1});
  CHECK(f.machine->counts().reassembled == 1);
}

TEST_CASE("it waits longer with each attempt in vain, and not like others") {
  subscriber_fixture f;
  f.machine = std::make_unique<subscriber>(f.how);
  f.step(subscriber::connected{});
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 14; ++i) {
    f.now.random = i % 2 == 0 ? 0 : ~0ULL / 2;
    f.receive(closed_frame::because(f.of(), 0, {errc::overloaded, "later"}));
    CHECK_FALSE(f.said<open_frame>());
    const auto from = f.now.now_us;
    while (!f.reopened()) {
      f.now.now_us += 1'000;
      f.step(subscriber::tick{});
    }
    pauses.push_back(f.now.now_us - from);
  }
  CHECK(pauses[0] >= limits::stream_backoff_us_min / 2);
  CHECK(pauses[0] <= limits::stream_backoff_us_min);
  CHECK(pauses[4] > pauses[0]);
  CHECK(pauses.back() >= limits::stream_backoff_us_max / 2);
  CHECK(pauses.back() <= limits::stream_backoff_us_max + 1'000);
  CHECK(f.machine->counts().refused == 14);
}

TEST_CASE("silence and a broken connection make it connect again") {
  subscriber_fixture f;
  f.log.add_many(1);
  f.open();
  f.records(0, 1);
  f.now.now_us += limits::stream_silence_us;
  f.step(subscriber::tick{});
  CHECK(f.did<subscriber::reconnect>().empty());
  f.now.now_us += 1;
  f.step(subscriber::tick{});
  CHECK(f.did<subscriber::reconnect>().size() == 1);
  CHECK(f.machine->counts().silences == 1);
  f.step(subscriber::disconnected{}); // there is none to be had
  CHECK(f.out.empty());
  f.now.now_us += limits::stream_backoff_us_max;
  f.step(subscriber::tick{});
  CHECK(f.did<subscriber::reconnect>().size() == 1);
  f.step(subscriber::connected{});
  REQUIRE(f.reopened());
  f.opened(1);
  f.receive(watermark_frame{f.of(), f.seq++, f.log.point(1), tx_number(1)});
  f.step(subscriber::disconnected{});
  CHECK(f.did<subscriber::gap>().size() == 1);
  CHECK(f.did<subscriber::reconnect>().size() == 1);
}

TEST_CASE("a request to open that gets no answer is made again") {
  subscriber_fixture f;
  f.machine = std::make_unique<subscriber>(f.how);
  f.step(subscriber::connected{});
  f.now.now_us += limits::stream_heartbeat_us + 1;
  f.step(subscriber::tick{});
  CHECK(f.reopened());
}

TEST_CASE("errors of the cursor end it") {
  for (const auto code : {errc::cursor_invalid, errc::cursor_too_old, errc::cursor_ahead,
                          errc::cursor_diverged, errc::invalid_argument}) {
    subscriber_fixture f;
    f.machine = std::make_unique<subscriber>(f.how);
    f.step(subscriber::connected{});
    f.receive(closed_frame::because(f.of(), 0, {code, "no", {{"head", "3"}}}));
    REQUIRE(f.did<subscriber::closed>().size() == 1);
    CHECK(f.did<subscriber::closed>()[0].reason->code == code);
    CHECK(f.machine->phase() == subscriber::stage::closed);
    f.step(subscriber::connected{});
    f.step(subscriber::tick{});
    CHECK(f.out.empty());
  }
}

TEST_CASE("another history or database than before ends it") {
  const auto ends_with = [](auto change) {
    subscriber_fixture f;
    f.log.add_many(3);
    f.open(2);
    f.step(subscriber::disconnected{});
    f.step(subscriber::connected{});
    REQUIRE(f.reopened());
    opened_frame again{f.of(), 1, stream_log::origin, f.log.point(2), tx_number(3)};
    change(again);
    f.receive(again);
    const auto ended = f.did<subscriber::closed>();
    return ended.empty() ? errc::usage : ended[0].reason->code;
  };
  CHECK(ends_with([](opened_frame&) {}) == errc::usage);
  CHECK(ends_with([](opened_frame& o) { o.at.place.chain.low ^= 1; }) == errc::cursor_diverged);
  CHECK(ends_with([](opened_frame& o) { o.at.place.t = tx_number(1); }) == errc::cursor_diverged);
  CHECK(ends_with([](opened_frame& o) { o.origin.lineage = 2; }) == errc::cursor_diverged);
  CHECK(ends_with([](opened_frame& o) { o.origin.database.value.low ^= 1; }) ==
        errc::cursor_invalid);
}

TEST_CASE("it begins where it asked to, or not at all") {
  subscriber_fixture f;
  f.log.add_many(3);
  f.how.start = start_at::after_place(tx_number(2), short_hash(f.log.point(2).place.chain));
  f.open(1);
  CHECK(f.did<subscriber::closed>()[0].reason->code == errc::cursor_diverged);
  f.machine.reset();
  f.open(2);
  CHECK(f.did<subscriber::opened>().size() == 1);
}

TEST_CASE("a whole cursor says of which history the stream has to be") {
  subscriber_fixture f;
  f.log.add_many(3);
  auto at = stream_log::origin.cursor_at(f.log.point(2).place);
  f.how.start = start_at::after_cursor(at);
  f.how.origin = {};
  f.open(2);
  CHECK(f.did<subscriber::opened>().size() == 1);
  CHECK(f.machine->cursor() == at);
  at.database.value.low ^= 1;
  f.how.start = start_at::after_cursor(at);
  f.machine = std::make_unique<subscriber>(f.how);
  f.step(subscriber::connected{});
  const auto asked = f.said<open_frame>();
  REQUIRE(asked);
  CHECK(asked->origin.database == at.database);
  CHECK(asked->start == start_at::after_place(tx_number(2), at.shards[0].hash));
  f.opened(2);
  REQUIRE(f.did<subscriber::closed>().size() == 1);
  CHECK(f.did<subscriber::closed>()[0].reason->code == errc::cursor_invalid);
}

TEST_CASE("credit follows what was consumed, a quarter of the window at a time") {
  subscriber_fixture f;
  f.how.window_bytes = limits::stream_window_bytes_min;
  for (int i = 0; i < 12; ++i)
    f.log.add({{"a/x", 1, 8'000}}, static_cast<std::uint64_t>(i));
  f.open();
  CHECK(f.machine->outstanding() == 0);
  std::vector<std::uint64_t> tokens;
  for (std::uint64_t t = 0; t < 8; ++t) {
    f.records(t, t + 1);
    const auto d = f.did<subscriber::delivery>()[0];
    if (d.ends_window)
      tokens.push_back(d.token);
    CHECK_FALSE(f.said<credit_frame>());
  }
  CHECK(tokens.size() >= 2);
  CHECK(tokens.size() <= 4);
  f.step(subscriber::consumed{tokens[0]});
  REQUIRE(f.said<credit_frame>());
  CHECK(f.said<credit_frame>()->granted == limits::stream_window_bytes_min + tokens[0]);
  f.step(subscriber::consumed{tokens[0]});
  CHECK(f.out.empty());
  f.step(subscriber::consumed{~0ULL}); // no more than was delivered
  CHECK(f.machine->outstanding() == 0);
}

TEST_CASE("windows are clamped") {
  for (const auto& [asked, granted] :
       {std::pair{std::size_t{1}, limits::stream_window_bytes_min},
        std::pair{2 * limits::stream_window_bytes_max, limits::stream_window_bytes_max}}) {
    subscriber_fixture f;
    f.how.window_bytes = asked;
    f.machine = std::make_unique<subscriber>(f.how);
    f.step(subscriber::connected{});
    CHECK(f.said<open_frame>()->granted == granted);
  }
}

TEST_CASE("pausing closes, and resuming opens at the place") {
  subscriber_fixture f;
  f.log.add_many(4);
  f.open();
  f.records(0, 2);
  f.step(subscriber::pause{});
  CHECK(f.said<close_frame>());
  f.records(2, 3);
  CHECK(f.out.empty());
  f.step(subscriber::resume{});
  CHECK(f.said<open_frame>()->start.after == tx_number(2));
  CHECK(f.said<open_frame>()->granted ==
        limits::stream_window_bytes_default - f.machine->outstanding());
  REQUIRE(f.reopened());
  f.opened(2);
  f.records(2, 4);
  CHECK(f.delivered() == times{3, 4});
  f.step(subscriber::unsubscribe{});
  CHECK(f.said<close_frame>());
  CHECK_FALSE(f.did<subscriber::closed>()[0].reason);
}

TEST_CASE("heartbeats say again what was granted and acknowledged") {
  subscriber_fixture f;
  f.how.name = "mirror";
  f.log.add_many(3);
  f.open();
  f.records(0, 3);
  const auto hash = short_hash(f.log.point(2).place.chain);
  f.step(subscriber::ack{tx_number(4), 1}); // not delivered
  CHECK(f.out.empty());
  f.step(subscriber::ack{tx_number(2), hash});
  CHECK(f.said<ack_frame>()->t == tx_number(2));
  f.step(subscriber::ack{tx_number(1), 1}); // backwards
  CHECK(f.out.empty());
  f.now.now_us += limits::stream_heartbeat_us;
  f.step(subscriber::tick{});
  const auto beat = f.said<heartbeat_frame>();
  REQUIRE(beat);
  CHECK(beat->granted == limits::stream_window_bytes_default);
  CHECK(beat->acked == tx_number(2));
  CHECK(beat->acked_hash == hash);
}

TEST_CASE("attributes have the names of the newest schema that came") {
  subscriber_fixture f;
  f.log.add({{"a/x"}});
  f.open();
  auto attributes = std::make_shared<std::vector<attribute>>();
  attributes->push_back(*f.log.names()->find("a/x"));
  f.receive(schema_frame{f.of(), f.seq++, attributes});
  CHECK(f.did<subscriber::schema_changed>().size() == 1);
  f.records(0, 1);
  const auto batch = f.did<subscriber::delivery>()[0].batch;
  CHECK(batch.name_of((*batch.datoms())[0].attribute) == "a/x");
}
