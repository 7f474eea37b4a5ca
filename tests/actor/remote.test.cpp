// A database of one actor system, used from another one: handshake, transactions, reads.
#include "support/catch.hpp"
#include "support/silent_listener.hpp"
#include "support/temp_folder.hpp"
#include "two_systems.hpp"

#include "weft/actors/stream_proxy.hpp"
#include "weft/fabric/client/connection.hpp"
#include "weft/persistence/system.hpp"

#include <future>
#include <set>
#include <sys/resource.h>
#include <thread>

using namespace weft;
using test::any_port;
using test::network_application;

namespace {

/// A node with a database, and the address where it is found.
struct served {
  explicit served(const std::string& folder, std::string name = "facts",
                  listen_address at = any_port())
      : db(start_local(node.system, std::move(name), {.folder = folder, .listen = std::move(at)})
               .value()) {}
  [[nodiscard]] connect_options found() const { return {.endpoints = {db.listens_at().value()}}; }

  network_application node;
  fabric::database db;
};

result<fabric::remote_database> connected(network_application& app, const served& to) {
  return connect(app.system, "facts", to.found());
}

} // namespace

TEST_CASE("remote: another process transacts and reads what was written") {
  const test::temp_folder folder;
  served node(folder / "facts");
  network_application app;
  auto db = connected(app, node).value();
  CHECK(db.name() == "facts");
  const auto done = db.transact(R"([{:db/id "ada" :user/name "Ada"}])").value();
  CHECK(done.t == tx_number(1));
  REQUIRE(done.tempids.size() == 1);
  CHECK(node.db.view()->basis() == tx_number(1));
  const auto rec = record_view::decode(*done.payload).value();
  CHECK(rec.t() == tx_number(1));

  const auto now = db.view().value();
  CHECK(now.basis() == tx_number(1));
  const auto* name = now.schema().find("user/name");
  REQUIRE(name != nullptr);
  CHECK(now.get(done.tempids[0].entity, name->id).value() == value::string("Ada"));
  REQUIRE(db.transact(R"([{:user/name "Eve"}])"));
  auto names = now.datoms(index_order::aevt, {.attribute = name->id}).value();
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& d : names)
    ++count;
  CHECK(count == 1); // it does not move on
  CHECK(names.check());

  const auto refused = db.transact("[{:user/name 7}]");
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::type_mismatch);
  CHECK(db.transact("[{:user/name").error().code == errc::malformed_edn);
  const auto id = persistence::make_id(persistence::wall_clock_us(), 1, 2);
  const auto first = db.transact("[{:item/number 1}]", id).value();
  CHECK(db.transact("[{:item/number 1}]", id).value().t == first.t);
  CHECK(db.transact("[{:item/number 3}]", id).error().code == errc::request_conflict);
  CHECK(db.tree()->condition == "up");
  db.close();
  db.close();
  CHECK(db.transact("[]").error().code == errc::closed);
  CHECK(db.view().error().code == errc::closed);
  CHECK(db.tree().error().code == errc::closed);
  CHECK(node.db.transact("[]"));
}

TEST_CASE("remote: whoever is not who was looked for says who it is") {
  const test::temp_folder folder;
  served node(folder / "facts");
  network_application app;
  const auto other = connect(app.system, "other", node.found());
  REQUIRE(!other);
  CHECK(other.error().code == errc::cluster_mismatch);
  CHECK(other.error().field("cluster") == "facts");
  CHECK(other.error().detail.find(node.db.listens_at()->to_string()) != std::string::npos);
  auto how = node.found();
  how.database = database_id{hash128{1, 2}};
  const auto stranger = connect(app.system, "facts", how);
  REQUIRE(!stranger);
  CHECK(stranger.error().code == errc::database_mismatch);

  const listen_address nobody{"127.0.0.1", 1};
  const auto absent = connect(app.system, "facts", {.endpoints = {nobody}});
  REQUIRE(!absent);
  CHECK(absent.error().code == errc::unreachable);
  CHECK(info(absent.error().code).retryable);
  CHECK(absent.error().field("address") == nobody.to_string());
  // One of several is enough; one that says who it is tells more than one that does not answer.
  CHECK(connect(app.system, "facts", {.endpoints = {nobody, *node.db.listens_at()}}));
  CHECK(connect(app.system, "other", {.endpoints = {nobody, *node.db.listens_at()}}).error().code ==
        errc::cluster_mismatch);
}

