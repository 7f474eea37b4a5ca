// Whatever of a node is killed with a thousand transactions in flight, half of them from its own
// process and half from another, beside those of a client and reads: everybody gets one outcome,
// and nothing is lost or done twice.
#include "support/catch.hpp"
#include "support/switch_disk.hpp"
#include "support/temp_folder.hpp"
#include "two_systems.hpp"

#include "weft/fabric/client/database.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>

using namespace weft;
using test::any_port;
using test::network_application;

namespace {

constexpr std::size_t requests = 1000;
constexpr std::size_t of_client = 100;
constexpr std::int64_t patience_us = 60'000'000;
constexpr auto a_while = std::chrono::seconds(60);

/// A transaction, and what its callers heard.
struct wanted {
  request_id id = persistence::make_id(persistence::wall_clock_us(), persistence::random64(),
                                       persistence::random64());
  std::atomic<int> submitted = 0;
  std::atomic<int> answers = 0;
  std::optional<result<transacted>> last = {}; ///< read when all are answered
};

/// Submits those that were not executed yet, in turns to both, and calls `meanwhile` when all of
/// them are. Waits until all have an answer; how many are to be tried again.
template <class Function>
std::size_t submit_all(fabric::any_database& one, fabric::any_database& other,
                       std::vector<wanted>& all, Function meanwhile) {
  std::size_t number = 0;
  for (auto& each : all) {
    ++number;
    if (each.last && *each.last)
      continue;
    ++each.submitted;
    (number % 2 == 0 ? one : other)
        .submit(tx_request{}.add(tempid("x"), "item/number", static_cast<std::int64_t>(number)),
                each.id, [&each](result<transacted> got) {
                  each.last = std::move(got);
                  ++each.answers;
                });
  }
  meanwhile();
  const auto until = std::chrono::steady_clock::now() + a_while;
  std::size_t again = 0;
  for (auto& each : all) {
    while (each.answers < each.submitted && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    REQUIRE(each.answers == each.submitted);
    if (*each.last)
      continue;
    INFO(each.last->error().to_string());
    CHECK(info(each.last->error().code).retryable);
    ++again;
  }
  return again;
}

template <class Predicate>
bool comes_true(Predicate what) {
  const auto until = std::chrono::steady_clock::now() + a_while;
  while (!what() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  return what();
}

/// Threads that open views, one after the other: each is there, or why not is said.
class view_readers {
 public:
  explicit view_readers(fabric::any_database& db) {
    for (int i = 0; i < 3; ++i)
      threads_.emplace_back([this, &db] {
        for (; !stopped_; ++done_)
          static_cast<void>(db.view());
      });
  }
  view_readers(const view_readers&) = delete;
  view_readers& operator=(const view_readers&) = delete;
  ~view_readers() { stop(); }

  [[nodiscard]] bool go_on() const {
    const auto before = done_.load();
    return comes_true([&] { return done_ > before + 10; });
  }
  void stop() {
    stopped_ = true;
    for (auto& each : std::exchange(threads_, {}))
      each.join();
  }

 private:
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> done_ = 0;
  std::vector<std::thread> threads_;
};

std::vector<std::uint64_t> submit_some(client::database& to) {
  std::vector<std::uint64_t> tickets;
  for (std::size_t i = 0; i < of_client; ++i)
    tickets.push_back(to.submit(tx_request{}.add(tempid("x"), "item/text", "x")).value());
  return tickets;
}

void check_executed_once(const std::vector<wanted>& all) {
  std::set<tx_number> ts;
  for (const auto& each : all)
    ts.insert((*each.last)->t);
  CHECK(ts.size() == requests);
  CHECK(ts.begin()->get() >= 1);
  CHECK(ts.rbegin()->get() <= requests + of_client);
}

} // namespace

TEST_CASE("killing any child of a node: each of a thousand callers gets one outcome") {
  const auto* const victim =
      GENERATE("router", "shard 0", "wal_publisher", "log_reader", "log_writer", "transactor",
               "gateway", "query pool", "peer_edge", "client_edge", "telemetry");
  CAPTURE(victim);
  const test::temp_folder folder;
  test::switch_disk disk;
  network_application node;
  auto db = start_local(node.system, "facts",
                        {.folder = folder / "facts",
                         .listen = any_port(),
                         .clients = fabric::client_serving{.address = any_port()},
                         .disk = &disk,
                         .telemetry = telemetry_options{.node = "n1"}})
                .value();
  network_application app;
  auto far = connect(app.system, "facts", {.endpoints = {db.listens_at().value()}}).value();
  const auto got = std::make_shared<test::stream_inbox>();
  const auto who = actors::spawn(app.system, test::stream_listener, got);
  REQUIRE(far.subscribe_wal(who));
  const auto killed = test::find_actor(db.tree().value(), victim);
  REQUIRE(killed);

  auto client =
      client::database::open({.to = {.endpoints = {{db.clients_at().value()}}, .cluster = "facts"},
                              .patience_us = patience_us,
                              .retries_refusals = true});
  REQUIRE(client);
  disk.hold_syncs = true; // nobody gets an answer
  const auto tickets = submit_some(*client);
  view_readers readers(far);

  std::vector<wanted> all(requests);
  auto left = submit_all(db, far, all, [&] {
    CHECK(std::ranges::all_of(all, [](const auto& each) { return each.answers == 0; }));
    CHECK(readers.go_on());
    actors::kill(killed);
    disk.hold_syncs = false;
  });
  for (int tries = 0; tries < 20 && left != 0; ++tries)
    left = submit_all(db, far, all, [] {});
  REQUIRE(left == 0);
  for (const auto ticket : tickets)
    CHECK(client->get(ticket));
  CHECK(readers.go_on());
  readers.stop();
  CHECK(comes_true([&] { return far.view().has_value(); }));

  check_executed_once(all);
  CHECK(db.view()->basis() == tx_number(requests + of_client));
  CHECK(test::ts_of(got->wait_for(requests + of_client)) ==
        test::counting(1, requests + of_client));
  CHECK(comes_true([&] { // another one is there, and so is all that began again with it
    const auto now = test::find_actor(db.tree().value(), victim);
    const auto sample = db.sample(std::chrono::seconds(10));
    return now && now != killed && sample && sample->credit_in_use == 0;
  }));
  actors::ask_to_end(who);
}
