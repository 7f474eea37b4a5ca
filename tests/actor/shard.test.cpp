#include "shard_world.hpp"
#include "support/catch.hpp"

using namespace weft;
using test::asked;
using test::count_facts;
using test::shard_world;

TEST_CASE("shard: transactions are answered in order, durable and visible") {
  const auto seed = GENERATE(1U, 2U, 3U);
  shard_world shard(seed);
  REQUIRE(shard.open());
  std::vector<asked> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(shard.make("[{:item/number " + std::to_string(i) + "}]"));
  for (auto& one : all)
    shard.submit(one);
  shard.world.run();
  for (std::size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i].outcomes.size() == 1);
    REQUIRE(all[i].outcomes[0]);
    CHECK(all[i].outcomes[0]->t == tx_number(i + 1));
  }
  CHECK(shard.credit->in_use() == 0);
  CHECK(count_facts(shard.index->open(), "item/number") == 200);

  shard.close();
  REQUIRE(shard.open());
  CHECK(shard.index->head() == tx_number(200));
  CHECK(shard.transact("[{:item/number 200}]")->t == tx_number(201));
}

TEST_CASE("shard: many that wait share one sync") {
  shard_world shard(7);
  REQUIRE(shard.open());
  REQUIRE(shard.transact("[{:item/number 0}]"));
  std::uint64_t syncs = 0;
  shard.disk.plan([&](const persistence::disk_operation& op) {
    syncs += op.call == persistence::disk_call::sync_data ? 1 : 0;
    return persistence::disk_verdict{};
  });
  std::vector<asked> all;
  for (int i = 1; i <= 500; ++i)
    all.push_back(shard.make("[{:item/number " + std::to_string(i) + "}]"));
  for (auto& one : all)
    shard.submit(one);
  shard.world.run();
  CHECK(shard.index->head() == tx_number(501));
  CHECK(syncs < 250);
}

TEST_CASE("shard: a request id is executed once, and its first answer comes again") {
  shard_world shard(3);
  REQUIRE(shard.open());
  auto one = shard.make(R"([{:db/id "ada" :user/name "Ada"}])");
  shard.submit(one);
  shard.submit(one);
  shard.world.run();
  shard.submit(one);
  shard.world.run();
  REQUIRE(one.outcomes.size() == 3);
  for (const auto& outcome : one.outcomes) {
    REQUIRE(outcome);
    CHECK(outcome->t == tx_number(1));
    CHECK(outcome->tempids == one.outcomes[0]->tempids);
    CHECK(*outcome->payload == *one.outcomes[0]->payload);
  }
  CHECK(count_facts(shard.index->open(), "user/name") == 1);
}

TEST_CASE("shard: an actor asks the gateway, within its credit") {
  shard_world shard(8);
  REQUIRE(shard.open());
  const auto ask = [&](std::string_view edn) {
    return shard.ask<actors::transacted_message>(
        actors::untyped(shard.door),
        actors::transact{std::make_shared<const tx_request>(parse_edn_transaction(edn).value())});
  };
  CHECK(ask("[{:item/number 1}]")->outcome.t == tx_number(1));
  CHECK(ask("[{:item/number \"one\"}]").error().code == errc::type_mismatch);
  const auto all_of_it = actors::take_credit(shard.credit, shard.credit->limit()).value();
  CHECK(ask("[{:item/number 2}]").error().code == errc::overloaded);
}

TEST_CASE("shard: a refusal that read what is proposed waits until it is committed") {
  shard_world shard(4);
  REQUIRE(shard.open());
  REQUIRE(shard.transact(
      "[{:db/ident :user/email :db/valueType :db.type/string :db/unique :db.unique/value}]"));
  auto first = shard.make(R"([{:user/email "a@x.org"}])");
  auto second = shard.make(R"([{:user/email "a@x.org"}])");
  shard.submit(first);
  shard.submit(second);
  shard.world.run();
  REQUIRE(first.outcomes.size() == 1);
  CHECK(first.outcomes[0]);
  REQUIRE(second.outcomes.size() == 1);
  CHECK(second.outcomes[0].error().code == errc::unique_conflict);
}

