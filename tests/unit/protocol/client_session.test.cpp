// A client's side of a connection, alone and against a node's.
#include "weft/core/protocol/client_session.hpp"

#include "examples.hpp"
#include "support/catch.hpp"

#include "weft/core/datom/record.hpp"
#include "weft/core/protocol/server_session.hpp"

#include <random>

using namespace weft;
using namespace weft::test;
using namespace weft::protocol;

namespace {

struct asking {
  explicit asking(hello_message who = {})
      : session({.who = std::move(who), .handshake_us = 1000, .silence_us = 10'000}, 0) {}

  client_session session;
  bytes wire; ///< written and not taken
  std::optional<welcome_message> welcomed;
  std::map<std::uint64_t, answer_body> answers;
  std::size_t frames = 0;
  std::optional<error> ended;
  std::int64_t now_us = 0;

  void perform(client_session::effects& effects) {
    for (auto& e : effects) {
      REQUIRE_FALSE(ended);
      if (auto* w = std::get_if<client_session::write>(&e))
        wire += w->packets;
      else if (auto* by = std::get_if<client_session::welcomed>(&e))
        welcomed = by->by;
      else if (auto* a = std::get_if<client_session::answered>(&e))
        CHECK(answers.emplace(a->id, a->what).second); // one each
      else if (auto* over = std::get_if<client_session::ended>(&e))
        ended = over->why;
      else
        ++frames;
    }
  }
  template <class Event>
  void step(const Event& event) {
    client_session::effects out;
    session.step(event, out);
    perform(out);
  }
  void receive(const message& m) {
    bytes packets;
    put_packets(packets, encode(m));
    step(client_session::received{packets, now_us});
  }
  result<std::uint64_t> ask(request_body what) {
    client_session::effects out;
    auto id = session.ask(std::move(what), out);
    perform(out);
    return id;
  }
  void open() {
    step(client_session::begin{});
    receive(welcome_message{.cluster = "shop", .database = {{1, 2}}, .node = "n1"});
    wire.clear();
  }
  [[nodiscard]] error failure(std::uint64_t id) const {
    return std::get<wire_error>(answers.at(id)).reason();
  }
};

transact_request some_transaction() {
  return {std::make_shared<const tx_request>(rich_request()), {}};
}

errc end_after(const hello_message& wanted, const message& said) {
  asking c(wanted);
  c.step(client_session::begin{});
  c.receive(said);
  CHECK_FALSE(c.welcomed);
  return c.ended ? c.ended->code : errc::usage;
}

} // namespace

TEST_CASE("a client begins with hello and asks when it is welcome") {
  asking c({.cluster = "shop"});
  CHECK(c.ask(status_request{}).error().code == errc::unreachable);
  c.step(client_session::begin{});
  packet_reader in;
  in.feed(c.wire);
  CHECK(std::get<hello_message>(*decode(std::make_shared<const bytes>(**in.next()))).cluster ==
        "shop");
  c.open();
  CHECK(c.welcomed->node == "n1");
  CHECK(c.ask(status_request{}) == 1U);
  CHECK(c.ask(status_request{}) == 2U);
}

TEST_CASE("the same records for several streams are one message, and a frame for each of them") {
  server_session node({.who = {.cluster = "shop", .database = {{1, 2}}}}, 0);
  asking c;
  c.step(client_session::begin{});
  server_session::effects said;
  node.step(server_session::received{c.wire, 0}, said);
  const auto hand_over = [&] { // what the node wrote
    for (const auto& e : std::exchange(said, {}))
      if (const auto* w = std::get_if<server_session::write>(&e))
        c.step(client_session::received{w->packets, 0});
  };
  hand_over();
  REQUIRE(c.welcomed);
  const auto payload = std::make_shared<const bytes>(
      encode_record({.t = tx_number(1),
                     .when = instant(1),
                     .shard = {},
                     .next = {limits::first_user_local, limits::first_user_attribute},
                     .datoms = {}})
          .value());
  auto slice = std::make_shared<stream::stream_slice>();
  slice->items = {{std::make_shared<const stream_record>(peek_stamp(*payload).value(), hash128{},
                                                         hash128{1, 1}, shared_bytes(payload)),
                   nullptr}};
  slice->through = {slice->items[0].record->place(), instant(1)};
  std::vector<stream::server_frame> frames;
  for (std::uint64_t n = 1; n <= 100; ++n)
    frames.emplace_back(stream::records_frame{{n, 1}, 1, slice});
  const auto before = node.counts().bytes_out;
  CHECK(node.step(server_session::streamed{frames}, said) == 100);
  const auto many = node.counts().bytes_out - before;
  CHECK(node.step(server_session::streamed{std::span(frames).first(1)}, said) == 1);
  const auto one = node.counts().bytes_out - before - many;
  hand_over();
  CHECK(c.frames == 101);
  CHECK(many < one + 100 * 11); // a head for each, and the records once
}

TEST_CASE("a node that is not the one that was wanted is left, with the reason") {
  const welcome_message shop{.cluster = "shop", .database = {{1, 2}}, .node = "n1"};
  CHECK(end_after({.cluster = "other"}, shop) == errc::cluster_mismatch);
  CHECK(end_after({.database = {{3, 4}}}, shop) == errc::database_mismatch);
  auto newer = shop;
  newer.version = 9;
  CHECK(end_after({}, newer) == errc::protocol_mismatch);
  CHECK(end_after({}, goodbye_message{wire_error::because({errc::cluster_mismatch, "no"})}) ==
        errc::cluster_mismatch);
  CHECK(end_after({}, goodbye_message{}) == errc::closed);
  CHECK(end_after({}, ping_message{1}) == errc::malformed_frame);
}

TEST_CASE("each request has one answer, also when the connection breaks") {
  asking c;
  c.open();
  const auto read = c.ask(status_request{});
  const auto write = c.ask(some_transaction());
  const auto answered = c.ask(status_request{});
  c.receive(answer_message{*answered, view_closed_answer{}});
  c.step(client_session::broken{{errc::unreachable, "reset by peer"}});
  CHECK(c.answers.size() == 3);
  CHECK(c.failure(*read).code == errc::unreachable);
  CHECK(c.failure(*write).code == errc::outcome_unknown);
  CHECK(c.ended->code == errc::unreachable);
  CHECK(c.ask(status_request{}).error().code == errc::unreachable);
  c.receive(answer_message{*read, view_closed_answer{}}); // too late
  CHECK(c.answers.size() == 3);
}

TEST_CASE("the answer to a request that was forgotten is dropped, whenever it comes") {
  asking c;
  c.open();
  const auto late = c.ask(status_request{});
  const auto never = c.ask(some_transaction());
  c.session.forget(*late);
  c.session.forget(*never);
  c.session.forget(99); // nobody's
  CHECK(c.session.under_way() == 2);
  c.receive(answer_message{*late, view_closed_answer{}});
  CHECK_FALSE(c.ended);
  CHECK(c.session.under_way() == 1);
  c.step(client_session::broken{{errc::unreachable, "reset by peer"}});
  CHECK(c.answers.empty());
}

TEST_CASE("an answer to nothing ends the session") {
  asking c;
  c.open();
  c.receive(answer_message{77, view_closed_answer{}});
  CHECK(c.ended->code == errc::malformed_frame);
}

TEST_CASE("a request that is too large or too deep is not sent") {
  asking c;
  c.open();
  const auto large = std::make_shared<const tx_request>(
      tx_request{}.add(1, "a", std::string(limits::message_bytes_max, 'x')));
  CHECK(c.ask(transact_request{large, {}}).error().code == errc::input_too_large);
  operand deep;
  for (std::size_t i = 0; i <= limits::nesting_depth_max; ++i)
    deep = list_of({std::move(deep)});
  const auto nested = std::make_shared<const tx_request>(tx_request{}.add(1, "a", std::move(deep)));
  CHECK(c.ask(transact_request{nested, {}}).error().code == errc::nesting_too_deep);
  CHECK(c.wire.empty());
  CHECK(c.session.under_way() == 0);
}

TEST_CASE("a node that does not answer hello, or falls silent, is given up") {
  asking early;
  early.step(client_session::begin{});
  early.step(client_session::tick{1000});
  CHECK_FALSE(early.ended);
  early.step(client_session::tick{1001});
  CHECK(early.ended->code == errc::unreachable);

  asking c;
  c.open();
  c.step(client_session::tick{5001});
  CHECK_FALSE(c.wire.empty()); // asked
  c.now_us = 5002;
  c.receive(pong_message{5001});
  c.step(client_session::tick{15'002});
  CHECK_FALSE(c.ended);
  c.step(client_session::tick{15'003});
  CHECK(c.ended->code == errc::unreachable);
}

TEST_CASE("a client that leaves says so") {
  asking c;
  c.open();
  const auto id = c.ask(status_request{});
  c.wire.clear();
  c.step(client_session::leave{});
  CHECK(c.ended->code == errc::closed);
  CHECK(c.failure(*id).code == errc::unreachable);
  packet_reader in;
  in.feed(c.wire);
  CHECK(
      std::holds_alternative<goodbye_message>(*decode(std::make_shared<const bytes>(**in.next()))));
}

TEST_CASE("a client and a node understand each other, however bytes are cut") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 random(seed);
    asking c({.cluster = "shop"});
    server_session node({.who = {.cluster = "shop", .node = "n1"}}, 0);
    server_session::effects done;
    std::vector<std::uint64_t> executed;
    bytes back;
    const auto perform = [&] {
      for (auto& e : done)
        if (auto* w = std::get_if<server_session::write>(&e))
          back += w->packets;
        else if (auto* x = std::get_if<server_session::execute>(&e))
          executed.push_back(x->id);
      done.clear();
    };
    c.step(client_session::begin{});
    std::size_t asked = 0;
    for (int round = 0; round < 2000 && c.answers.size() < 40; ++round) {
      const auto there = c.wire.substr(0, random() % 60);
      c.wire.erase(0, there.size());
      node.step(server_session::received{there, 0}, done);
      perform();
      const auto here = back.substr(0, random() % 60);
      back.erase(0, here.size());
      c.step(client_session::received{here, 0});
      if (c.welcomed && asked < 40 && random() % 4 == 0) {
        const bool writes = random() % 2 == 0;
        REQUIRE((writes ? c.ask(some_transaction()) : c.ask(open_view_request{})));
        ++asked;
      }
      if (!executed.empty() && random() % 3 == 0) {
        const auto at = executed.begin() + static_cast<std::ptrdiff_t>(random() % executed.size());
        node.step(server_session::answered{*at, view_closed_answer{}}, done);
        executed.erase(at);
        perform();
      }
    }
    INFO("seed " << seed);
    CHECK(c.answers.size() == 40);
    CHECK_FALSE(c.ended);
  }
}
