// A node's database over a socket: as the one in the process, also when the node comes back.
#include "weft/fabric/client/database.hpp"

#include "returning_node.hpp"

#include "weft/core/tx/report.hpp"

#include <set>

using namespace weft;
using namespace weft::test;
using client::database;

namespace {

database open_at(const client::endpoint& at, std::int64_t patience_us = 5'000'000) {
  auto made = database::open({.to = to(at), .patience_us = patience_us});
  INFO((made ? "" : made.error().to_string()));
  REQUIRE(made);
  return std::move(*made);
}

/// A node that goes and comes back, and a client that stays.
struct node_and_client {
  explicit node_and_client(std::int64_t patience_us = 5'000'000)
      : db(open_at(node.at(), patience_us)) {}
  returning_node node = {};
  database db;
};

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
  node_and_client x;
  const auto empty = x.db.view();
  REQUIRE(empty);
  const auto done = x.db.transact(tx_request{}.add(tempid("ada"), "user/name", "Ada"));
  REQUIRE(done);
  CHECK(done->t == tx_number(1));
  REQUIRE(done->tempids.size() == 1);
  const auto now = x.db.view();
  REQUIRE(now);
  CHECK(now->basis() == tx_number(1));
  CHECK(names_in(*now) == std::set<std::string>{"Ada"});
  CHECK(names_in(*empty).empty()); // of its moment
  const auto ada = now->entity(done->tempids[0].entity);
  REQUIRE(ada);
  CHECK(ada->size() == 1);
  CHECK(x.db.transact(*parse_edn_transaction(R"([[:db/add "x" :user/name 5]])")).error().code ==
        errc::type_mismatch);
  CHECK(x.db.status()->t == tx_number(1));
}

TEST_CASE("a view ends with its connection, also when its reader makes the next one") {
  node_and_client x;
  REQUIRE(x.db.transact(person("Ada")));
  const auto old = x.db.view();
  REQUIRE(old);
  x.node.stop();
  x.node.start();
  CHECK_FALSE(old->source()->scan({}, {})->valid());
  CHECK(old->source()->failure()->code == errc::unreachable);
  CHECK(names_in(*x.db.view()) == std::set<std::string>{"Ada"});
}