TEST_CASE("shard: a full disk refuses, and takes transactions again when there is room") {
  shard_world shard(5);
  REQUIRE(shard.open());
  REQUIRE(shard.transact("[{:item/number 0}]"));
  shard.disk.capacity(0);
  std::vector<asked> all;
  for (int i = 1; i <= 20; ++i)
    all.push_back(shard.make("[{:item/number " + std::to_string(i) + "}]"));
  for (auto& one : all)
    shard.submit(one);
  shard.world.run();
  std::uint64_t refused = 0;
  for (const auto& one : all) {
    REQUIRE(one.outcomes.size() == 1);
    if (!one.outcomes[0]) {
      CHECK(one.outcomes[0].error().code == errc::disk_full);
      ++refused;
    }
  }
  CHECK(refused > 0);
  const auto before = shard.index->head();
  CHECK(before.get() == 21 - refused);
  shard.disk.capacity(std::numeric_limits<std::uint64_t>::max() / 2);
  shard.world.pass(std::chrono::seconds(1));
  const auto after = shard.transact("[{:item/number 99}]");
  INFO((after ? "" : after.error().to_string()));
  REQUIRE(after);
  CHECK(after->t == before.next());
}

TEST_CASE("shard: more than fits before the disk is refused, and only that") {
  const auto seed = GENERATE(1U, 2U, 3U);
  shard_world shard(seed);
  REQUIRE(shard.open());
  std::vector<asked> all;
  for (int i = 0; i < 60; ++i)
    all.push_back(shard.make(R"([{:item/text ")" + test::noise(1'000'000) + R"("}])"));
  for (auto& one : all)
    shard.submit(one);
  shard.world.run();
  std::uint64_t committed = 0;
  for (const auto& one : all) {
    REQUIRE(one.outcomes.size() == 1);
    if (one.outcomes[0])
      ++committed;
    else
      CHECK(one.outcomes[0].error().code == errc::overloaded);
  }
  CHECK(shard.index->head().get() == committed);
  REQUIRE(shard.transact("[{:item/number 1}]"));
  shard.close();
  REQUIRE(shard.open());
  CHECK(shard.index->head().get() == committed + 1);
}

TEST_CASE("shard: a log that fails while it is idle ends the shard, too") {
  shard_world shard(9);
  REQUIRE(shard.open());
  std::optional<error> reason;
  shard.world.watch(actors::untyped(shard.top),
                    [&](std::optional<error> why) { reason = std::move(why); });
  shard.disk.plan([&](const persistence::disk_operation& op) {
    persistence::disk_verdict out;
    if (op.call == persistence::disk_call::create)
      out.what = persistence::disk_verdict::action::fail;
    return out;
  });
  REQUIRE(shard.transact("[{:item/number 0}]"));
  shard.world.run();
  shard.world.pass(std::chrono::seconds(10));
  REQUIRE(reason);
  CHECK(reason->code == errc::storage_failed);
}

TEST_CASE("shard: a failed sync ends it with its reason, and nobody waits for ever") {
  const auto seed = GENERATE(1U, 2U, 3U, 4U);
  shard_world shard(seed);
  REQUIRE(shard.open());
  REQUIRE(shard.transact("[{:item/number 0}]"));
  std::optional<error> reason;
  shard.world.watch(actors::untyped(shard.top),
                    [&](std::optional<error> why) { reason = std::move(why); });
  shard.disk.plan([&](const persistence::disk_operation& op) {
    persistence::disk_verdict out;
    if (op.call == persistence::disk_call::sync_data)
      out.what = persistence::disk_verdict::action::fail_keep;
    return out;
  });
  std::vector<asked> all;
  for (int i = 1; i <= 100; ++i)
    all.push_back(shard.make("[{:item/number " + std::to_string(i) + "}]"));
  for (auto& one : all)
    shard.submit(one);
  shard.world.run();
  shard.world.pass(std::chrono::seconds(10));
  for (const auto& one : all) {
    REQUIRE(one.outcomes.size() == 1);
    REQUIRE(!one.outcomes[0]);
    const auto code = one.outcomes[0].error().code;
    CHECK(
        (code == errc::outcome_unknown || code == errc::storage_failed || code == errc::no_leader));
  }
  REQUIRE(reason);
  CHECK(reason->code == errc::storage_failed);
  CHECK(reason->detail.find("log_writer") != std::string::npos);
}

TEST_CASE("shard: what cannot be opened is told by start_up") {
  shard_world shard(1);
  REQUIRE(shard.open());
  REQUIRE(shard.transact("[{:item/number 0}]"));
  shard.close();
  shard.disk.damage("data/hardstate", [](bytes& all) { all.assign(all.size(), 'x'); });
  const auto opened = shard.open();
  REQUIRE(!opened);
  CHECK(opened.error().code == errc::hard_state_corrupt);
  CHECK(opened.error().detail.find("log_writer") != std::string::npos);
}
