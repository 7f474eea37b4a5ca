// Connections of clients to a real socket, with a node behind it.
#include "weft/fabric/client/connection.hpp"

#include "returning_node.hpp"

#include <set>

using namespace weft;
using namespace weft::client;
using namespace weft::test;
using protocol::status_answer;
using protocol::status_request;

namespace {

protocol::transact_request some_transaction(const std::string& name) {
  return {std::make_shared<const tx_request>(tx_request{}.put({{"user/name", name}})), {}};
}

/// An endpoint that nobody listens on.
endpoint nowhere() {
  temp_folder folder;
  return {socket_path{folder / "none.sock"}};
}

errc code_of(const result<connection>& r) {
  return r ? errc::usage : r.error().code;
}

} // namespace

TEST_CASE("a client connects over TCP and over a Unix socket, asks, and is answered") {
  const temp_folder folder;
  for (const auto& path : {std::string(), folder / "n1.sock"}) {
    plain_node node(folder / "data", {.socket_path = path});
    auto c = connection::open(to(node.at()));
    INFO((c ? "" : c.error().to_string()));
    REQUIRE(c);
    CHECK(c->node().cluster == "test");
    const auto answer = c->ask(status_request{});
    REQUIRE(answer);
    CHECK(std::get<status_answer>(*answer).figures.size() == 1);
  }
}

TEST_CASE("many requests are under way at once, and each has its answer") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto c = connection::open(to(node.at()));
  REQUIRE(c);
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 500; ++i)
    ids.push_back(*c->send(some_transaction("u" + std::to_string(i))));
  std::set<std::uint64_t> ts;
  for (const auto id : ids) {
    const auto answer = c->wait(id, 10'000'000);
    REQUIRE(answer);
    ts.insert(std::get<protocol::transacted_answer>(*answer).t.get());
  }
  CHECK(ts.size() == 500);
  CHECK(node.facts().status().t == tx_number(500));
  CHECK_FALSE(c->take(ids[0])->has_value()); // taken once
  CHECK(c->wait(999, 1000).error().code == errc::invalid_argument);
}

