// A node's side of a connection: what it takes, what it refuses, and when it gives up.
#include "weft/core/protocol/server_session.hpp"

#include "examples.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace weft;
using namespace weft::test;
using namespace weft::protocol;

namespace {

const database_id ours{{1, 2}};

server_session::options small_options() {
  return {.who = {.cluster = "shop", .database = ours, .node = "n1"},
          .requests_max = 3,
          .request_bytes_max = 10'000,
          .streams_max = 2,
          .handshake_us = 1000,
          .silence_us = 10'000};
}

/// A session, and what it did.
struct served {
  server_session session{small_options(), 0};
  std::vector<message> said;
  std::vector<server_session::execute> executed;
  std::vector<stream::client_frame> frames;
  std::optional<server_session::ended> ended;
  bool opened = false;
  std::int64_t now_us = 0;

  void perform(server_session::effects& effects) {
    for (auto& e : effects) {
      REQUIRE_FALSE(ended); // nothing comes after the end
      if (auto* w = std::get_if<server_session::write>(&e))
        hear(w->packets);
      else if (auto* x = std::get_if<server_session::execute>(&e))
        executed.push_back(std::move(*x));
      else if (auto* f = std::get_if<server_session::stream_in>(&e))
        frames.push_back(std::move(f->what));
      else if (auto* over = std::get_if<server_session::ended>(&e))
        ended = *over;
      else
        opened = true;
    }
  }
  void hear(bytes_view packets) {
    in_.feed(packets);
    for (auto next = in_.next(); next && *next; next = in_.next())
      said.push_back(*decode(std::make_shared<const bytes>(std::move(**next))));
  }
  template <class Event>
  void step(const Event& event) {
    server_session::effects out;
    session.step(event, out);
    perform(out);
  }
  void receive(bytes_view piece) { step(server_session::received{piece, now_us}); }
  void receive(const message& m) {
    bytes wire;
    put_packets(wire, encode(m));
    receive(wire);
  }
  void open() {
    receive(hello_message{.cluster = "shop"});
    REQUIRE(opened);
    said.clear();
  }
  void tick(std::int64_t at_us) {
    now_us = at_us;
    step(server_session::tick{at_us});
  }
  /// The last thing it said; what its error is, if it is one.
  [[nodiscard]] std::optional<error> goodbye() const {
    REQUIRE_FALSE(said.empty());
    const auto& why = std::get<goodbye_message>(said.back()).why;
    return why ? std::optional(why->reason()) : std::nullopt;
  }
  [[nodiscard]] std::optional<error> failed(std::size_t i) const {
    const auto& what = std::get<answer_message>(said.at(i)).what;
    const auto* e = std::get_if<wire_error>(&what);
    return e != nullptr ? std::optional(e->reason()) : std::nullopt;
  }

 private:
  packet_reader in_;
};

/// What the node says to a hello, and how it ends.
errc answer_to(const hello_message& hello) {
  served s;
  s.receive(hello);
  if (!s.ended)
    return errc::usage;
  CHECK_FALSE(s.opened);
  CHECK(s.goodbye()->code == s.ended->why->code);
  return s.ended->why->code;
}

stream::open_frame open_of(std::uint64_t session) {
  return {{session, 1}, {}, stream::start_at::newest(), "", {}, 65'536};
}

message framed(const stream::client_frame& f) {
  return stream_message{shared_bytes(std::make_shared<const bytes>(stream::encode(f)))};
}

} // namespace

TEST_CASE("a client that says hello is welcomed") {
  served s;
  s.receive(hello_message{.cluster = "shop", .database = ours, .principal = "ada"});
  const auto& welcome = std::get<welcome_message>(s.said.at(0));
  CHECK(welcome == welcome_message{.cluster = "shop", .database = ours, .node = "n1"});
  CHECK(s.session.client().principal == "ada");
  CHECK(s.session.phase() == server_session::stage::open);
}

TEST_CASE("a client of another cluster, database or version is told so") {
  CHECK(answer_to({}) == errc::usage); // whichever this is
  CHECK(answer_to({.cluster = "other"}) == errc::cluster_mismatch);
  CHECK(answer_to({.database = {{9, 9}}}) == errc::database_mismatch);
  CHECK(answer_to({.version_min = 2, .version_max = 3}) == errc::protocol_mismatch);
  CHECK(answer_to({.version_min = 1, .version_max = 3}) == errc::usage);
  served s;
  s.receive(hello_message{.cluster = "other"});
  CHECK(s.goodbye()->field("cluster") == "shop");
}

TEST_CASE("nothing comes before hello, and hello only once") {
  served s;
  s.receive(request_message{1, status_request{}});
  CHECK(s.goodbye()->code == errc::malformed_frame);
  CHECK(s.executed.empty());
  served twice;
  twice.open();
  twice.receive(hello_message{});
  CHECK(twice.goodbye()->code == errc::malformed_frame);
}

TEST_CASE("requests are executed and answered in any order, also byte by byte") {
  served s;
  s.open();
  bytes wire;
  put_packets(wire, encode(request_message{7, status_request{}}));
  put_packets(wire, encode(request_message{8, open_view_request{}}));
  for (const char c : wire)
    s.receive(bytes_view(&c, 1));
  REQUIRE(s.executed.size() == 2);
  CHECK(s.executed[1].id == 8);
  s.step(server_session::answered{8, view_answer{.view = 1}});
  s.step(server_session::answered{7, view_closed_answer{}});
  CHECK(std::get<answer_message>(s.said.at(0)).id == 8);
  CHECK(std::get<answer_message>(s.said.at(1)).id == 7);
  s.step(server_session::answered{7, view_closed_answer{}}); // twice
  CHECK(s.said.size() == 2);
  CHECK(s.session.under_way() == 0);
}

TEST_CASE("more requests than a connection may have are refused, and it goes on") {
  served s;
  s.open();
  for (std::uint64_t id = 1; id <= 4; ++id)
    s.receive(request_message{id, status_request{}});
  CHECK(s.executed.size() == 3);
  CHECK(s.failed(0)->code == errc::overloaded);
  s.step(server_session::answered{2, view_closed_answer{}});
  s.receive(request_message{4, status_request{}});
  CHECK(s.executed.size() == 4);
  CHECK(s.session.counts().refused == 1);
}

TEST_CASE("more bytes of requests are refused, but one that is alone is let in") {
  const auto large = std::make_shared<const tx_request>(
      tx_request{}.add(tempid("a"), "user/name", std::string(20'000, 'x')));
  served s;
  s.open();
  s.receive(request_message{1, transact_request{large}});
  CHECK(s.executed.size() == 1);
  s.receive(request_message{2, status_request{}});
  CHECK(s.failed(0)->code == errc::overloaded);
  s.step(server_session::answered{1, wire_error::because({errc::closed, ""})});
  s.receive(request_message{3, status_request{}});
  s.receive(request_message{4, transact_request{large}});
  CHECK(s.executed.size() == 2);
}

TEST_CASE("a number that is under way is not given twice") {
  served s;
  s.open();
  s.receive(request_message{1, status_request{}});
  s.receive(request_message{1, status_request{}});
  CHECK(s.goodbye()->code == errc::malformed_frame);
}

TEST_CASE("garbage ends a connection, and what comes after it is not looked at") {
  served s;
  s.open();
  s.receive(bytes_view("GET / HTTP/1.1\r\n"));
  REQUIRE(s.ended);
  CHECK(s.goodbye()->code == errc::malformed_frame);
  const auto said = s.said.size();
  s.receive(hello_message{});
  s.step(server_session::answered{1, view_closed_answer{}});
  s.step(server_session::drain{{errc::closed, "stop"}});
  s.tick(1'000'000);
  CHECK(s.said.size() == said);
}

TEST_CASE("frames of streams go to the publisher and back, and streams are counted") {
  served s;
  s.open();
  s.receive(framed(open_of(1)));
  s.receive(framed(open_of(2)));
  s.receive(framed(open_of(3)));
  CHECK(s.frames.size() == 2);
  const auto refused = stream::decode_server(
      std::make_shared<const bytes>(bytes(std::get<stream_message>(s.said.at(0)).frame.view)));
  CHECK(std::get<stream::closed_frame>(*refused).why.reason().code == errc::overloaded);
  auto again = open_of(1);
  again.of.attempt = 2;
  s.receive(framed(again)); // the same session
  CHECK(s.frames.size() == 3);
  const auto over = [&](std::uint32_t attempt) {
    const std::vector<stream::server_frame> last{
        stream::closed_frame::because({1, attempt}, 1, {errc::closed, "over"})};
    server_session::effects out;
    CHECK(s.session.step(server_session::streamed{last}, out) == 1);
    s.perform(out);
  };
  over(1); // of the attempt before
  s.receive(framed(open_of(3)));
  CHECK(s.frames.size() == 3);
  over(2);
  s.receive(framed(open_of(3)));
  CHECK(s.frames.size() == 4);
  s.receive(framed(stream::close_frame{{2, 1}}));
  s.receive(framed(open_of(4)));
  CHECK(s.frames.size() == 6);
}

TEST_CASE("a frame that cannot be read ends the connection") {
  served s;
  s.open();
  s.receive(stream_message{shared_bytes(std::make_shared<const bytes>("nonsense"))});
  REQUIRE(s.ended);
}

TEST_CASE("who does not say hello in time is cut") {
  served s;
  s.receive(bytes_view("WF"));
  s.tick(1000);
  CHECK_FALSE(s.ended);
  s.tick(1001);
  CHECK(s.ended->why->code == errc::unreachable);
}

TEST_CASE("who is silent is asked, then cut; who answers is not") {
  served s;
  s.open();
  s.tick(5000);
  CHECK(s.said.empty());
  s.tick(5001);
  s.tick(5002);
  REQUIRE(s.said.size() == 1); // asked once
  const auto token = std::get<ping_message>(s.said[0]).token;
  s.receive(pong_message{token});
  s.tick(15'002);
  CHECK_FALSE(s.ended);
  s.tick(15'003);
  CHECK(s.ended->why->code == errc::unreachable);
}

TEST_CASE("a ping is answered") {
  served s;
  s.open();
  s.receive(ping_message{42});
  CHECK(std::get<pong_message>(s.said.at(0)).token == 42);
}

TEST_CASE("a node that drains answers what is under way, refuses the rest, and says goodbye") {
  served s;
  s.open();
  s.receive(request_message{1, status_request{}});
  s.step(server_session::drain{{errc::closed, "the node stops"}});
  s.receive(request_message{2, status_request{}});
  CHECK(s.failed(0)->code == errc::closed);
  CHECK_FALSE(s.ended);
  s.step(server_session::answered{1, view_closed_answer{}});
  CHECK(s.ended->why->code == errc::closed);
  CHECK(s.goodbye()->detail == "the node stops");
}

TEST_CASE("a client that leaves is forgotten without a word") {
  served s;
  s.open();
  s.receive(goodbye_message{});
  REQUIRE(s.ended);
  CHECK_FALSE(s.ended->why);
  CHECK(s.said.empty());
}

TEST_CASE("an answer that is too large becomes an error") {
  served s;
  s.open();
  s.receive(request_message{1, open_view_request{}});
  attribute a;
  a.ident = "a/" + std::string(200, 'x');
  std::vector<attribute> all;
  for (std::uint32_t i = 0; i < limits::message_bytes_max / 200; ++i) {
    a.id = attribute_id(1024 + i);
    all.push_back(a);
  }
  s.step(server_session::answered{1, view_answer{.view = 1, .schema = std::move(all)}});
  CHECK(s.failed(0)->code == errc::input_too_large);
}

// -- with the limits that nodes have ---

namespace {

/// A session with the usual options.
struct usual {
  server_session session{{.who = {.cluster = "shop"}}, 0};
  server_session::effects effects;

  void receive(const message& m) {
    bytes wire;
    put_packets(wire, encode(m));
    session.step(server_session::received{wire, 0}, effects);
  }
  template <class Effect>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        effects, [](const auto& e) { return std::holds_alternative<Effect>(e); }));
  }
};

} // namespace

TEST_CASE("so many requests, and bytes of them, are under way on one connection") {
  usual many;
  many.receive(hello_message{});
  for (std::uint64_t id = 0; id <= limits::connection_requests_max; ++id)
    many.receive(request_message{id, status_request{}});
  CHECK(many.count<server_session::execute>() == limits::connection_requests_max);
  CHECK(many.session.counts().refused == 1);

  usual large;
  large.receive(hello_message{});
  const auto half = std::make_shared<const tx_request>(tx_request{}.add(
      tempid("a"), "user/name", std::string(limits::connection_request_bytes_max / 3, 'x')));
  for (std::uint64_t id = 0; id < 3; ++id)
    large.receive(request_message{id, transact_request{half, {}}});
  CHECK(large.count<server_session::execute>() == 2);
  CHECK(large.session.counts().refused == 1);
}

TEST_CASE("so many streams are open on one connection") {
  usual s;
  s.receive(hello_message{});
  for (std::uint64_t session = 1; session <= limits::connection_streams_max + 1; ++session)
    s.receive(framed(open_of(session)));
  CHECK(s.count<server_session::stream_in>() == limits::connection_streams_max);
}

TEST_CASE("a handshake takes so long, and a silence") {
  usual s;
  s.session.step(server_session::tick{limits::handshake_us}, s.effects);
  CHECK(s.effects.empty());
  s.session.step(server_session::tick{limits::handshake_us + 1}, s.effects);
  CHECK(s.count<server_session::ended>() == 1);
  usual open;
  open.receive(hello_message{});
  open.session.step(server_session::tick{limits::connection_silence_us}, open.effects);
  CHECK(open.count<server_session::ended>() == 0);
  open.session.step(server_session::tick{limits::connection_silence_us + 1}, open.effects);
  CHECK(open.count<server_session::ended>() == 1);
}
