// A node's database over a socket: as the one in the process, also when the node comes back.
#include "weft/fabric/client/database.hpp"

#include "plain_node.hpp"

#include "weft/core/tx/report.hpp"

#include <set>
#include <thread>

using namespace weft;
using namespace weft::test;
using client::database;
using client::database_options;

namespace {

database_options to(const client::endpoint& at) {
  return {.to = {.endpoints = {at}, .connect_us = 2'000'000}, .patience_us = 5'000'000};
}

std::set<std::string> names_in(const view& now) {
  std::set<std::string> out;
  const auto* name = now.schema().find("user/name");
  if (name == nullptr)
    return out;
  auto all = now.datoms(index_order::aevt, {.attribute = name->id});
  REQUIRE(all);
  for (const auto& d : *all)
    out.emplace(d.value.as_bytes());
  CHECK(all->check());
  return out;
}

tx_request person(const std::string& name) {
  return tx_request{}.put({{"user/name", name}});
}

} // namespace

TEST_CASE("transactions and views over a socket are those of the database") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto db = database::open(to(node.at()));
  REQUIRE(db);
  const auto empty = db->view();
  REQUIRE(empty);
  const auto done = db->transact(tx_request{}.add(tempid("ada"), "user/name", "Ada"));
  REQUIRE(done);
  CHECK(done->t == tx_number(1));
  REQUIRE(done->tempids.size() == 1);
  const auto now = db->view();
  REQUIRE(now);
  CHECK(now->basis() == tx_number(1));
  CHECK(names_in(*now) == std::set<std::string>{"Ada"});
  CHECK(names_in(*empty).empty()); // of its moment
  const auto ada = now->entity(done->tempids[0].entity);
  REQUIRE(ada);
  CHECK(ada->size() == 1);
  CHECK(db->transact(*parse_edn_transaction(R"([[:db/add "x" :user/name 5]])")).error().code ==
        errc::type_mismatch);
  CHECK(db->status()->t == tx_number(1));
}

TEST_CASE("views are closed on the node when nobody reads them") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto db = database::open(to(node.at()));
  REQUIRE(db);
  for (int i = 0; i < 100; ++i)
    REQUIRE(db->view());
  // each was opened, and each but perhaps the last closed
  while (node.executed < 200)
    REQUIRE(db->status());
}

TEST_CASE("a node that comes back is found, and what was under way is executed once") {
  const temp_folder folder;
  const auto path = folder / "n1.sock";
  auto node =
      std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  auto db = database::open(to(node->at()));
  REQUIRE(db);
  const auto before = db->view();
  REQUIRE(before);
  node->mute = true; // executed, never answered
  const auto first = db->submit(person("Ada"));
  const auto second = db->submit(person("Bob"));
  REQUIRE(first);
  REQUIRE(second);
  while (node->executed < 3)
    std::this_thread::yield();
  node.reset();
  node = std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  CHECK(db->get(*second)->t == tx_number(2));
  CHECK(db->get(*first)->t == tx_number(1));
  CHECK(db->get(*first).error().code == errc::invalid_argument);
  CHECK(node->facts().status().t == tx_number(2));
  CHECK(names_in(*db->view()) == std::set<std::string>{"Ada", "Bob"});
  // A view of before the break is over, and says so.
  const auto gone = before->source()->scan({}, {});
  CHECK_FALSE(gone->valid());
  CHECK(before->source()->failure()->code == errc::unreachable);
}

TEST_CASE(
    "that a second try was refused says nothing about the first: it is tried until it is known") {
  const temp_folder folder;
  const auto path = folder / "n1.sock";
  auto node =
      std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  auto db = database::open(to(node->at()));
  REQUIRE(db);
  node->refusing = 1; // a first try that is refused was not executed
  CHECK(db->transact(person("Eve")).error().code == errc::overloaded);
  node->mute = true;
  const auto ticket = db->submit(person("Ada"));
  REQUIRE(ticket);
  while (node->executed < 2)
    std::this_thread::yield();
  node.reset();
  node = std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  node->refusing = 3;
  const auto done = db->get(*ticket);
  REQUIRE(done);
  CHECK(done->t == tx_number(1));
  CHECK(node->refusing == 0);
  CHECK(node->executed == 4); // refused three times, and never asked twice at once
  CHECK(node->facts().status().t == tx_number(1));
}

