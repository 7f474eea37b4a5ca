#include "weft/fabric/database.hpp"

#include "support/catch.hpp"
#include "support/switch_disk.hpp"
#include "support/temp_folder.hpp"

#include "weft/persistence/system.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

using namespace weft;
using fabric::transacted;

namespace {

/// An application of somebody: its own system, its own actors.
struct application {
  struct config : caf::actor_system_config {
    config() { configure(*this); }
  };
  config settings;
  actors::actor_system system{settings};
};

/// What a listening actor got, for a thread that waits.
class inbox {
 public:
  void put(const wal_batch& batch) {
    const std::lock_guard lock(mutex_);
    batches_.push_back(batch);
    changed_.notify_all();
  }
  /// The first `count` batches; fewer when they do not come.
  std::vector<wal_batch> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return batches_.size() >= count; });
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<wal_batch> batches_;
};

caf::behavior listener(caf::event_based_actor* /*self*/, std::shared_ptr<inbox> to) {
  return {[to](const wal_batch& batch) { to->put(batch); }};
}

actors::actor find(const actors::tree& in, const std::string& name) {
  for (const auto& child : in.children) {
    if (child.name == name)
      return child.who;
    if (auto below = find(child, name))
      return below;
  }
  return {};
}

} // namespace

TEST_CASE("database: an application transacts, reads and listens") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  CHECK(db.name() == "facts");
  const auto got = std::make_shared<inbox>();
  const auto who = actors::spawn(app.system, listener, got);
  const auto stream = db.subscribe_wal(who).value();
  CHECK(stream.at.place.t == tx_number(0));

  const auto done = db.transact(R"([{:db/id "ada" :user/name "Ada"}])").value();
  CHECK(done.t == tx_number(1));
  REQUIRE(done.tempids.size() == 1);
  const auto now = db.view().value();
  CHECK(now.basis() == tx_number(1));
  const auto* name = now.schema().find("user/name");
  REQUIRE(name != nullptr);
  CHECK(now.get(done.tempids[0].entity, name->id).value() == value::string("Ada"));

  const auto batches = got->wait_for(1);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].t() == tx_number(1));
  const auto facts = batches[0].to_list().value();
  CHECK(facts.back().value == value::string("Ada"));
  CHECK(batches[0].name_of(facts.back().attribute) == "user/name");

  db.unsubscribe(stream);
  const auto refused = db.transact("[{:user/name 7}]");
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::type_mismatch);
  CHECK(db.transact("[{:user/name").error().code == errc::malformed_edn);
  db.close();
  db.close();
  CHECK(db.view().error().code == errc::closed);
  CHECK(db.transact("[]").error().code == errc::closed);
  CHECK(db.tree().error().code == errc::closed);
  CHECK(db.subscribe_wal(who).error().code == errc::closed);
  actors::ask_to_end(who);
}

TEST_CASE("database: what was acknowledged is there after it was closed, or never closed") {
  const test::temp_folder folder;
  for (std::uint64_t round = 0; round < 3; ++round) {
    application app;
    auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
    CHECK(db.view()->basis() == tx_number(10 * round));
    for (int i = 0; i < 10; ++i)
      REQUIRE(db.transact("[{:item/number 1}]"));
    if (round == 1)
      db.close();
  }
}

TEST_CASE("database: a retry with the same id is answered, not executed") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  const auto id = persistence::make_id(persistence::wall_clock_us(), 1, 2);
  const auto first = db.transact("[{:item/number 1}]", id).value();
  REQUIRE(db.transact("[{:item/number 2}]"));
  const auto again = db.transact("[{:item/number 1}]", id).value();
  CHECK(again.t == first.t);
  CHECK(*again.payload == *first.payload);
  CHECK(db.transact("[{:item/number 3}]", id).error().code == errc::request_conflict);
}

TEST_CASE("database: two in one process do not see each other; one folder has one owner") {
  const test::temp_folder folder;
  application app;
  auto one = start_local(app.system, "one", {.folder = folder / "one"}).value();
  auto two = start_local(app.system, "two", {.folder = folder / "two"}).value();
  const auto got = std::make_shared<inbox>();
  const auto who = actors::spawn(app.system, listener, got);
  REQUIRE(two.subscribe_wal(who));
  REQUIRE(one.transact("[{:item/number 1}]"));
  REQUIRE(one.transact("[{:item/number 2}]"));
  REQUIRE(two.transact("[{:item/number 3}]"));
  CHECK(got->wait_for(1).size() == 1);
  CHECK(one.view()->basis() == tx_number(2));
  CHECK(two.view()->basis() == tx_number(1));

  const auto second = start_local(app.system, "thief", {.folder = folder / "one"});
  REQUIRE(!second);
  CHECK(second.error().code == errc::locked);
  const auto absent =
      start_local(app.system, "absent", {.folder = folder / "absent", .create = false});
  REQUIRE(!absent);
  CHECK(absent.error().code == errc::not_a_database);
  CHECK(start_local(app.system, "", {.folder = folder / "x"}).error().code ==
        errc::invalid_argument);
  actors::ask_to_end(who);
}

TEST_CASE("database: actors ask its gateway") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  caf::scoped_actor self(app.system);
  const auto request =
      std::make_shared<const tx_request>(tx_request{}.add(tempid("ada"), "user/name", "Ada"));
  std::optional<transacted> outcome;
  self->request(db.gateway(), caf::infinite, actors::transact{request})
      .receive([&](const actors::transacted_message& m) { outcome = m.outcome; },
               [](const caf::error& e) { FAIL(actors::from_caf(e).to_string()); });
  REQUIRE(outcome);
  CHECK(outcome->t == tx_number(1));
}

