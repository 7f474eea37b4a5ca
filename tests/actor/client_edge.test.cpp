// Clients that are no actors against a real node: its sockets, its sessions, its publisher.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/fabric/client/database.hpp"
#include "weft/fabric/client/log_tail.hpp"
#include "weft/fabric/database.hpp"
#include "weft/persistence/system.hpp"

#include <set>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace weft;
using namespace weft::test;

namespace {

/// A system of its own, and a database in it.
struct node {
  node(const std::string& folder, const std::string& socket) : system(configured(settings)) {
    auto made =
        start_local(system, "shop",
                    {.folder = folder, .clients = fabric::client_serving{.socket_path = socket}});
    INFO((made ? "" : made.error().to_string()));
    REQUIRE(made);
    db.emplace(std::move(*made));
  }

  caf::actor_system_config settings;
  actors::actor_system system;
  std::optional<fabric::database> db;

 private:
  static caf::actor_system_config& configured(caf::actor_system_config& config) {
    configure(config);
    return config;
  }
};

client::connect_options to(const std::string& socket) {
  return {.endpoints = {{client::socket_path{socket}}}, .cluster = "shop"};
}

instant in_seconds(int n) {
  return instant(persistence::steady_clock_us().get() + n * 1'000'000);
}

tx_request person(int n) {
  return tx_request{}.put({{"user/number", n}});
}

/// The next so many commits; their t are consecutive, and each continues the one before.
std::vector<wal_batch> take(client::log_tail& from, std::size_t count) {
  std::vector<wal_batch> out;
  while (out.size() < count) {
    auto one = from.next(in_seconds(10));
    INFO((one ? "" : one.error().to_string()));
    REQUIRE(one);
    REQUIRE(*one);
    if (!out.empty())
      REQUIRE((*one)->t() == out.back().t().next());
    out.push_back(std::move(**one));
  }
  return out;
}

} // namespace

TEST_CASE("a client without actors transacts, reads and follows the log of a node") {
  const temp_folder folder;
  node n(folder / "data", folder / "n.sock");
  auto db = client::database::open({.to = to(folder / "n.sock")});
  INFO((db ? "" : db.error().to_string()));
  REQUIRE(db);
  CHECK(db->node().cluster == "shop");
  auto tail = client::log_tail::open({.to = to(folder / "n.sock")});
  REQUIRE(tail);
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < 300; ++i)
    tickets.push_back(*db->submit(person(i)));
  for (const auto ticket : tickets)
    REQUIRE(db->get(ticket));
  const auto batches = take(*tail, 300);
  CHECK(batches.front().t() == tx_number(1));
  const auto now = db->view();
  REQUIRE(now);
  CHECK(now->basis() == tx_number(300));
  const auto* number = now->schema().find("user/number");
  REQUIRE(number != nullptr);
  std::set<std::int64_t> seen;
  auto all = now->datoms(index_order::aevt, {.attribute = number->id});
  REQUIRE(all);
  for (const auto& d : *all)
    seen.insert(d.value.as_long());
  CHECK(seen.size() == 300);
  const auto status = db->status();
  REQUIRE(status);
  CHECK(status->t == tx_number(300));
  CHECK(status->chain == batches.back().chain());
  CHECK(status->writable);
}

TEST_CASE("a tail goes on at its place, and through a node that comes back") {
  const temp_folder folder;
  auto n = std::make_unique<node>(folder / "data", folder / "n.sock");
  auto tail = client::log_tail::open(
      {.to = to(folder / "n.sock"), .start = stream::start_at::after_t(tx_number(0))});
  REQUIRE(tail);
  for (int i = 0; i < 20; ++i)
    REQUIRE(n->db->transact(person(i)));
  take(*tail, 10);
  const auto place = *tail->after();
  n.reset();
  n = std::make_unique<node>(folder / "data", folder / "n.sock");
  for (int i = 20; i < 30; ++i)
    REQUIRE(n->db->transact(person(i)));
  CHECK(take(*tail, 20).back().t() == tx_number(30));
  const auto at = place.shards.front();
  auto later = client::log_tail::open(
      {.to = to(folder / "n.sock"), .start = stream::start_at::after_place(at.t, at.hash)});
  REQUIRE(later);
  CHECK(take(*later, 20).front().t() == tx_number(11));
  CHECK(client::log_tail::open(
            {.to = to(folder / "n.sock"), .start = stream::start_at::after_t(tx_number(99))})
            .error()
            .code == errc::cursor_ahead);
}

