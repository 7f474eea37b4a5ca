#include "weft/core/shard/transactor.hpp"

#include "support/catch.hpp"

#include "weft/core/db/memory_index.hpp"

namespace {

using namespace weft;

/// A transactor with the index and the log of a shard, driven by hand.
struct shard_under_test {
  memory_index index;
  transactor machine;
  std::vector<transactor::accepted> proposed;
  std::vector<transactor::answer> answers;
  std::vector<ticket> again;
  instant now{1'000'000};
  instant steady{500'000};
  std::uint64_t tickets = 0;

  explicit shard_under_test(transactor::options how = {})
      : machine({.committed = index.open(), .next = {}, .last = instant(0), .dedup = dedup_table()},
                how) {}

  ticket submit(const tx_request& request, std::optional<request_id> id = {}) {
    const ticket who(++tickets);
    take(machine.step(transactor::submit{
        .who = who, .request = request, .id = id, .now = now, .steady = steady}));
    return who;
  }
  /// The next `count` proposals become durable.
  void commit(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto& tx = proposed.at(committed_ + i);
      index.apply(tx.t, tx.when, views_of(tx.datoms), tx.schema_after);
    }
    committed_ += count;
    take(machine.step(transactor::committed{index.open()}));
  }
  void lose() {
    take(machine.step(transactor::lost{}));
    proposed.resize(committed_);
  }
  const error* refusal(ticket who) const {
    for (const auto& a : answers)
      if (a.who == who)
        return std::get_if<error>(&a.what);
    return nullptr;
  }

 private:
  void take(transactor::effects out) {
    if (out.propose)
      proposed.push_back(std::move(*out.propose));
    for (auto& a : out.answers)
      answers.push_back(std::move(a));
    again.insert(again.end(), out.again.begin(), out.again.end());
  }
  std::size_t committed_ = 0;
};

tx_request name_is(std::string_view id, std::string_view name) {
  return tx_request{}.add(tempid(id), "user/name", name);
}

tx_request unique_email() {
  return tx_request{}.put({{"db/ident", ident("user/email")},
                           {"db/valueType", ident("db.type/string")},
                           {"db/cardinality", ident("db.cardinality/one")},
                           {"db/unique", ident("db.unique/value")}});
}

request_id id_at(std::int64_t us) {
  request_id id;
  for (unsigned i = 0; i < 6; ++i)
    id.id.octets[i] = static_cast<std::uint8_t>((us / 1000) >> (40U - 8U * i));
  return id;
}

} // namespace

TEST_CASE("accepted transactions are numbered densely and stamped after each other") {
  shard_under_test shard;
  shard.submit(name_is("a", "Ada"));
  shard.submit(name_is("b", "Bob"));
  REQUIRE(shard.proposed.size() == 2);
  CHECK(shard.proposed[0].t == tx_number(1));
  CHECK(shard.proposed[1].t == tx_number(2));
  CHECK(shard.proposed[0].when == instant(1'000'000));
  CHECK(shard.proposed[1].when == instant(1'000'001));
  CHECK(shard.answers.empty());
}

TEST_CASE("a rejected transaction takes no t") {
  shard_under_test shard({.mode = schema_mode::strict});
  const auto refused = shard.submit(name_is("a", "Ada"));
  REQUIRE(shard.refusal(refused) != nullptr);
  CHECK(shard.refusal(refused)->code == errc::unknown_attribute);
  shard.submit(unique_email());
  CHECK(shard.proposed.at(0).t == tx_number(1));
}

TEST_CASE("the next request sees what is proposed and not yet committed") {
  shard_under_test shard;
  shard.submit(unique_email());
  shard.submit(tx_request{}.add(tempid("a"), "user/email", "x@y.z"));
  const auto second = shard.submit(tx_request{}.add(tempid("b"), "user/email", "x@y.z"));
  CHECK(shard.proposed.size() == 2);
  CHECK(shard.refusal(second) == nullptr); // it read proposed facts: the answer waits for them
  shard.commit(1);
  CHECK(shard.refusal(second) == nullptr);
  shard.commit(1);
  REQUIRE(shard.refusal(second) != nullptr);
  CHECK(shard.refusal(second)->code == errc::unique_conflict);
}

TEST_CASE("what was refused because of lost facts is resolved again") {
  shard_under_test shard;
  shard.submit(unique_email());
  shard.commit(1);
  shard.submit(tx_request{}.add(tempid("a"), "user/email", "x@y.z"));
  const auto second = shard.submit(tx_request{}.add(tempid("b"), "user/email", "x@y.z"));
  shard.lose();
  CHECK(shard.again == std::vector<ticket>{second});
  CHECK(shard.refusal(second) == nullptr);
  CHECK(shard.machine.head() == tx_number(1));
  shard.submit(tx_request{}.add(tempid("b"), "user/email", "x@y.z"));
  REQUIRE(shard.proposed.size() == 2);
  CHECK(shard.proposed[1].t == tx_number(2)); // the lost t, with other content
}

