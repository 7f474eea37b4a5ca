// Sockets of clients that are slow, too many, half open, or lie.
#include "returning_node.hpp"

#include <array>

using namespace weft;
using namespace weft::client;
using namespace weft::test;
using protocol::status_request;

namespace {

instant soon() {
  return in_us(10'000'000);
}

/// Waits until it is so; what it is for is said by whoever waits.
template <class Condition>
bool comes_true(Condition is_so) {
  for (const auto deadline = soon(); persistence::steady_clock_us() < deadline;
       std::this_thread::yield())
    if (is_so())
      return true;
  return false;
}

bytes hello() {
  bytes out;
  protocol::put_packets(out, protocol::encode(protocol::hello_message{}));
  return out;
}

bytes many_requests(std::uint64_t from, std::uint64_t count) {
  bytes out;
  for (auto id = from; id < from + count; ++id)
    protocol::put_packets(out, protocol::encode(protocol::request_message{id, status_request{}}));
  return out;
}

result<stream_socket> connected(const endpoint& to) {
  auto attempt = dialing::begin(to);
  auto done = attempt ? attempt->go_on(soon()) : fail(attempt.error());
  REQUIRE(done);
  return std::move(*done);
}

/// Reads until the other side closes; what it said.
bytes all_of(stream_socket& socket) {
  bytes out;
  std::array<char, 4096> piece{};
  for (const auto deadline = soon(); persistence::steady_clock_us() < deadline;) {
    static_cast<void>(socket.wait(false, deadline));
    const auto n = socket.read(piece);
    if (!n)
      return out;
    out.append(piece.data(), *n);
  }
  FAIL("the connection was not closed");
  return out;
}

} // namespace

TEST_CASE("bytes that are no protocol are answered with goodbye, and the socket is closed") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto socket = connected(node.at());
  REQUIRE(socket);
  REQUIRE(socket->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  protocol::packet_reader in;
  in.feed(all_of(*socket));
  const auto said = in.next();
  REQUIRE(said);
  REQUIRE(*said);
  const auto bye = protocol::decode(std::make_shared<const bytes>(**said));
  CHECK(std::get<protocol::goodbye_message>(*bye).why->reason().code == errc::malformed_frame);
  CHECK(comes_true([&] { return node.sockets().counts().open == 0; }));
}

TEST_CASE("more clients than there may be are turned away, and others go on") {
  const temp_folder folder;
  plain_node node(folder / "data", {.connections_max = 2});
  auto first = connection::open(to(node.at()));
  std::optional<connection> second = *connection::open(to(node.at()));
  REQUIRE(first);
  CHECK(connection::open(to(node.at())).error().code == errc::unreachable);
  CHECK(node.sockets().counts().turned_away == 1);
  CHECK(first->ask(status_request{}));
  second.reset();
  CHECK(comes_true([&] { return node.sockets().counts().open == 1; }));
  CHECK(connection::open(to(node.at())));
}

TEST_CASE("a client that does not read is not read from, and cut in the end; others are served") {
  const temp_folder folder;
  plain_node node(folder / "data",
                  {.unsent_bytes_max = 64U << 10U, .stall = std::chrono::milliseconds(200)});
  auto lazy = connected(node.at());
  auto other = connection::open(to(node.at()));
  REQUIRE(lazy);
  REQUIRE(other);
  bytes wire = hello();
  std::size_t sent = 0;
  std::uint64_t next = 1;
  // It asks for as long as anybody takes its questions, and never reads an answer.
  const bool cut = comes_true([&] {
    if (sent == wire.size()) {
      wire = many_requests(next, 1000);
      next += 1000;
      sent = 0;
    }
    const auto n = lazy->write(bytes_view(wire).substr(sent));
    if (!n)
      return true;
    sent += *n;
    if (*n == 0)
      static_cast<void>(lazy->wait(true, in_us(10'000)));
    return node.sockets().counts().stalled == 1;
  });
  CHECK(cut);
  CHECK(node.sockets().counts().stalled == 1);
  CHECK(other->ask(status_request{}));
  // What the system's buffers hold, and ours: not what it would have asked in all that time.
  CHECK(node.sockets().counts().bytes_in < 64U << 20U);
}

TEST_CASE("a client that goes without a word is forgotten") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  for (int i = 0; i < 50; ++i) {
    auto socket = connected(node.at());
    REQUIRE(socket);
    REQUIRE(socket->write(hello()));
  }
  CHECK(comes_true([&] { return node.sockets().counts().open == 0; }));
}

TEST_CASE("an address that is in use is refused with its name; a left socket file is replaced") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  const auto refused = fabric::edge::open(
      {.address = std::get<listen_address>(node.at().at), .on_connection = [](auto) {}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::address_in_use);
  CHECK(refused.error().field("address") == node.at().to_string());
  CHECK(fabric::edge::open({.on_connection = [](auto) {}}).error().code == errc::invalid_argument);

  const auto path = folder / "left.sock";
  { const bound_socket left(path); } // as a process leaves it that was killed
  const auto again = fabric::edge::open({.socket_path = path, .on_connection = [](auto) {}});
  REQUIRE(again);
  // One that is used is not taken away from who uses it.
  CHECK_FALSE(fabric::edge::open({.socket_path = path, .on_connection = [](auto) {}}));
}

TEST_CASE("an edge that stops listening takes nobody, and those who are there go on") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto there = connection::open(to(node.at()));
  REQUIRE(there);
  node.sockets().stop_listening();
  CHECK(connection::open(to(node.at())).error().code == errc::unreachable);
  CHECK(there->ask(status_request{}));
}

TEST_CASE("an edge has the limits of the house unless it is told others") {
  const fabric::edge::options usual;
  CHECK(usual.connections_max == limits::client_connections_default);
  CHECK(usual.unsent_bytes_max == limits::connection_unsent_bytes_max);
  CHECK(usual.stall == std::chrono::microseconds(limits::connection_stall_us));
}

TEST_CASE("a client for which too much waits is cut") {
  const temp_folder folder;
  const auto path = folder / "n.sock";
  std::atomic<bool> broken = false;
  const auto sockets = fabric::edge::open(
      {.socket_path = path, .on_connection = [&](const plain_node::connection_ptr& c) {
         c->begin([](const bytes&) {}, [&](const error&) { broken = true; });
         for (std::size_t i = 0; i < 66; ++i)
           c->write(bytes(limits::connection_unread_bytes_max / 64, 'x'));
       }});
  REQUIRE(sockets);
  const auto lazy = connected({socket_path{path}});
  REQUIRE(lazy);
  CHECK(comes_true([&] { return broken.load(); }));
  CHECK((*sockets)->counts().stalled == 1);
  CHECK((*sockets)->counts().open == 0);
}