TEST_CASE("a node that closes answers what is under way, and its clients hear why it ended") {
  const temp_folder folder;
  node n(folder / "data", folder / "n.sock");
  auto c = client::connection::open(to(folder / "n.sock"));
  REQUIRE(c);
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 50; ++i)
    ids.push_back(
        *c->send(protocol::transact_request{std::make_shared<const tx_request>(person(i)), {}}));
  std::thread closing([&] { n.db->close(); });
  std::size_t answered = 0;
  for (const auto id : ids)
    if (const auto outcome = c->wait(id, 10'000'000); outcome)
      ++answered;
    else
      CHECK((outcome.error().code == errc::closed || outcome.error().code == errc::no_leader ||
             outcome.error().code == errc::outcome_unknown ||
             outcome.error().code == errc::unreachable));
  closing.join();
  while (!c->ended())
    static_cast<void>(c->frames(in_seconds(5)));
  CHECK(client::connection::open(to(folder / "n.sock")).error().code == errc::unreachable);
  CHECK(answered <= ids.size());
}

TEST_CASE(
    "a tail keeps its deadline while it connects again, says that it is broken, and goes on") {
  const temp_folder folder;
  const auto path = folder / "n.sock";
  auto n = std::make_unique<node>(folder / "data", path);
  REQUIRE(n->db->transact(person(1)));
  auto how = to(path);
  how.connect_us = 20'000'000;
  auto tail = client::log_tail::open({.to = how, .start = stream::start_at::after_t(tx_number(0))});
  REQUIRE(tail);
  CHECK(take(*tail, 1).back().t() == tx_number(1));
  CHECK_FALSE(tail->broken());
  n.reset();
  // Whoever is there now takes connections and says nothing.
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), name.sun_path);
  ::unlink(path.c_str());
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  REQUIRE(::listen(fd, 8) == 0);
  for (int i = 0; i < 20; ++i) {
    const auto begin = persistence::steady_clock_us().get();
    const auto got = tail->next(instant(begin + 20'000));
    REQUIRE(got);
    CHECK_FALSE(got->has_value());
    CHECK(persistence::steady_clock_us().get() - begin < 5'000'000);
  }
  CHECK(tail->broken());
  ::close(fd); // which breaks what it took
  ::unlink(path.c_str());
  n = std::make_unique<node>(folder / "data", path);
  REQUIRE(n->db->transact(person(2)));
  CHECK(take(*tail, 1).back().t() == tx_number(2));
  CHECK_FALSE(tail->broken());
  CHECK(tail->head() >= tx_number(1));
}

TEST_CASE("a node says how it is: its log, its streams, its clients") {
  const temp_folder folder;
  const node n(folder / "data", folder / "n.sock");
  auto db = client::database::open({.to = to(folder / "n.sock")});
  REQUIRE(db);
  const auto figure = [&](const std::string& what) {
    const auto now = db->status();
    REQUIRE(now);
    for (const auto& f : now->figures)
      if (f.name == what)
        return f.value;
    FAIL("there is no figure " << what);
    return std::int64_t{-1};
  };
  CHECK(figure("log_segments") == 1);
  CHECK(figure("log_bytes") >= 4096);
  CHECK(figure("connections") == 1);
  CHECK(figure("subscribers") == 0);
  const auto before = figure("datoms_applied");
  REQUIRE(db->transact(person(1))); // declares :user/number: three datoms, and one
  CHECK(figure("datoms_applied") == before + 4);
  auto tail = client::log_tail::open({.to = to(folder / "n.sock")});
  REQUIRE(tail);
  CHECK(figure("subscribers") == 1);
  CHECK(figure("connections") == 2);
}

TEST_CASE("a client that stops reading its stream costs a window, and others go on") {
  const temp_folder folder;
  node n(folder / "data", folder / "n.sock");
  auto lazy = client::log_tail::open({.to = to(folder / "n.sock")});
  auto quick = client::log_tail::open({.to = to(folder / "n.sock")});
  REQUIRE(lazy);
  REQUIRE(quick);
  const std::string text(10'000, 'x');
  for (int i = 0; i < 400; ++i) { // four windows
    REQUIRE(n.db->transact(tx_request{}.put({{"note/text", text + std::to_string(i)}})));
    take(*quick, 1);
  }
  CHECK(take(*lazy, 400).back().t() == tx_number(400));
}

TEST_CASE("so many views are open on one connection, and closing one makes room") {
  const temp_folder folder;
  const node n(folder / "data", folder / "n.sock");
  auto c = client::connection::open(to(folder / "n.sock"));
  REQUIRE(c);
  const auto first = c->ask(protocol::open_view_request{});
  REQUIRE(first);
  for (std::size_t i = 1; i < limits::connection_views_max; ++i)
    REQUIRE(c->ask(protocol::open_view_request{}));
  CHECK(c->ask(protocol::open_view_request{}).error().code == errc::overloaded);
  const auto number = std::get<protocol::view_answer>(*first).view;
  REQUIRE(c->ask(protocol::close_view_request{number}));
  CHECK(c->ask(protocol::open_view_request{}));
  CHECK(c->ask(protocol::read_request{.view = number}).error().code == errc::not_found);
}
