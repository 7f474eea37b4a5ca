// Telemetry of a whole node, stepped, on a disk in memory.
#include "weft/actors/telemetry.hpp"

#include "support/catch.hpp"
#include "support/stepped_system.hpp"

#include "weft/core/datom/edn_value.hpp"
#include "weft/fabric/node.hpp"
#include "weft/persistence/disk/simulated_disk.hpp"

#include <algorithm>
#include <mutex>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace weft;
using namespace std::chrono_literals;

namespace {

class kept_events final : public log_sink {
 public:
  [[nodiscard]] bool wants(log_level /*level*/) const noexcept override { return true; }
  void write(const log_record& record) noexcept override { all.push_back(record); }
  [[nodiscard]] std::size_t count(log_event event) const {
    return static_cast<std::size_t>(std::ranges::count(all, event, &log_record::event));
  }
  std::vector<log_record> all;
};

class node_world {
 public:
  explicit node_world(std::uint64_t seed) : world(seed) {}
  node_world(const node_world&) = delete;
  node_world& operator=(const node_world&) = delete;
  ~node_world() {
    if (top)
      actors::ask_to_end(actors::untyped(top));
    top = nullptr;
    world.run();
  }

  result<void> open(std::optional<std::chrono::milliseconds> facts, schema_mode mode) {
    fabric::node_options how;
    how.shard.storage = {.folder = "data", .disk = &disk, .clock = [this] { return now(); }};
    how.shard.transactions = {.mode = mode,
                              .clock = [this] { return now(); },
                              .steady = [this] { return instant(clock_us); }};
    how.shard.streams = {.steady = [this] { return instant(clock_us); }};
    how.shard.log = log;
    how.credit = credit;
    how.on_end = [this](std::optional<error> why) { ended = std::move(why); };
    how.telemetry = actors::telemetry_options{.node = "n1",
                                              .started = instant(1),
                                              .commit = "31ffad209c1e",
                                              .registry = registry,
                                              .facts_interval = facts};
    top = fabric::spawn_node(world.system, std::move(how), doors);
    return ask<actors::started>(actors::untyped(top), actors::start_up{}).map([](auto) {});
  }

  template <class Reply, class Message>
  result<Reply> ask(const actors::actor& of, Message message) {
    std::optional<result<Reply>> out;
    actors::spawn(
        world.system,
        [](caf::event_based_actor* self, actors::actor whom, Message what,
           std::optional<result<Reply>>* to) {
          actors::request(
              self, whom, actors::forever, what, [to](const Reply& r) { *to = r; },
              [to](const error& e) { *to = fail(e); });
        },
        of, message, &out);
    world.run([&] { return out.has_value(); });
    return out ? *out : fail(errc::outcome_unknown, "no answer, and nothing left to do");
  }
  result<actors::node_sample> sample() {
    return ask<actors::node_sample>(actors::untyped(doors->telemetry()), actors::ask_sample{});
  }
  result<actors::transacted_message> transact(std::string_view edn) {
    return ask<actors::transacted_message>(
        actors::untyped(doors->gateway()),
        actors::transact{std::make_shared<const tx_request>(parse_edn_transaction(edn).value())});
  }
  std::string metrics() { return prometheus::TextSerializer().Serialize(registry->Collect()); }
  bool has(const std::string& line) {
    return metrics().find("\n" + line + "\n") != std::string::npos;
  }

  /// Values of an attribute of the node's entity, as text.
  std::vector<std::string> facts(std::string_view attribute) {
    const auto now = doors->index()->open();
    std::vector<std::string> out;
    const auto* about = now.schema().find(attribute);
    if (about == nullptr)
      return out;
    auto found = now.datoms(index_order::aevt, {.attribute = about->id}).value();
    for (const auto& d : found)
      out.push_back(to_edn(d.value));
    return out;
  }
  tx_number head() { return doors->index()->head(); }