TEST_CASE("a view may be asked for with a patience of its own") {
  node_and_client x(60'000'000);
  REQUIRE(x.db.transact(person("Ada")));
  CHECK(names_in(*x.db.view_within(5'000'000)) == std::set<std::string>{"Ada"});
  x.node.stop();
  const auto before = persistence::steady_clock_us().get();
  CHECK(x.db.view_within(100'000).error().code == errc::unreachable);
  CHECK(persistence::steady_clock_us().get() - before < 30'000'000);
  x.node.start();
  CHECK(x.db.view_within(5'000'000));
}

TEST_CASE("views are closed on the node when nobody reads them") {
  node_and_client x;
  for (int i = 0; i < 100; ++i)
    REQUIRE(x.db.view());
  // each was opened, and each but perhaps the last closed
  while (x.node->executed < 200)
    REQUIRE(x.db.status());
}

TEST_CASE("a node that comes back is found, and what was under way is executed once") {
  node_and_client x;
  const auto before = x.db.view();
  REQUIRE(before);
  x.node->mute = true; // executed, never answered
  const auto first = x.db.submit(person("Ada"));
  const auto second = x.db.submit(person("Bob"));
  REQUIRE(first);
  REQUIRE(second);
  x.node.restart_after(3);
  CHECK(x.db.get(*second)->t == tx_number(2));
  CHECK(x.db.get(*first)->t == tx_number(1));
  CHECK(x.db.get(*first).error().code == errc::invalid_argument);
  CHECK(x.node->facts().status().t == tx_number(2));
  CHECK(names_in(*x.db.view()) == std::set<std::string>{"Ada", "Bob"});
  // A view of before the break is over, and says so.
  const auto gone = before->source()->scan({}, {});
  CHECK_FALSE(gone->valid());
  CHECK(before->source()->failure()->code == errc::unreachable);
}

TEST_CASE(
    "that a second try was refused says nothing about the first: it is tried until it is known") {
  node_and_client x;
  x.node->refusing = 1; // a first try that is refused was not executed
  CHECK(x.db.transact(person("Eve")).error().code == errc::overloaded);
  x.node->mute = true;
  const auto ticket = x.db.submit(person("Ada"));
  REQUIRE(ticket);
  x.node.restart_after(2);
  x.node->refusing = 3;
  const auto done = x.db.get(*ticket);
  REQUIRE(done);
  CHECK(done->t == tx_number(1));
  CHECK(x.node->refusing == 0);
  CHECK(x.node->executed == 4); // refused three times, and never asked twice at once
  CHECK(x.node->facts().status().t == tx_number(1));
}

TEST_CASE("what a node does not know itself is asked again, with the same id") {
  node_and_client x;
  x.node->refusal = errc::outcome_unknown;
  x.node->refusing = 2;
  const auto done = x.db.transact(person("Ada"));
  REQUIRE(done);
  CHECK(x.node->executed == 3);
  CHECK(x.node->facts().status().t == tx_number(1));
}

TEST_CASE("what is sent again keeps its order: nobody hears of a conflict that it made itself") {
  node_and_client x;
  REQUIRE(x.db.transact(tx_request{}.add(tempid("n"), "it/number", 0)));
  const auto n = x.db.transact(tx_request{}.add(tempid("n"), "it/number", 0))->tempids[0].entity;
  x.node->mute = true;
  x.node->refusing = 8; // none of them is executed, and nobody hears of it
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < 8; ++i)
    tickets.push_back(*x.db.submit(tx_request{}.cas(n, "it/number", i, i + 1)));
  x.node.restart_after(10);
  // The first is refused once more: those behind it are executed before it, or conflict with it.
  SECTION("overloaded") {}
  SECTION("without a leader") {
    x.node->refusal = errc::no_leader;
  }
  SECTION("while it ends") {
    x.node->refusal = errc::closed;
  }
  x.node->refusing = 3;
  for (int i = 0; i < 8; ++i) {
    const auto done = x.db.get(tickets[static_cast<std::size_t>(i)]);
    INFO((done ? "" : done.error().to_string()));
    REQUIRE(done);
    CHECK(done->t == tx_number(static_cast<std::uint64_t>(i) + 3));
  }
  CHECK(x.node->refusing == 0);
}

TEST_CASE("a refusal that passes is told at once, unless it is to be tried again, in order") {
  returning_node node;
  auto patient =
      database::open({.to = to(node.at()), .patience_us = 5'000'000, .retries_refusals = true});
  REQUIRE(patient);
  node->refusing = 2;
  REQUIRE(patient->transact(person("Ada")));
  CHECK(node->executed == 3);
  node->refusal = errc::disk_full; // that does not pass by itself
  node->refusing = 1;
  CHECK(patient->transact(person("Bob")).error().code == errc::disk_full);
  node->refusal = errc::no_leader;
  node->refusing = 1'000'000;
  auto hasty =
      database::open({.to = to(node.at()), .patience_us = 150'000, .retries_refusals = true});
  REQUIRE(hasty);
  const auto first = hasty->submit(person("Bob"));
  const auto second = hasty->submit(person("Eve"));
  // It was not executed, as far as is known for certain.
  CHECK(hasty->get(*first).error().code == errc::no_leader);
  CHECK(hasty->get(*second).error().code == errc::no_leader);
  CHECK(node->facts().status().t == tx_number(1));
}

TEST_CASE("what is to be sent again waits for a connection on which too much is under way") {
  returning_node node;
  auto how = to(node.at());
  how.while_waiting = [](const error*) { return false; };
  auto db = database::open({.to = how, .patience_us = 2'000'000, .retries_refusals = true});
  REQUIRE(db);
  node->mute = true;
  node->refusing = static_cast<int>(limits::connection_requests_max);
  for (std::size_t i = 1; i < limits::connection_requests_max; ++i)
    REQUIRE(db->submit(person("Ada")));
  CHECK(db->take(1, in_us(5'000'000))->error().code == errc::outcome_unknown);
  for (std::size_t i = 2; i < limits::connection_requests_max; ++i) // the same patience
    CHECK(db->take(i, in_us(0))->error().code == errc::outcome_unknown);
  // Nobody waits for these any more, but the connection still has them.
  node.wait_for(limits::connection_requests_max - 1);
  node->mute = false;
  node->withholding = true;
  const auto bob = db->submit(person("Bob"));
  REQUIRE(bob);
  node.wait_for_answers(1);
  node->mute = true;
  CHECK_FALSE(db->take(*bob, in_us(5000)));              // refused
  CHECK(db->status().error().code == errc::interrupted); // takes its place
  CHECK_FALSE(db->take(*bob, in_us(100'000)));           // there is none
  node.restart_after(limits::connection_requests_max + 1);
  const auto done = db->take(*bob, in_us(5'000'000));
  REQUIRE(done);
  REQUIRE(*done);
  CHECK((*done)->t == tx_number(1));
}

TEST_CASE("a transaction is sent once on each connection") {
  node_and_client x;
  x.node->mute = true;
  const auto ticket = x.db.submit(person("Ada")); // the first request of either connection
  REQUIRE(ticket);
  x.node.restart_after(1);
  REQUIRE(x.db.get(*ticket));
  REQUIRE(x.db.status());
  CHECK(x.node->executed == 2); // the transaction, and the question how the node is
}

TEST_CASE("the outcome of a transaction can be looked for without waiting for it") {
  node_and_client x;
  x.node->mute = true;
  const auto ticket = x.db.submit(person("Ada"));
  REQUIRE(ticket);
  CHECK_FALSE(x.db.take(*ticket, in_us(0)));
  CHECK_FALSE(x.db.take(*ticket, in_us(1000)));
  x.node.wait_for(1);
  x.node.stop();
  const auto deadline = in_us(2'000'000);
  while (!x.db.broken())
    CHECK_FALSE(x.db.take(*ticket, in_us(0)));
  for (int i = 0; i < 5; ++i) // nobody is there: it tries to connect, and keeps its time
    CHECK_FALSE(x.db.take(*ticket, in_us(2000)));
  CHECK(in_us(0) < deadline);
  x.node.start();
  std::optional<result<protocol::transacted_answer>> known;
  const auto enough = in_us(20'000'000);
  while (!known && in_us(0) < enough)
    known = x.db.take(*ticket, in_us(0)); // also without any time it goes on
  REQUIRE(known.has_value());
  REQUIRE(known->has_value());
  CHECK((*known)->t == tx_number(1));
  CHECK_FALSE(x.db.broken());
  CHECK(x.node->facts().status().t == tx_number(1));
}

TEST_CASE("a dry run knows what the node declared: checks of values, and whether it is strict") {
  node_and_client x;
  REQUIRE(x.db.transact(*parse_edn_transaction(R"([
    {:db/ident :user/age :db/valueType :db.type/long :db/cardinality :db.cardinality/one
     :weft/check "[:range 0 150]"}])")));
  x.node->strict = true;
  const auto opened = x.db.open_view();
  REQUIRE(opened);
  CHECK(opened->second.strict);
  const auto* age = opened->first.schema().find("user/age");
  REQUIRE(age != nullptr);
  CHECK(age->check_text == "[:range 0 150]");
  CHECK(with(opened->first, *parse_edn_transaction("[{:user/age 200}]")).error().code ==
        errc::check_failed);
}

TEST_CASE("what could not be sent again has an unknown outcome, whoever noticed that") {
  node_and_client x(50'000);
  x.node->mute = true;
  const auto ticket = x.db.submit(person("Ada"));
  REQUIRE(ticket);
  x.node.stop();
  CHECK(x.db.view().error().code == errc::unreachable); // tries to connect, in vain
  CHECK(x.db.get(*ticket).error().code == errc::outcome_unknown);
}

TEST_CASE("a node that does not come back leaves the outcome unknown") {
  node_and_client x(100'000);
  x.node->mute = true;
  const auto ticket = x.db.submit(person("Ada"));
  REQUIRE(ticket);
  x.node.stop();
  CHECK(x.db.get(*ticket).error().code == errc::outcome_unknown);
  CHECK(x.db.transact(person("Bob")).error().code == errc::unreachable);
  CHECK(x.db.view().error().code == errc::unreachable);
}

TEST_CASE("a node that is silent is waited for once, however much is under way") {
  node_and_client x(300'000);
  x.node->mute = true;
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < 16; ++i)
    tickets.push_back(*x.db.submit(person("u" + std::to_string(i))));
  const auto deadline = in_us(1'200'000);
  for (const auto ticket : tickets)
    CHECK(x.db.get(ticket).error().code == errc::outcome_unknown);
  CHECK(in_us(0) < deadline);
  // Whoever comes later is waited for as long again; an outcome begins the patience anew.
  const auto earliest = in_us(300'000);
  CHECK(x.db.transact(person("Ada")).error().code == errc::outcome_unknown);
  CHECK(in_us(0) >= earliest);
}

TEST_CASE("what is submitted while a silent node is waited for, is not waited for once more") {
  node_and_client x(400'000);
  x.node->mute = true;
  const auto first = x.db.submit(person("Ada"));
  REQUIRE(first);
  CHECK_FALSE(x.db.take(*first, in_us(0))); // its patience begins
  const auto second = x.db.submit(person("Bob"));
  REQUIRE(second);
  CHECK(x.db.get(*first).error().code == errc::outcome_unknown);
  const auto known = x.db.take(*second, in_us(0));
  REQUIRE(known);
  CHECK(known->error().code == errc::outcome_unknown);
}

TEST_CASE("without a node no more than a bound is kept for it") {
  node_and_client x;
  x.node.stop();
  const std::size_t large_bytes = 1U << 20U;
  SECTION("transactions") {
    const auto small = std::make_shared<const tx_request>(person("Ada"));
    for (std::size_t i = 0; i < limits::connection_requests_max; ++i)
      REQUIRE(x.db.submit(small));
  }
  SECTION("bytes of them") {
    const auto large = std::make_shared<const tx_request>(person(std::string(large_bytes, 'x')));
    for (std::size_t i = 0; i < limits::connection_request_bytes_max / large_bytes; ++i)
      REQUIRE(x.db.submit(large));
  }
  const auto refused = x.db.submit(person("Bob"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
  CHECK(info(refused.error().code).retryable);
  x.node.start(); // there is room again as outcomes are taken
  REQUIRE(x.db.get(1));
  CHECK(x.db.submit(person("Bob")));
}

TEST_CASE("what no node would take is refused when it is submitted, without a node, too") {
  node_and_client x;
  x.node.stop();
  while (!x.db.broken())
    static_cast<void>(x.db.submit(person("Ada")));
  tx_request large;
  for (int i = 0; i < 17; ++i)
    large.put({{"blob/text", std::string(1U << 20U, 'x')}});
  CHECK(x.db.submit(large).error().code == errc::input_too_large);
}

TEST_CASE("who waits for a node can be asked whether it is to go on") {
  returning_node node;
  std::vector<bool> told; // whether it was connected
  bool goes_on = true;
  auto how = to(node.at());
  how.while_waiting = [&](const error* why) {
    told.push_back(why == nullptr);
    return goes_on;
  };
  auto db = database::open({.to = how, .patience_us = 20'000'000});
  REQUIRE(db);
  REQUIRE(db->view());
  CHECK(told.empty()); // nobody waited
  node->mute = true;
  const auto ticket = db->submit(person("Ada"));
  node.wait_for(3); // a view, the end of that, and the transaction
  goes_on = false;
  CHECK(db->status().error().code == errc::interrupted);
  CHECK(told == std::vector<bool>{true});
  node.stop();
  CHECK(db->view().error().code == errc::interrupted);
  CHECK_FALSE(told.back());
  CHECK(db->get(*ticket).error().code == errc::outcome_unknown);
  CHECK(db->transact(person("Bob")).error().code == errc::interrupted); // it was never sent
  CHECK(told == std::vector<bool>{true, false, false, false});
}

TEST_CASE("another database at the same place is not taken for the old one") {
  node_and_client x;
  x.node.start_with("other");
  CHECK(x.db.transact(person("Ada")).error().code == errc::database_mismatch);
  CHECK(x.node->facts().status().t == tx_number(0));
}

TEST_CASE("a view may outlive the database it was read through") {
  const returning_node node;
  const auto kept = *open_at(node.at()).view();
  CHECK_FALSE(kept.source()->scan({}, {})->valid());
  CHECK(kept.source()->failure()->code == errc::unreachable);
}
