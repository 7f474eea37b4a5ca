// The client's end of a connection, stepped, with a node of a few lines and no sockets.
#include "weft/actors/remote_link.hpp"

#include "support/catch.hpp"
#include "support/stepped_system.hpp"

#include "weft/actors/gateway.hpp"
#include "weft/core/protocol/packet.hpp"
#include "weft/core/protocol/server_session.hpp"

#include <deque>
#include <random>

using namespace weft;
using namespace std::chrono_literals;
using actors::carried;
using actors::carrier_down;
using actors::carrier_up;
using protocol::server_session;

namespace {

const listen_address first{"127.0.0.1", 1};
const listen_address second{"127.0.0.1", 2};
const database_id facts{hash128{1, 2}};

error refused() {
  return {errc::unreachable, "nobody answers"};
}

/// What the link did with one connection.
struct seen_connection {
  bytes written;
  int hung_up = 0;
  std::size_t taken = 0;
};

/// A link, its clock, and all that it dialed.
class link_world {
 public:
  struct dialed {
    listen_address at;
    std::uint64_t number;
  };

  link_world() { link = actors::spawn(world.system, actors::remote_link, options()); }
  link_world(const link_world&) = delete;
  link_world& operator=(const link_world&) = delete;
  ~link_world() {
    actors::ask_to_end(actors::untyped(link));
    link = nullptr;
    world.run();
  }

  /// Asks for the first connection; what came of it, once something did.
  void begin() {
    actors::spawn(
        world.system,
        [](caf::event_based_actor* self, actors::remote_link_actor whom,
           std::optional<result<void>>* to) {
          actors::request(
              self, whom, actors::forever, actors::start_up{},
              [to](const actors::started&) { to->emplace(); },
              [to](const error& e) { *to = fail(e); });
        },
        link, &started);
    world.run();
  }
  template <class Message>
  void tell(Message what) {
    actors::send_from_outside(link, std::move(what));
    world.run();
  }
  /// Somebody takes the connection of that number.
  std::shared_ptr<seen_connection> take(std::uint64_t number) {
    auto seen = std::make_shared<seen_connection>();
    tell(carrier_up{number,
                    {.write = [seen](bytes what) { seen->written += what; },
                     .hang_up = [seen] { ++seen->hung_up; },
                     .taken = [seen](std::size_t count) { seen->taken += count; }}});
    return seen;
  }
  /// What a node says to all that was written there.
  bytes answer(const seen_connection& to, protocol::server_identity who) {
    server_session node({.who = std::move(who)}, clock_us);
    server_session::effects effects;
    node.step(server_session::received{to.written, clock_us}, effects);
    bytes said;
    for (const auto& effect : effects)
      if (const auto* w = std::get_if<server_session::write>(&effect))
        said += w->packets;
    return said;
  }
  /// The link looks at its clock, that time later.
  void pass(std::chrono::microseconds time) {
    clock_us += time.count();
    tell(actors::clock_tick{});
  }

  std::int64_t clock_us = 1'000'000;
  test::stepped_system world{1};
  /// A transaction; what came of it, once something did.
  std::shared_ptr<std::optional<result<transacted>>> submit() {
    auto out = std::make_shared<std::optional<result<transacted>>>();
    auto order = actors::admit(credit, std::make_shared<const tx_request>(), request_id{},
                               [out](result<transacted> x) { *out = std::move(x); });
    REQUIRE(order);
    tell(std::move(*order));
    return out;
  }

  std::shared_ptr<actors::byte_credit> credit = std::make_shared<actors::byte_credit>(1U << 20U);
  std::deque<dialed> all;
  actors::remote_link_actor link;
  std::optional<result<void>> started;

 private:
  actors::remote_link_options options() {
    return {.endpoints = {first, second},
            .who = {.cluster = "facts"},
            .dial =
                [this](const listen_address& at, std::chrono::milliseconds, std::uint64_t number,
                       const actors::remote_link_actor&) {
                  all.push_back({at, number});
                },
            .connect_within = 5000ms,
            .credit = credit,
            .clock = [this] { return instant(clock_us); },
            .steady = [this] { return instant(clock_us); },
            .random = [this] { return random_(); }};
  }
  std::mt19937_64 random_{7};
};

/// It was welcomed at its first endpoint.
std::shared_ptr<seen_connection> opened(link_world& w) {
  w.begin();
  auto seen = w.take(w.all.back().number);
  w.tell(carried{w.all.back().number, w.answer(*seen, {.cluster = "facts", .database = facts})});
  REQUIRE(w.started);
  REQUIRE(*w.started);
  return seen;
}

} // namespace

TEST_CASE("remote link: endpoints are tried in turn, and the first that welcomes is the one") {
  link_world w;
  w.begin();
  REQUIRE(w.all.size() == 1);
  CHECK(w.all[0].at == first);
  w.tell(carrier_down{w.all[0].number, refused()});
  REQUIRE(w.all.size() == 2);
  CHECK(w.all[1].at == second);
  CHECK(!w.started);
  const auto seen = w.take(w.all[1].number);
  CHECK(!seen->written.empty()); // hello
  const auto welcome = w.answer(*seen, {.cluster = "facts", .database = facts});
  w.tell(carried{w.all[1].number, welcome.substr(0, 5)});
  CHECK(!w.started);
  w.tell(carried{w.all[1].number, welcome.substr(5)});
  REQUIRE(w.started);
  CHECK(*w.started);
  CHECK(seen->taken == welcome.size());
  CHECK(seen->hung_up == 0);
}