  instant now() { return instant(1'790'000'000'000'000 + ++clock_us); }

  persistence::simulated_disk disk;
  std::int64_t clock_us = 0;
  std::shared_ptr<kept_events> log = std::make_shared<kept_events>();
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::shared_ptr<actors::byte_credit> credit =
      std::make_shared<actors::byte_credit>(64U << 20U, log);
  std::shared_ptr<fabric::node_doors> doors = std::make_shared<fabric::node_doors>();
  std::optional<error> ended;
  test::stepped_system world;
  actors::supervisor_actor top;
};

actors::actor find(const actors::tree& in, const std::string& name) {
  for (const auto& child : in.children) {
    if (child.name == name)
      return child.who;
    if (auto below = find(child, name))
      return below;
  }
  return {};
}

/// Takes what is asked of it and never answers.
actors::raft_election_actor::behavior_type silent_raft(actors::raft_election_actor::pointer self,
                                                       int /*unused*/) {
  return {[](const actors::start_up&) { return actors::started{}; },
          [self](const actors::lead&) {
            return self->make_response_promise<actors::promise<actors::leadership>>();
          },
          [](const actors::propose&) {},
          [](const actors::propose_control&) {},
          [self](const actors::ask_raft&) {
            return self->make_response_promise<actors::promise<actors::raft_figures>>();
          },
          [](const actors::durable&) {},
          [](const actors::dropped&) {}};
}

} // namespace

TEST_CASE("telemetry: a sample says how the parts are") {
  node_world node(GENERATE(1U, 2U, 3U));
  REQUIRE(node.open({}, schema_mode::flexible));
  REQUIRE(node.transact(R"([{:user/name "Ada"}])"));
  const auto now = node.sample().value();
  CHECK(now.parts.name == "node");
  REQUIRE(now.raft);
  CHECK(now.raft->leads);
  CHECK(now.raft->committed.t == tx_number(1));
  CHECK(now.applied == now.raft->committed.index);
  CHECK(now.published);
  CHECK(now.head == tx_number(1));
  CHECK(now.credit_in_use == 0);
  CHECK(now.index->facts_live > 0);
  CHECK(node.has("weft_tx_committed_total 1"));
  CHECK(node.has("weft_raft_is_leader 1"));
  CHECK(node.has("weft_wal_fsync_duration_seconds_count 1"));
  CHECK(node.has("weft_raft_elections_total 1"));
  CHECK(node.has(R"(weft_query_duration_seconds_count{kind="status"} 0)"));
  CHECK(node.metrics().find(R"(commit="31ffad209c1e")") != std::string::npos);
}

TEST_CASE("telemetry: it says how much CPU time each stage of commits takes, about") {
  node_world node(13);
  REQUIRE(node.open({}, schema_mode::flexible));
  for (int i = 0; i < 40 * int{actors::stage_times::one_in_default}; ++i) // some are measured
    REQUIRE(node.transact(R"([{:user/name "Ada"}])"));
  static_cast<void>(node.sample().value());
  const auto page = node.metrics();
  const auto seconds = [&](std::string_view stage) {
    const auto line = "weft_tx_stage_cpu_seconds_total{stage=\"" + std::string(stage) + "\"} ";
    const auto at = page.find(line);
    REQUIRE(at != std::string::npos);
    return std::stod(page.substr(at + line.size()));
  };
  CHECK(seconds("receive") == 0); // nobody is connected
  for (const auto* stage : {"resolve", "write", "apply", "publish", "answer"}) {
    INFO(stage);
    CHECK(seconds(stage) > 0);
    CHECK(seconds(stage) < 100);
  }
}

TEST_CASE("telemetry: each part says how many messages wait for it") {
  node_world node(12);
  REQUIRE(node.open({}, schema_mode::flexible));
  static_cast<void>(node.sample().value());
  for (const auto* part : {"gateway", "shard 0/storage/log_writer", "telemetry", "query pool"})
    CHECK(node.metrics().find("weft_actor_mailbox_messages{actor=\"" + std::string(part) +
                              "\"} ") != std::string::npos);
}

TEST_CASE("telemetry: a sample comes in time, without the parts that do not answer") {
  test::stepped_system world(GENERATE(1U, 2U));
  const auto silent = [&world]() -> actors::child_actor {
    return actors::spawn(world.system, silent_raft, 0);
  };
  actors::telemetry_actor asked;
  const auto registry = std::make_shared<prometheus::Registry>();
  const auto made = [&]() -> actors::child_actor {
    return asked = actors::spawn(
               world.system, actors::telemetry,
               actors::telemetry_options{.node = "n1",
                                         .started = instant(1),
                                         .registry = registry,
                                         .figures = std::make_shared<actors::node_figures>(),
                                         .credit = std::make_shared<actors::byte_credit>(1),
                                         .index = [] { return std::shared_ptr<memory_index>(); }},
               actors::gateway_actor());
  };
  auto top = actors::spawn_supervisor(
      world.system, "node", actors::supervision_options{},
      std::vector<actors::child_spec>{{.rule = {.name = "raft_election"}, .start = silent},
                                      {.rule = {.name = "telemetry"}, .start = made}});
  actors::send_from_outside(top, actors::start_up{});
  world.run();
  REQUIRE(asked);
  std::optional<actors::node_sample> told;
  actors::spawn(
      world.system,
      [](caf::event_based_actor* self, actors::actor whom, std::optional<actors::node_sample>* to) {
        actors::request(
            self, whom, actors::forever, actors::ask_sample{},
            [to](const actors::node_sample& now) { *to = now; }, [](const error&) {});
      },
      actors::untyped(asked), &told);
  world.pass(std::chrono::milliseconds(limits::health_answer_us_max / 1000 - 100));
  REQUIRE(told);
  CHECK(told->parts.name == "node");
  CHECK(!told->raft);
  told.reset(); // it refers to actors
  actors::ask_to_end(actors::untyped(top));
  asked = nullptr;
  top = nullptr;
  world.run();
}

TEST_CASE("telemetry: who asks meanwhile gets the same sample") {
  node_world node(4);
  REQUIRE(node.open({}, schema_mode::flexible));
  const auto of = actors::untyped(node.doors->telemetry());
  int answers = 0;
  for (int i = 0; i < 5; ++i)
    actors::spawn(
        node.world.system,
        [](caf::event_based_actor* self, actors::actor whom, int* to) {
          actors::request(
              self, whom, actors::forever, actors::ask_sample{},
              [to](const actors::node_sample&) { ++*to; }, [](const error&) {});
        },
        of, &answers);
  node.world.run();
  CHECK(answers == 5);
}

TEST_CASE("telemetry: a part that is restarted is counted and logged") {
  node_world node(GENERATE(5U, 6U));
  REQUIRE(node.open({}, schema_mode::flexible));
  const auto counts = [&](const char* part) {
    return node.has(std::string("weft_actor_restarts_total{actor=\"shard 0/") + part + "\"} 1");
  };
  actors::kill(find(node.sample()->parts, "transactor"));
  node.world.run();
  static_cast<void>(node.sample().value());
  CHECK(counts("transactor"));
  CHECK(!counts("wal_publisher"));
  CHECK(node.log->count(log_event::actor_ended) == 1);
  CHECK(node.log->count(log_event::actor_restarted) >= 1);
  for (int i = 0; i < 5; ++i) { // more than the shard bears
    if (const auto now = node.sample())
      actors::kill(find(now->parts, "transactor"));
    node.world.run();
  }
  CHECK(node.log->count(log_event::supervisor_escalated) >= 1);
}

TEST_CASE("telemetry: refusals are counted by their error") {
  node_world node(7);
  REQUIRE(node.open({}, schema_mode::strict));
  CHECK(node.transact(R"([{:user/name "Ada"}])").error().code == errc::unknown_attribute);
  node.credit->set_limit(1);
  const auto held = actors::take_credit(node.credit, 1).value();
  CHECK(node.transact(R"([{:user/name "Ada"}])").error().code == errc::overloaded);
  static_cast<void>(node.sample().value());
  CHECK(node.has(R"(weft_tx_rejected_total{errc="unknown_attribute"} 1)"));
  CHECK(node.has(R"(weft_tx_rejected_total{errc="overloaded"} 1)"));
  CHECK(node.log->count(log_event::request_overloaded) == 1);
}

TEST_CASE("telemetry: facts are stated when they change, also where schema is strict") {
  node_world node(GENERATE(8U, 9U));
  REQUIRE(node.open(100ms, schema_mode::strict));
  CHECK(node.head() == tx_number(0));
  node.world.pass(110ms);
  CHECK(node.head() == tx_number(1));
  CHECK(node.facts("weft.node/id") == std::vector<std::string>{"\"n1\""});
  node.world.pass(1000ms);
  CHECK(node.head() == tx_number(1)); // nothing happened
  REQUIRE(node.transact(R"([{:db/ident :user/name :db/valueType :db.type/string
                             :db/cardinality :db.cardinality/one}])"));
  node.world.pass(1000ms);
  CHECK(node.head() == tx_number(3));
  CHECK(node.facts("weft.node/transactions") == std::vector<std::string>{"1"});
  CHECK(node.log->count(log_event::telemetry_fact_failed) == 0);
}

TEST_CASE("telemetry: facts that are refused are logged, and stated later") {
  node_world node(10);
  node.credit->set_limit(1);
  {
    REQUIRE(node.open(100ms, schema_mode::flexible));
    const auto held = actors::take_credit(node.credit, 1).value();
    node.world.pass(350ms);
    CHECK(node.head() == tx_number(0));
    CHECK(node.log->count(log_event::telemetry_fact_failed) == 3);
  }
  node.world.pass(110ms);
  CHECK(node.head() == tx_number(1));
  CHECK(!node.ended);
}

TEST_CASE("telemetry: a full disk refuses facts and ends nothing") {
  node_world node(11);
  REQUIRE(node.open(100ms, schema_mode::flexible));
  node.disk.capacity(limits::disk_reserve_bytes / 2); // less than the reserve is left
  bool refused = false;
  for (int i = 0; i < 10 && !refused; ++i) {
    const auto done = node.transact(R"([{:user/name "Ada"}])");
    refused = !done && done.error().code == errc::disk_full;
    node.world.pass(30ms);
  }
  REQUIRE(refused);
  node.world.pass(500ms);
  CHECK(node.log->count(log_event::storage_refused) >= 1);
  CHECK(node.log->count(log_event::telemetry_fact_failed) >= 1);
  CHECK(!node.ended);
  CHECK(node.sample());
}