TEST_CASE("lost transactions give back their entity ids, instants and request ids") {
  shard_under_test shard;
  shard.submit(name_is("a", "Ada"));
  shard.commit(1);
  const auto id = id_at(900'000);
  shard.submit(name_is("b", "Bob"), id);
  const auto lost = shard.proposed[1];
  shard.lose();
  shard.submit(name_is("b", "Bob"), id);
  REQUIRE(shard.proposed.size() == 2);
  CHECK(shard.proposed[1].next == lost.next);
  CHECK(shard.proposed[1].when == lost.when);
  CHECK(*shard.proposed[1].payload == *lost.payload);
}

TEST_CASE("a retry is answered by the first transaction, when that is committed") {
  shard_under_test shard;
  const auto id = id_at(900'000);
  shard.submit(name_is("a", "Ada"), id);
  const auto retry = shard.submit(name_is("a", "Ada"), id);
  CHECK(shard.proposed.size() == 1);
  CHECK(shard.answers.empty());
  shard.commit(1);
  REQUIRE(shard.answers.size() == 1);
  CHECK(shard.answers[0].who == retry);
  CHECK(std::get<tx_number>(shard.answers[0].what) == tx_number(1));
}

TEST_CASE("a retry with another payload is refused") {
  shard_under_test shard;
  const auto id = id_at(900'000);
  shard.submit(name_is("a", "Ada"), id);
  shard.commit(1);
  const auto other = shard.submit(name_is("a", "Eve"), id);
  REQUIRE(shard.refusal(other) != nullptr);
  CHECK(shard.refusal(other)->code == errc::request_conflict);
}

TEST_CASE("a rejection is not remembered: the same id may succeed later") {
  shard_under_test shard({.mode = schema_mode::strict});
  const auto id = id_at(900'000);
  shard.submit(tx_request{}.add(tempid("a"), "user/email", "x@y.z"), id);
  REQUIRE(shard.answers.size() == 1);
  shard.submit(unique_email());
  shard.commit(1);
  shard.submit(tx_request{}.add(tempid("a"), "user/email", "x@y.z"), id);
  CHECK(shard.proposed.size() == 2);
}

TEST_CASE("a wall clock that goes back does not turn instants back") {
  shard_under_test shard;
  shard.submit(name_is("a", "Ada"));
  shard.now = instant(10);
  shard.submit(name_is("b", "Bob"));
  CHECK(shard.proposed.at(1).when == instant(1'000'001));
}

TEST_CASE("a wall clock that jumps ahead of the steady one is not believed") {
  shard_under_test shard;
  shard.submit(name_is("a", "Ada"));
  shard.commit(1);
  shard.now = instant(shard.now.get() + limits::clock_jump_us_max);
  shard.submit(name_is("b", "Bob"));
  REQUIRE(shard.proposed.size() == 2);
  shard.commit(1);
  shard.now = instant(shard.now.get() + limits::clock_jump_us_max + 1);
  const auto refused = shard.submit(name_is("c", "Cid"));
  REQUIRE(shard.refusal(refused) != nullptr);
  CHECK(shard.refusal(refused)->code == errc::clock_jumped);
  shard.steady = instant(shard.steady.get() + limits::clock_jump_us_max + 1); // time really passed
  shard.submit(name_is("c", "Cid"));
  CHECK(shard.proposed.size() == 3);
}

TEST_CASE("a wall clock that was set back may be set right again") {
  shard_under_test shard;
  shard.submit(name_is("a", "Ada"));
  const auto right = shard.now;
  shard.now = instant(right.get() - 3 * limits::clock_jump_us_max);
  shard.submit(name_is("b", "Bob"));
  shard.now = right;
  shard.submit(name_is("c", "Cid"));
  CHECK(shard.proposed.size() == 3);
  shard.now = instant(right.get() + limits::clock_jump_us_max + 1);
  shard.submit(name_is("d", "Dan"));
  CHECK(shard.proposed.size() == 3);
}

TEST_CASE("too many uncommitted bytes are refused as overloaded") {
  shard_under_test shard;
  std::string noise(limits::value_bytes_max, 'x');
  std::uint64_t state = 1;
  for (auto& c : noise) { // does not compress
    state = state * 6364136223846793005U + 1442695040888963407U;
    c = static_cast<char>('0' + (state >> 33U) % 64);
  }
  std::vector<ticket> asked;
  while (shard.machine.uncommitted_bytes() < limits::uncommitted_bytes_max)
    asked.push_back(shard.submit(name_is("a", noise)));
  CHECK(shard.proposed.size() == asked.size());
  const auto refused = shard.submit(name_is("b", "Bob"));
  shard.commit(shard.proposed.size());
  REQUIRE(shard.refusal(refused) != nullptr);
  CHECK(shard.refusal(refused)->code == errc::overloaded);
  CHECK(shard.machine.uncommitted_bytes() == 0);
  shard.submit(name_is("b", "Bob"));
  CHECK(shard.proposed.size() == asked.size() + 1);
}

TEST_CASE("encoding is timed by the clock: large records each, of small ones one for sixty-four") {
  static std::uint64_t looks = 0;
  static std::uint64_t clock = 0;
  looks = clock = 0;
  // Asking takes 10, encoding 5.
  shard_under_test shard({.cpu_ns = [] { return clock += ++looks % 3 == 0 ? 15 : 10; }});
  for (int i = 0; i < 129; ++i)
    shard.submit(name_is("a", "Ada"));
  CHECK(looks == 9);
  CHECK(shard.machine.encode_ns() == 129 * 5);
  tx_request large;
  for (int i = 0; i < 100; ++i)
    large.add(tempid(std::to_string(i)), "user/name", "Ada");
  shard.submit(large);
  shard.submit(large);
  CHECK(looks == 15);
  CHECK(shard.machine.encode_ns() == 131 * 5);
  shard_under_test unasked;
  unasked.submit(large);
  CHECK(unasked.machine.encode_ns() == 0);
}
