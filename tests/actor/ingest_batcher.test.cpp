#include "weft/actors/ingest_batcher.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/fabric/database.hpp"

#include <condition_variable>
#include <mutex>
#include <set>

using namespace weft;

namespace {

struct application {
  struct config : caf::actor_system_config {
    config() { configure(*this); }
  };
  config settings;
  actors::actor_system system{settings};
};

/// Outcomes of items, for a thread that waits.
class outcomes {
 public:
  void put(result<transacted> what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(what));
    changed_.notify_all();
  }
  std::vector<result<transacted>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return all_.size() >= count; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<result<transacted>> all_;
};

/// Offers `count` items at once, then asks for a flush; ends when all is answered.
caf::behavior source(caf::event_based_actor* self, actors::ingest_batcher_actor to, int count,
                     std::shared_ptr<outcomes> told, std::shared_ptr<outcomes> flushed) {
  for (int i = 0; i < count; ++i) {
    auto item = std::make_shared<const tx_request>(
        tx_request{}.put({{"item/number", i}, {"item/name", "n" + std::to_string(i)}}));
    actors::request(
        self, to, actors::forever, actors::transact{std::move(item)},
        [told](const actors::transacted_message& m) { told->put(m.outcome); },
        [told](const error& why) { told->put(fail(why)); });
  }
  actors::request(
      self, to, actors::forever, actors::flush_items{},
      [flushed](const actors::items_flushed&) { flushed->put(transacted{}); },
      [flushed](const error& why) { flushed->put(fail(why)); });
  return {[](int) {}};
}

std::size_t numbers_in(const fabric::database& db) {
  auto now = db.view().value();
  const auto* number = now.schema().find("item/number");
  if (number == nullptr)
    return 0;
  std::set<std::int64_t> found;
  auto all = now.datoms(index_order::aevt, {.attribute = number->id}).value();
  std::size_t count = 0;
  for (const auto& d : all) {
    found.insert(d.value.as_long());
    ++count;
  }
  CHECK(found.size() == count); // none twice
  return count;
}

} // namespace

TEST_CASE("ingest_batcher: many items are few transactions, each with its own outcome") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  const auto batcher =
      actors::spawn(app.system, actors::ingest_batcher,
                    actors::ingest_batcher_options{.gateway = [&db] { return db.gateway(); }});
  constexpr int items = 1500;
  const auto told = std::make_shared<outcomes>();
  const auto flushed = std::make_shared<outcomes>();
  const auto who = actors::spawn(app.system, source, batcher, items, told, flushed);
  const auto all = told->wait_for(items);
  REQUIRE(all.size() == items);
  std::uint64_t last = 0;
  for (const auto& each : all) {
    REQUIRE(each);
    CHECK(each->t.get() >= last);
    last = each->t.get();
  }
  CHECK(last < items / 10);
  CHECK(flushed->wait_for(1).size() == 1);
  CHECK(numbers_in(db) == items);
  const auto figures = actors::ask_and_wait<actors::ingest_figures>(
      app.system, actors::untyped(batcher), actors::ask_ingest{});
  REQUIRE(figures);
  CHECK(figures->counts.items == items);
  CHECK(figures->counts.transactions == last);
  CHECK(figures->waiting_bytes == 0);
  actors::ask_to_end(actors::untyped(batcher));
  actors::ask_to_end(who);
}

TEST_CASE("ingest_batcher: a gateway that is killed, or not there, costs nothing but time") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  std::atomic<int> asked = 0;
  const auto gateway = [&db, &asked]() -> actors::gateway_actor {
    const int n = ++asked;
    if (n % 3 == 0)
      return {};
    auto now = db.gateway();
    if (n == 2)
      actors::kill(actors::untyped(now));
    return now;
  };
  const auto batcher = actors::spawn(
      app.system, actors::ingest_batcher,
      actors::ingest_batcher_options{.gateway = gateway, .batches = {.batch_facts = 20}});
  constexpr int items = 200;
  const auto told = std::make_shared<outcomes>();
  const auto flushed = std::make_shared<outcomes>();
  const auto who = actors::spawn(app.system, source, batcher, items, told, flushed);
  const auto all = told->wait_for(items);
  REQUIRE(all.size() == items);
  for (const auto& each : all)
    REQUIRE(each);
  CHECK(numbers_in(db) == items);
  CHECK(asked > items * 2 / 20);
  actors::ask_to_end(actors::untyped(batcher));
  actors::ask_to_end(who);
}

TEST_CASE("ingest_batcher: asked to end, it executes what it has and refuses what comes") {
  const test::temp_folder folder;
  application app;
  auto db = start_local(app.system, "facts", {.folder = folder / "facts"}).value();
  const auto batcher =
      actors::spawn(app.system, actors::ingest_batcher,
                    actors::ingest_batcher_options{.gateway = [&db] { return db.gateway(); },
                                                   .batches = {.delay_us = 3'600'000'000}});
  const auto offer = [&] {
    auto item = std::make_shared<const tx_request>(tx_request{}.put({{"item/number", 1}}));
    auto slot = std::make_shared<actors::answer_slot<actors::transacted_message>>();
    auto later = slot->get();
    actors::ask_for<actors::transacted_message>(app.system, actors::untyped(batcher),
                                                actors::transact{item}, actors::forever, slot);
    return later;
  };
  auto first = offer();
  CHECK(first.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  actors::ask_to_end(actors::untyped(batcher));
  const auto done = first.get();
  REQUIRE(done);
  CHECK(done->outcome.t == tx_number(1));
  CHECK_FALSE(offer().get());
}
