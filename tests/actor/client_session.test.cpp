// The node's end of a connection, stepped, with a publisher of a few lines and no sockets.
#include "weft/actors/client_session.hpp"

#include "support/catch.hpp"
#include "support/stepped_system.hpp"

#include "weft/core/protocol/packet.hpp"

using namespace weft;
using namespace weft::protocol;
using actors::wire_bytes;

namespace {

/// What a publisher was told; it answers when it is told to.
struct told_publisher {
  std::vector<stream::client_frame> frames;
  std::vector<actors::free_promise> unanswered;
};

caf::behavior slow_publisher(caf::event_based_actor* self, std::shared_ptr<told_publisher> to) {
  return {[=](const actors::stream_frames_in& said) -> caf::result<actors::frames_taken> {
    to->frames.insert(to->frames.end(), said.frames.begin(), said.frames.end());
    to->unanswered.emplace_back(self->make_response_promise());
    return caf::delegated<actors::frames_taken>{};
  }};
}

/// Keeps whatever it is sent, and answers nothing.
caf::behavior silent(caf::event_based_actor* self, int /*unused*/) {
  struct kept {
    caf::message what;
    caf::response_promise asked;
  };
  self->set_default_handler(
      [self, all = std::make_shared<std::vector<kept>>()](
          caf::scheduled_actor*, caf::message_view& sent) -> caf::result<caf::message> {
        all->push_back({sent.move_content_to_message(), self->make_response_promise()});
        return caf::delegated<caf::message>{};
      });
  return {[](int) {}};
}

bytes packed(const message& m) {
  bytes out;
  put_packets(out, encode(m));
  return out;
}
bytes packed(const stream::client_frame& f) {
  return packed(stream_message{shared_bytes(std::make_shared<const bytes>(stream::encode(f)))});
}

/// A session that was welcomed, and what it did.
class session_world {
 public:
  session_world() {
    publisher = actors::spawn(world.system, slow_publisher, told);
    nobody = actors::spawn(world.system, silent, 0);
    const auto services = std::make_shared<const actors::session_services>(actors::session_services{
        .steady = [] { return instant(1); },
        .credit = std::make_shared<actors::byte_credit>(1U << 20U),
        .router = [this] { return caf::actor_cast<actors::router_actor>(nobody); },
        .publisher = [this] { return caf::actor_cast<actors::wal_publisher_actor>(publisher); },
        .worker = [this] { return caf::actor_cast<actors::query_worker_actor>(nobody); }});
    session = actors::spawn(world.system, actors::client_session,
                            server_session({.who = {.cluster = "facts"}}, 1),
                            actors::carrier{.write =
                                                [this](bytes what) {
                                                  largest = std::max(largest, what.size());
                                                  in_.feed(what);
                                                },
                                            .hang_up = [this] { ++hung_up; },
                                            .taken = [this](std::size_t n) { taken += n; },
                                            .unsent = [this] { return unsent; },
                                            .peer = "test"},
                            services);
    say(packed(hello_message{.cluster = "facts"}));
    CHECK(std::holds_alternative<welcome_message>(heard().at(0)));
  }
  session_world(const session_world&) = delete;
  session_world& operator=(const session_world&) = delete;
  ~session_world() {
    told->unanswered.clear();
    actors::ask_to_end(publisher);
    publisher = nullptr;
    actors::ask_to_end(nobody);
    nobody = nullptr;
    actors::send_from_outside(session,
                              actors::carrier_broken{{errc::unreachable, "the test is over"}});
    session = nullptr;
    world.run();
  }

  void say(bytes what) {
    said += what.size();
    actors::send_from_outside(session, wire_bytes{std::move(what)});
    world.run();
  }
  template <class Message>
  void tell(Message what) {
    actors::send_from_outside(session, std::move(what));
    world.run();
  }
  /// What the node said since.
  std::vector<message> heard() {
    std::vector<message> out;
    for (auto next = in_.next(); next && *next; next = in_.next())
      out.push_back(*decode(std::make_shared<const bytes>(std::move(**next))));
    return out;
  }

  test::stepped_system world{1};
  std::shared_ptr<told_publisher> told = std::make_shared<told_publisher>();
  actors::actor publisher;
  actors::actor nobody; ///< who is to execute requests, and does not
  actors::client_session_actor session;
  std::size_t said = 0;
  std::size_t taken = 0;
  std::size_t largest = 0; ///< of what was written at once
  std::size_t unsent = 0;
  int hung_up = 0;