TEST_CASE("remote: a node serves so many connections, and says so") {
  const test::temp_folder folder;
  network_application node;
  auto db =
      start_local(node.system, "facts",
                  {.folder = folder / "facts",
                   .clients = fabric::client_serving{.address = any_port(), .connections_max = 2}})
          .value();
  network_application app;
  const connect_options how{.endpoints = {db.clients_at().value()}};
  auto one = connect(app.system, "facts", how).value();
  auto two = connect(app.system, "facts", how).value();
  const auto third = connect(app.system, "facts", how);
  REQUIRE(!third);
  CHECK(third.error().code == errc::overloaded);
  CHECK(info(third.error().code).retryable);
  CHECK(two.transact("[]"));
  one.close();
  std::optional<result<fabric::remote_database>> again;
  for (int i = 0; i < 1000 && !(again && *again); ++i)
    again.emplace(connect(app.system, "facts", how));
  REQUIRE(*again);
  CHECK((*again)->transact("[]"));
}

TEST_CASE("remote: a peer address lets in as many applications as it says") {
  rlimit descriptors{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &descriptors) == 0);
  descriptors.rlim_cur = descriptors.rlim_max; // both ends are here
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &descriptors) == 0);
  const test::temp_folder folder;
  served node(folder / "facts");
  const client::connect_options how{.endpoints = {{node.db.listens_at().value()}}};
  std::vector<client::connection> all;
  for (std::size_t i = 0; i < limits::peer_connections_max; ++i) {
    auto made = client::connection::open(how);
    INFO(i << (made ? "" : made.error().to_string()));
    REQUIRE(made);
    all.push_back(std::move(*made));
  }
  const auto more = client::connection::open(how);
  REQUIRE(!more);
  CHECK(more.error().code == errc::overloaded);
}

TEST_CASE("remote: streams of one connection share what the node lets wait for it") {
  constexpr auto most = limits::connection_unread_bytes_max;
  constexpr std::size_t streams = 100;
  CHECK(actors::window_for(limits::stream_window_bytes_default, 0) ==
        limits::stream_window_bytes_default);
  CHECK(actors::window_for(limits::stream_window_bytes_min, most) ==
        limits::stream_window_bytes_min);
  for (const auto asked : {limits::stream_window_bytes_default, limits::stream_window_bytes_max}) {
    std::size_t in_use = 0;
    for (std::size_t i = 0; i < streams; ++i) {
      const auto mine = actors::window_for(asked, in_use);
      CHECK(mine >= limits::stream_window_bytes_min);
      CHECK(mine <= asked);
      in_use += mine;
    }
    CHECK(in_use < most); // all of them stand still, and nobody is cut
  }
}

TEST_CASE("remote: what connect needs is said") {
  const test::temp_folder folder;
  network_application app;
  CHECK(connect(app.system, "").error().code == errc::invalid_argument);
  CHECK(connect(
            app.system, "facts",
            {.endpoints = {any_port()}, .request_bytes = limits::connection_request_bytes_max + 1})
            .error()
            .code == errc::invalid_argument);
  ::unsetenv("WEFT_ENDPOINTS");
  CHECK(connect(app.system, "facts").error().code == errc::invalid_argument);
  ::setenv("WEFT_ENDPOINTS", "127.0.0.1:1,nonsense", 1);
  CHECK(connect(app.system, "facts").error().code == errc::invalid_value);
  served node(folder / "facts");
  ::setenv("WEFT_ENDPOINTS", ("127.0.0.1:1," + node.db.listens_at()->to_string()).c_str(), 1);
  CHECK(connect(app.system, "facts"));
  ::unsetenv("WEFT_ENDPOINTS");
  const auto beyond = start_local(
      app.system, "wide", {.folder = folder / "wide", .listen = listen_address{"0.0.0.0", 0}});
  CHECK(beyond.error().code == errc::invalid_argument);
  const auto taken = start_local(app.system, "second",
                                 {.folder = folder / "second", .listen = node.db.listens_at()});
  REQUIRE(!taken);
  CHECK(taken.error().code == errc::address_in_use);
  CHECK(taken.error().field("address") == node.db.listens_at()->to_string());
}

TEST_CASE("remote: who takes connections and says nothing costs its time, and nobody else's") {
  const test::temp_folder folder;
  served node(folder / "facts");
  network_application app;
  const test::silent_listener silent;
  auto how = node.found();
  how.connect_within = std::chrono::milliseconds(200);
  how.endpoints = {silent.at()};
  const auto nothing = connect(app.system, "facts", how);
  REQUIRE(!nothing);
  CHECK(nothing.error().code == errc::unreachable);
  CHECK(nothing.error().detail.find(silent.at().to_string()) != std::string::npos);
  how.endpoints.push_back(*node.db.listens_at());
  CHECK(connect(app.system, "facts", how));
}