TEST_CASE("a transaction is sent once on each connection") {
  const temp_folder folder;
  const auto path = folder / "n1.sock";
  auto node =
      std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  auto db = database::open(to(node->at()));
  REQUIRE(db);
  node->mute = true;
  const auto ticket = db->submit(person("Ada")); // the first request of either connection
  REQUIRE(ticket);
  while (node->executed < 1)
    std::this_thread::yield();
  node.reset();
  node = std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  REQUIRE(db->get(*ticket));
  REQUIRE(db->status());
  CHECK(node->executed == 2); // the transaction, and the question how the node is
}

TEST_CASE("the outcome of a transaction can be looked for without waiting for it") {
  const temp_folder folder;
  const auto path = folder / "n1.sock";
  auto node =
      std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  auto db = database::open(to(node->at()));
  REQUIRE(db);
  node->mute = true;
  const auto ticket = db->submit(person("Ada"));
  REQUIRE(ticket);
  const auto now = [] { return persistence::steady_clock_us(); };
  CHECK_FALSE(db->take(*ticket, now()));
  CHECK_FALSE(db->take(*ticket, instant(now().get() + 1000)));
  while (node->executed < 1)
    std::this_thread::yield();
  node.reset();
  const auto begin = now().get();
  while (!db->broken())
    CHECK_FALSE(db->take(*ticket, now()));
  for (int i = 0; i < 5; ++i) // nobody is there: it tries to connect, and keeps its time
    CHECK_FALSE(db->take(*ticket, instant(now().get() + 2000)));
  CHECK(now().get() - begin < 2'000'000);
  node = std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  std::optional<result<protocol::transacted_answer>> known;
  while (!known)
    known = db->take(*ticket, instant(now().get() + 10'000));
  REQUIRE(known->has_value());
  CHECK((*known)->t == tx_number(1));
  CHECK_FALSE(db->broken());
  CHECK(node->facts().status().t == tx_number(1));
}

TEST_CASE("a dry run knows what the node declared: checks of values, and whether it is strict") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto db = database::open(to(node.at()));
  REQUIRE(db);
  REQUIRE(db->transact(*parse_edn_transaction(R"([
    {:db/ident :user/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one
     :weft/check "[:range 0 150]"}])")));
  node.strict = true;
  const auto opened = db->open_view();
  REQUIRE(opened);
  CHECK(opened->second.strict);
  const auto* age = opened->first.schema().find("user/age");
  REQUIRE(age != nullptr);
  CHECK(age->check_text == "[:range 0 150]");
  CHECK(with(opened->first, *parse_edn_transaction("[{:user/age 200}]")).error().code ==
        errc::check_failed);
}

TEST_CASE("what could not be sent again has an unknown outcome, whoever noticed that") {
  const temp_folder folder;
  auto node = std::make_unique<plain_node>(folder / "data", plain_node::options{});
  auto how = to(node->at());
  how.patience_us = 50'000;
  auto db = database::open(how);
  REQUIRE(db);
  node->mute = true;
  const auto ticket = db->submit(person("Ada"));
  REQUIRE(ticket);
  node.reset();
  CHECK(db->view().error().code == errc::unreachable); // tries to connect, in vain
  CHECK(db->get(*ticket).error().code == errc::outcome_unknown);
}

TEST_CASE("a node that does not come back leaves the outcome unknown") {
  const temp_folder folder;
  auto node = std::make_unique<plain_node>(folder / "data", plain_node::options{});
  auto how = to(node->at());
  how.patience_us = 100'000;
  auto db = database::open(how);
  REQUIRE(db);
  node->mute = true;
  const auto ticket = db->submit(person("Ada"));
  REQUIRE(ticket);
  node.reset();
  CHECK(db->get(*ticket).error().code == errc::outcome_unknown);
  CHECK(db->transact(person("Bob")).error().code == errc::unreachable);
  CHECK(db->view().error().code == errc::unreachable);
}

TEST_CASE("another database at the same place is not taken for the old one") {
  const temp_folder folder;
  const auto path = folder / "n1.sock";
  auto node =
      std::make_unique<plain_node>(folder / "data", plain_node::options{.socket_path = path});
  auto db = database::open(to(node->at()));
  REQUIRE(db);
  node.reset();
  node = std::make_unique<plain_node>(folder / "other", plain_node::options{.socket_path = path});
  CHECK(db->transact(person("Ada")).error().code == errc::database_mismatch);
  CHECK(node->facts().status().t == tx_number(0));
}

TEST_CASE("a view may outlive the database it was read through") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  std::optional<view> kept;
  {
    auto db = database::open(to(node.at()));
    REQUIRE(db);
    kept = *db->view();
  }
  CHECK_FALSE(kept->source()->scan({}, {})->valid());
  CHECK(kept->source()->failure()->code == errc::unreachable);
}