TEST_CASE("a large transaction goes in several packets") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto c = connection::open(to(node.at()));
  REQUIRE(c);
  tx_request large;
  for (int i = 0; i < 40; ++i)
    large.put({{"blob/text", std::string(30'000, static_cast<char>('a' + i % 26))}});
  CHECK(c->ask(protocol::transact_request{std::make_shared<const tx_request>(large), {}}));
}

TEST_CASE("the wrong cluster, database or nobody at all is told apart") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto other = to(node.at());
  other.cluster = "other";
  CHECK(code_of(connection::open(other)) == errc::cluster_mismatch);
  auto elsewhere = to(node.at());
  elsewhere.database = {{1, 1}};
  CHECK(code_of(connection::open(elsewhere)) == errc::database_mismatch);
  CHECK(code_of(connection::open(to(nowhere()))) == errc::unreachable);
  CHECK(code_of(connection::open({})) == errc::invalid_argument);
  // The second endpoint answers.
  auto both = to(nowhere());
  both.endpoints.push_back(node.at());
  CHECK(connection::open(both));
}

TEST_CASE("somebody who listens and says nothing is given up in time") {
  const silent_node silent;
  auto how = to(silent.at());
  how.connect_us = 50'000;
  CHECK(code_of(connection::open(how)) == errc::unreachable);
}

TEST_CASE("what is under way when the node goes has an answer") {
  const temp_folder folder;
  auto node = std::make_unique<plain_node>(folder / "data", plain_node::options{});
  auto c = connection::open(to(node->at()));
  REQUIRE(c);
  node->mute = true;
  const auto read = *c->send(status_request{});
  const auto write = *c->send(some_transaction("Ada"));
  while (node->executed < 2)
    static_cast<void>(c->take(read));
  node.reset();
  CHECK(c->wait(read, 5'000'000).error().code == errc::unreachable);
  CHECK(c->wait(write, 5'000'000).error().code == errc::outcome_unknown);
  CHECK(c->ended());
  CHECK(c->send(status_request{}).error().code == errc::unreachable);
}

TEST_CASE("an answer that does not come in time can be waited for again") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto c = connection::open(to(node.at()));
  REQUIRE(c);
  node.mute = true;
  const auto id = *c->send(status_request{});
  CHECK(c->wait(id, 10'000).error().code == errc::unreachable); // a read has no outcome
  CHECK_FALSE(c->take(id));
  c->forget(id);
  CHECK(c->take(id)->error().code == errc::invalid_argument);
  const auto write = *c->send(some_transaction("Ada"));
  CHECK(c->wait(write, 10'000).error().code == errc::outcome_unknown);
  CHECK_FALSE(c->take(write));
}

TEST_CASE("what was not answered in time is forgotten, and a late answer goes nowhere") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto c = connection::open(to(node.at()));
  REQUIRE(c);
  node.mute = true;
  for (int i = 0; i < 10; ++i)
    CHECK(c->ask(status_request{}, 1000).error().code == errc::unreachable);
  CHECK(c->ask(some_transaction("Ada"), 1000).error().code == errc::outcome_unknown);
  CHECK(c->under_way() == 11);
  while (node.executed < 11)
    std::this_thread::yield();
  node.mute = false;
  const auto answer = c->ask(status_request{}); // behind eleven that nobody waits for
  REQUIRE(answer);
  CHECK(std::get<status_answer>(*answer).figures[0].value == 12);
  CHECK(c->under_way() == 0);
  CHECK_FALSE(c->ended());
}

TEST_CASE("a node that answers nothing is not asked without end") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto c = connection::open(to(node.at()));
  REQUIRE(c);
  node.mute = true;
  for (std::size_t i = 0; i < limits::connection_requests_max; ++i)
    c->forget(*c->send(status_request{}));
  CHECK(c->send(status_request{}).error().code == errc::overloaded);
  CHECK(c->under_way() == limits::connection_requests_max);
}

TEST_CASE("connecting may be left and come back to, and keeps its time") {
  const temp_folder folder;
  const silent_node silent;
  plain_node node(folder / "data", {});
  auto how = to(silent.at()); // says nothing; then one that answers
  how.endpoints.push_back(node.at());
  how.connect_us = 200'000;
  connecting attempt(how);
  const auto soon = in_us(150'000);
  CHECK_FALSE(attempt.go_on(in_us(20'000)));
  CHECK(in_us(0) < soon);
  std::optional<result<connection>> known;
  while (!known)
    known = attempt.go_on(in_us(20'000));
  INFO((*known ? "" : known->error().to_string()));
  REQUIRE(known->has_value());
  CHECK((*known)->at() == node.at());
}

TEST_CASE("a request keeps its time also when the node takes no bytes") {
  returning_node node; // on a Unix socket, whose buffers do not grow
  auto c = connection::open(to(node.at()));
  REQUIRE(c);
  node->asleep = true;
  const auto deadline = in_us(3'000'000);
  const auto large = some_transaction(std::string(1U << 20U, 'x'));
  for (int i = 0; i < 8; ++i) // more than the buffers of the system take
    CHECK(c->ask(large, 50'000).error().code == errc::outcome_unknown);
  CHECK(in_us(0) < deadline);
  node->asleep = false;
  CHECK(c->ask(status_request{}, 10'000'000)); // nothing of them was cut off
  CHECK(node->facts().status().t == tx_number(8));
}

TEST_CASE("who waits for a connection can be asked whether it is to go on") {
  const silent_node silent;
  auto how = to(silent.at());
  int asked = 0;
  how.while_waiting = [&](const error* why) {
    CHECK(why == nullptr);
    return ++asked < 2;
  };
  const auto deadline = in_us(1'000'000);
  CHECK(code_of(connection::open(how)) == errc::interrupted);
  CHECK(asked == 2);
  CHECK(in_us(0) < deadline);
}