TEST_CASE("remote link: at first nobody there is an answer, with all their reasons") {
  link_world w;
  w.begin();
  w.tell(carrier_down{w.all[0].number, refused()});
  const auto seen = w.take(w.all[1].number);
  w.tell(carried{w.all[1].number, w.answer(*seen, {.cluster = "other", .database = facts})});
  REQUIRE(w.started);
  REQUIRE(!*w.started);
  CHECK(w.started->error().code == errc::cluster_mismatch); // it tells more than nobody
  CHECK(w.started->error().detail.find(second.to_string()) != std::string::npos);
  CHECK(seen->hung_up == 1);
}

TEST_CASE("remote link: a node of other versions is one for good, and says which it speaks") {
  link_world w;
  w.begin();
  for (int i = 0; i < 2; ++i) { // both endpoints
    const auto number = w.all.back().number;
    const auto seen = w.take(number);
    bytes said;
    protocol::put_packets(
        said, protocol::encode(protocol::goodbye_message{wire_error::because(
                  {errc::protocol_mismatch, "other versions", {{"min", "8"}, {"max", "9"}}})}));
    w.tell(carried{number, said});
  }
  REQUIRE(w.started);
  REQUIRE(!*w.started);
  CHECK(w.started->error().code == errc::protocol_mismatch);
  CHECK(w.started->error().field("max") == "9");
  CHECK(w.all.size() == 2); // nobody is asked again
}

TEST_CASE("remote link: who says nothing has its time, of which connecting is a part") {
  link_world w;
  w.begin();
  w.clock_us += 4'000'000; // until somebody took it
  const auto silent = w.take(w.all[0].number);
  w.pass(900ms);
  CHECK(w.all.size() == 1);
  w.pass(200ms);
  CHECK(w.all.size() == 2);
  CHECK(silent->hung_up == 1);
  CHECK(!w.started);
}

TEST_CASE("remote link: what a connection says that is over counts no more") {
  link_world w;
  w.begin();
  w.tell(carrier_down{w.all[0].number, refused()});
  const auto late = w.take(w.all[0].number);
  CHECK(late->hung_up == 1); // it came when it was given up
  CHECK(late->written.empty());
  const auto seen = w.take(w.all[1].number);
  w.tell(carried{w.all[0].number, w.answer(*seen, {.cluster = "facts", .database = facts})});
  w.tell(carrier_down{w.all[0].number, refused()});
  CHECK(!w.started);
  CHECK(w.all.size() == 2);
  w.tell(carried{w.all[1].number, w.answer(*seen, {.cluster = "facts", .database = facts})});
  REQUIRE(w.started);
  CHECK(*w.started);
}

TEST_CASE("remote link: a connection that breaks is made again, with pauses that grow") {
  link_world w;
  const auto seen = opened(w);
  w.tell(carrier_down{w.all.back().number, refused()});
  CHECK(seen->hung_up == 1);
  w.pass(20ms); // at once, at first
  REQUIRE(w.all.size() == 2);
  std::vector<std::int64_t> pauses;
  for (int round = 0; round < 12; ++round) {
    const auto before = w.all.size();
    w.tell(carrier_down{w.all.back().number, refused()});
    REQUIRE(w.all.size() == before + 1); // the second endpoint
    const auto began = w.clock_us;
    w.tell(carrier_down{w.all.back().number, refused()});
    while (w.all.size() == before + 1 && w.clock_us - began < 60'000'000)
      w.pass(1ms);
    REQUIRE(w.all.size() == before + 2);
    pauses.push_back(w.clock_us - began);
  }
  CHECK(pauses.front() <= limits::stream_backoff_us_min + 1000);
  CHECK(pauses.back() >= limits::stream_backoff_us_max / 2);
  CHECK(pauses.back() <= limits::stream_backoff_us_max + 1000);
}

TEST_CASE("remote link: what was sent is uncertain, also when a welcome comes with a goodbye") {
  link_world w;
  const auto seen = opened(w);
  const auto hello = seen->written.size();
  const auto outcome = w.submit();
  CHECK(seen->written.size() > hello);
  w.tell(carrier_down{w.all.back().number, refused()});
  w.pass(20ms);
  const auto again = w.take(w.all.back().number);
  w.pass(100ms); // it may be sent again
  auto said = w.answer(*again, {.cluster = "facts", .database = facts});
  protocol::put_packets(said, protocol::encode(protocol::goodbye_message{
                                  wire_error::because({errc::closed, "the node is ending"})}));
  w.tell(carried{w.all.back().number, said});
  CHECK(!*outcome); // it may be committed: nobody says that it was not sent
  for (int i = 0; i < 1000 && w.all.size() == 2; ++i)
    w.pass(20ms);
  REQUIRE(w.all.size() == 3);
  const auto third = w.take(w.all.back().number);
  const auto third_hello = third->written.size();
  w.tell(carried{w.all.back().number, w.answer(*third, {.cluster = "facts", .database = facts})});
  CHECK(third->written.size() > third_hello); // the transaction
  CHECK(!*outcome);
  w.tell(carrier_down{w.all.front().number, refused()}); // long over
  w.tell(carried{w.all.front().number, "rubbish"});
  CHECK(third->hung_up == 0);
  w.pass(31s);
  REQUIRE(*outcome);
  CHECK((*outcome)->error().code == errc::outcome_unknown);
}

TEST_CASE("remote link: who closes says goodbye and hangs up") {
  auto w = std::make_unique<link_world>();
  const auto seen = opened(*w);
  const auto before = seen->written.size();
  w.reset();
  CHECK(seen->written.size() > before);
  CHECK(seen->hung_up == 1);
}