TEST_CASE("remote: many at once, from two applications, each answered once") {
  const test::temp_folder folder;
  served node(folder / "facts");
  network_application app;
  network_application other;
  auto one = connected(app, node).value();
  auto two = connected(other, node).value();
  constexpr int requests = 1000;
  std::atomic<int> committed = 0;
  std::atomic<int> failed = 0;
  const auto count = [&](const result<fabric::transacted>& outcome) {
    ++(outcome ? committed : failed);
  };
  for (int i = 0; i < requests; ++i) {
    one.submit(tx_request{}.add(tempid("x"), "item/number", i), {}, count);
    two.submit(tx_request{}.add(tempid("x"), "item/number", i), {}, count);
  }
  while (committed + failed < 2 * requests)
    std::this_thread::yield();
  CHECK(failed == 0);
  CHECK(node.db.view()->basis() == tx_number(2 * requests));
}

TEST_CASE("remote: actors ask the gateway of a remote database") {
  const test::temp_folder folder;
  served node(folder / "facts");
  network_application app;
  auto db = connected(app, node).value();
  caf::scoped_actor self(app.system);
  const auto request =
      std::make_shared<const tx_request>(tx_request{}.add(tempid("ada"), "user/name", "Ada"));
  std::optional<fabric::transacted> outcome;
  self->request(db.gateway(), caf::infinite, actors::transact{request})
      .receive([&](const actors::transacted_message& m) { outcome = m.outcome; },
               [](const caf::error& e) { FAIL(actors::from_caf(e).to_string()); });
  REQUIRE(outcome);
  CHECK(outcome->t == tx_number(1));
}

TEST_CASE("remote: a node that is opened again is found again, and nothing is done twice") {
  const test::temp_folder folder;
  auto node = std::make_unique<served>(folder / "facts");
  const auto at = *node->db.listens_at();
  network_application app;
  auto db = connected(app, *node).value();
  constexpr int requests = 300;
  std::vector<std::future<result<fabric::transacted>>> waiting;
  const auto submit = [&] {
    for (int i = 0; i < requests; ++i) {
      auto told = std::make_shared<std::promise<result<fabric::transacted>>>();
      waiting.push_back(told->get_future());
      db.submit(tx_request{}.add(tempid("x"), "item/number", i), {},
                [told](result<fabric::transacted> x) { told->set_value(std::move(x)); });
    }
  };
  REQUIRE(db.transact("[]"));
  const auto old = db.view().value();
  submit();
  node.reset();
  submit();
  node = std::make_unique<served>(folder / "facts", "facts", at);
  std::set<tx_number> ts;
  for (auto& one : waiting) {
    const auto outcome = one.get();
    INFO((outcome ? std::string() : outcome.error().to_string()));
    REQUIRE(outcome);
    ts.insert(outcome->t);
  }
  CHECK(ts.size() == 2 * requests);
  CHECK(node->db.view()->basis() == tx_number(2 * requests + 1));
  auto facts = old.datoms(index_order::eavt).value(); // its connection is gone
  CHECK(facts.empty());
  CHECK(facts.check().error().code == errc::unreachable);
  CHECK(db.view().value().basis() == tx_number(2 * requests + 1));
}

TEST_CASE("remote: a transaction that nobody answers ends at its deadline") {
  const test::temp_folder folder;
  auto node = std::make_unique<served>(folder / "facts");
  network_application app;
  auto how = node->found();
  how.answer_within = std::chrono::milliseconds(300);
  auto db = connect(app.system, "facts", how).value();
  node.reset();
  const auto lost = db.transact("[]");
  REQUIRE(!lost);
  CHECK((lost.error().code == errc::unreachable || lost.error().code == errc::outcome_unknown));
  CHECK(info(lost.error().code).retryable);
  CHECK(db.tree()->condition == "connecting");
  CHECK(db.view().error().code == errc::unreachable);
}

TEST_CASE("remote: another database in the same place ends the connection for good") {
  const test::temp_folder folder;
  auto node = std::make_unique<served>(folder / "facts");
  const auto at = *node->db.listens_at();
  network_application app;
  auto db = connected(app, *node).value();
  const auto got = std::make_shared<test::stream_inbox>();
  const auto who = actors::spawn(app.system, test::stream_listener, got);
  REQUIRE(db.subscribe_wal(who));
  node.reset();
  node = std::make_unique<served>(folder / "another", "facts", at);
  const auto lost = db.transact("[]");
  REQUIRE(!lost);
  CHECK(lost.error().code == errc::database_mismatch);
  const auto why = got->wait_for_end();
  REQUIRE(why);
  CHECK(why->code == errc::database_mismatch);
  actors::ask_to_end(who);
}