TEST_CASE("database: too much under way is refused, and nothing is lost") {
  const test::temp_folder folder;
  application app;
  auto db =
      start_local(app.system, "facts", {.folder = folder / "facts", .request_bytes = 64U << 10U})
          .value();
  std::atomic<int> accepted = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> others = 0;
  constexpr int requests = 2000;
  for (int i = 0; i < requests; ++i)
    db.submit(tx_request{}.add(tempid("x"), "item/text", std::string(1000, 'x')), {},
              [&](result<transacted> outcome) {
                if (outcome)
                  ++accepted;
                else if (outcome.error().code == errc::overloaded)
                  ++refused;
                else
                  ++others;
              });
  while (accepted + refused + others < requests)
    std::this_thread::yield();
  CHECK(others == 0);
  CHECK(refused > 0);
  CHECK(db.view()->basis().get() == static_cast<std::uint64_t>(accepted));
}

TEST_CASE("database: its actors can be killed, its stream goes on") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  const auto got = std::make_shared<inbox>();
  const auto who = actors::spawn(app.system, listener, got);
  REQUIRE(db.subscribe_wal(who));
  std::size_t commits = 0;
  for (const auto* name : {"gateway", "transactor", "wal_publisher"}) {
    actors::kill(find(db.tree().value(), name));
    for (int i = 0; i < 100; ++i)
      if (const auto done = db.transact("[{:item/number 1}]"))
        ++commits;
      else
        CHECK(info(done.error().code).retryable);
  }
  const auto head = db.view()->basis().get();
  CHECK(head >= commits);
  const auto batches = got->wait_for(head);
  REQUIRE(batches.size() == head);
  for (std::uint64_t i = 0; i < head; ++i)
    CHECK(batches[i].t() == tx_number(i + 1));
  actors::ask_to_end(who);
}

TEST_CASE("database: closing finishes what is under way") {
  const test::temp_folder folder;
  application app;
  std::atomic<int> committed = 0;
  std::atomic<int> refused = 0;
  constexpr int requests = 500;
  {
    auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
    for (int i = 0; i < requests; ++i)
      db.submit(tx_request{}.add(tempid("x"), "item/number", i), {},
                [&](result<transacted> outcome) {
                  if (outcome)
                    ++committed;
                  else if (outcome.error().code == errc::no_leader)
                    ++refused; // it came too late, and was not written
                });
  }
  CHECK(committed + refused == requests);
  auto again = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  CHECK(again.view()->basis().get() == static_cast<std::uint64_t>(committed));
}

TEST_CASE("database: a folder that was replaced is not opened by a restart") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  REQUIRE(db.transact("[{:item/number 1}]"));
  std::filesystem::rename(folder / "facts", folder / "moved");
  actors::kill(find(db.tree().value(), "log_writer"));
  for (;;) {
    const auto late = db.transact("[{:item/number 2}]");
    REQUIRE(!late);
    if (late.error().code == errc::not_a_database)
      break;
    CHECK(info(late.error().code).retryable);
  }
  CHECK(!std::filesystem::exists(folder / "facts"));
  db.close();
  auto moved = start_local(app.system, "facts", {.folder = folder / "moved"}).value();
  CHECK(moved.view()->basis() == tx_number(1));
}

TEST_CASE("database: failed storage ends it, and the application lives on") {
  const test::temp_folder folder;
  application app;
  test::switch_disk disk;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts", .disk = &disk}).value();
  REQUIRE(db.transact("[{:item/number 1}]"));
  const auto before = db.view().value();
  disk.fail_syncs = true;
  const auto lost = db.transact("[{:item/number 2}]");
  REQUIRE(!lost);
  CHECK(lost.error().code == errc::outcome_unknown);
  for (;;) { // a moment later everybody is told the reason
    const auto late = db.transact("[{:item/number 3}]");
    REQUIRE(!late);
    if (late.error().code == errc::storage_failed &&
        late.error().detail.find("log_writer") != std::string::npos)
      break;
    CHECK((late.error().code == errc::storage_failed || info(late.error().code).retryable));
  }
  CHECK(db.view().error().code == errc::storage_failed);
  CHECK(db.tree().error().code == errc::storage_failed);
  CHECK(before.basis() == tx_number(1));
  db.close();
  disk.fail_syncs = false;
  auto again =
      start_local(app.system, "facts", {.folder = folder / "facts", .disk = &disk}).value();
  CHECK(again.transact("[{:item/number 4}]"));
}

TEST_CASE("database: one whose threads are all held up does not live, and says so in time") {
  const test::temp_folder folder;
  struct small : caf::actor_system_config {
    small() {
      configure(*this);
      set("scheduler.max-threads", std::size_t{1});
    }
  };
  small settings;
  actors::actor_system system{settings};
  std::mutex gate;
  tx_functions functions;
  REQUIRE(functions.add("test/wait", [&gate](const function_call&) -> result<tx_request> {
    const std::lock_guard waiting(gate);
    return tx_request{};
  }));
  auto db =
      start_local(system, "facts", {.folder = folder / "facts", .functions = std::move(functions)})
          .value();
  constexpr auto within = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::microseconds(limits::health_answer_us_max));
  CHECK(db.lives(within));
  CHECK(db.sample(within).error().code == errc::not_found); // it was opened without telemetry
  std::unique_lock held(gate);
  db.submit(tx_request{}.call("test/wait", {}), {}, [](const result<transacted>&) {});
  const auto begun = std::chrono::steady_clock::now();
  while (db.lives(std::chrono::milliseconds(20))) { // until the function is called
  }
  CHECK(!db.lives(within));
  CHECK(std::chrono::steady_clock::now() - begun < 10 * within);
  held.unlock();
  while (!db.lives(within)) {
  }
  db.close();
  CHECK(!db.lives(within));
}