 private:
  packet_reader in_;
};

stream::open_frame open_of(std::uint64_t session) {
  return {{session, 1}, {}, stream::start_at::newest(), "", {}, 65'536};
}

} // namespace

TEST_CASE("client session: it reads on when the publisher has handled what it was told") {
  session_world w;
  CHECK(w.taken == w.said); // a hello is nothing for a publisher
  bytes piece = packed(open_of(1)) + packed(open_of(2));
  for (std::uint64_t n = 1; n <= 100; ++n)
    piece += packed(stream::credit_frame{{1, 1}, n});
  w.say(piece);
  CHECK(w.told->frames.size() == 102);
  CHECK(w.told->unanswered.size() == 1);
  CHECK(w.taken == w.said - piece.size());
  w.say(packed(stream::close_frame{{2, 1}}));
  CHECK(w.told->unanswered.size() == 2);
  CHECK(w.taken == w.said - piece.size() - packed(stream::close_frame{{2, 1}}).size());
  w.told->unanswered.back().deliver(actors::frames_taken{});
  w.world.run();
  CHECK(w.taken == w.said - piece.size());
  w.told->unanswered.front().deliver(actors::frames_taken{});
  w.world.run();
  CHECK(w.taken == w.said);
  const auto& last = std::get<stream::credit_frame>(w.told->frames[101]);
  CHECK(last.granted == 100); // in the client's order
}

TEST_CASE("client session: a publisher that ends has handled everything, and streams hear so") {
  session_world w;
  w.say(packed(open_of(1)));
  CHECK(w.taken < w.said);
  w.told->unanswered.clear();
  actors::kill(w.publisher);
  w.world.run();
  CHECK(w.taken == w.said);
  const auto said = w.heard();
  REQUIRE(said.size() == 1);
  const auto frame = stream::decode_server(
      std::make_shared<const bytes>(bytes(std::get<stream_message>(said[0]).frame.view)));
  REQUIRE(frame);
  CHECK(std::get<stream::closed_frame>(*frame).why.reason().code == errc::not_subscribed);
  w.say(packed(open_of(2))); // the next one has not begun
  CHECK(w.taken == w.said);
  CHECK(w.heard().size() == 1);
}

namespace {

/// So many streams get a part of one record each.
actors::stream_frames_out parts(std::uint64_t first, std::uint64_t streams, std::size_t bytes_each,
                                bool shared = true) {
  auto part = std::make_shared<const bytes>(bytes_each, 'x');
  actors::stream_frames_out all;
  for (std::uint64_t n = first; n < first + streams; ++n) {
    if (!shared)
      part = std::make_shared<const bytes>(bytes_each, 'x');
    all.frames.emplace_back(stream::fragment_frame{{n, 1}, 1, {}, 1, shared_bytes(part)});
  }
  return all;
}

/// The sessions of the frames that it wrote since.
std::vector<std::uint64_t> sessions_of(const std::vector<message>& said) {
  std::vector<std::uint64_t> out;
  for (const auto& m : said) {
    const auto frame = stream::decode_server(
        std::make_shared<const bytes>(bytes(std::get<stream_message>(m).frame.view)));
    REQUIRE(frame);
    out.push_back(stream::epoch_of(*frame).session);
  }
  return out;
}

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> out;
  for (; from <= to; ++from)
    out.push_back(from);
  return out;
}

} // namespace

TEST_CASE("client session: what all its streams get at a time is written in small parts") {
  session_world w;
  w.tell(parts(1, 100, 200'000));
  CHECK(sessions_of(w.heard()) == numbers(1, 100));
  CHECK(w.largest < 2 * limits::packet_bytes_max);
}

TEST_CASE("client session: frames wait while much waits to be sent, and go on in their order") {
  session_world w;
  w.tell(parts(1, 3, 1000));
  w.unsent = 2U << 20U;
  w.tell(parts(4, 3, 1000));
  w.tell(parts(7, 100, 200'000)); // of one record: it is kept once
  w.tell(parts(107, 1, 1000));
  CHECK(sessions_of(w.heard()) == numbers(1, 3));
  w.say(packed(ping_message{7})); // others are answered meanwhile
  REQUIRE(w.heard().size() == 1);
  w.unsent = 0;
  w.tell(actors::carrier_sent{});
  CHECK(sessions_of(w.heard()) == numbers(4, 107));
  CHECK(w.hung_up == 0);
}

TEST_CASE("client session: a writer hears of its commit after the streams of its connection") {
  session_world w;
  w.say(packed(request_message{1, transact_request{std::make_shared<const tx_request>(), {}}}));
  w.say(packed(request_message{2, status_request{}}));
  w.unsent = 2U << 20U;
  w.tell(parts(1, 3, 1000));
  w.tell(actors::request_answered{
      1, transacted_answer{tx_number(7), instant(7), {}, std::make_shared<const bytes>("record")}});
  w.tell(actors::request_answered{2, status_answer{}}); // it is about no commit
  w.tell(parts(4, 3, 1000));
  const auto early = w.heard();
  REQUIRE(early.size() == 1);
  CHECK(std::get<answer_message>(early[0]).id == 2);
  w.unsent = 0;
  w.tell(actors::carrier_sent{});
  auto said = w.heard();
  REQUIRE(said.size() == 7);
  CHECK(std::get<answer_message>(said[3]).id == 1); // behind what came before it
  said.erase(said.begin() + 3);
  CHECK(sessions_of(said) == numbers(1, 6));
}

TEST_CASE("client session: who takes nothing, and has credit for more than is kept, is cut") {
  session_world w;
  w.unsent = 2U << 20U;
  constexpr std::size_t part_bytes = 128U << 10U;
  constexpr auto most = limits::connection_unread_bytes_max / part_bytes;
  w.tell(parts(1, most - 1, part_bytes, false));
  CHECK(w.hung_up == 0);
  w.tell(parts(most, 2, part_bytes, false));
  CHECK(w.hung_up == 1);
  CHECK(w.heard().empty());
}
