#include "weft/core/shard/applied_state.hpp"

#include "support/catch.hpp"

#include "weft/core/tx/request.hpp"

using namespace weft;

namespace {

/// A leader that makes records, and where the log stands after them.
struct leader {
  memory_index index;
  transactor machine{state_of(record_check(), index), {}};
  log_position last;
  std::uint64_t next_ticket = 1;

  committed_entry next(std::string_view edn) {
    const auto request = parse_edn_transaction(edn).value();
    auto out = machine.step(
        transactor::submit{.who = ticket(next_ticket++),
                           .request = request,
                           .id = {},
                           .now = instant(static_cast<std::int64_t>(1'000'000 * next_ticket)),
                           .steady = instant(0)});
    REQUIRE(out.propose);
    last = advance(last, entry_kind::transaction, weft::term(1), *out.propose->payload);
    return {entry_kind::transaction, last, out.propose->payload};
  }
  committed_entry control(entry_kind kind, bytes payload) {
    const auto shared = std::make_shared<const bytes>(std::move(payload));
    last = advance(last, kind, weft::term(1), *shared);
    return {kind, last, shared};
  }
};

} // namespace

TEST_CASE("applied_state: a transactor goes on from what was applied") {
  leader from;
  memory_index index;
  applied_state state(index, record_check(), {}, {});
  for (int i = 0; i < 5; ++i)
    REQUIRE(state.apply(from.next("[{:item/number " + std::to_string(i) + "}]")));
  CHECK(state.position() == from.last);
  CHECK(index.head() == tx_number(5));
  CHECK(state.schema()->find("item/number") != nullptr);
  transactor follower(state.transactor_state(), {});
  CHECK(follower.head() == tx_number(5));
  const auto last = from.next("[{:item/number 5}]");
  REQUIRE(state.apply(last));
  CHECK(transactor(state.transactor_state(), {}).committed_allocators() ==
        record_view::decode(*last.payload)->next());
}

TEST_CASE("applied_state: entries come in order, or not at all") {
  leader from;
  memory_index index;
  applied_state state(index, record_check(), {}, {});
  const auto first = from.next("[{:item/number 1}]");
  const auto second = from.next("[{:item/number 2}]");
  CHECK(state.apply(second).error().code == errc::invalid_argument);
  REQUIRE(state.apply(first));
  CHECK(state.apply(first).error().code == errc::invalid_argument);
  CHECK(index.head() == tx_number(1));
  REQUIRE(state.apply(second));
}

TEST_CASE("applied_state: cursors are remembered, other entries pass by") {
  leader from;
  memory_index index;
  applied_state state(index, record_check(), {}, {});
  REQUIRE(state.apply(from.control(entry_kind::no_op, "x")));
  const stream::named_cursor mirror{"mirror", tx_number(3), 17};
  REQUIRE(state.apply(from.control(entry_kind::cursor, stream::encode_cursor_entry(mirror))));
  CHECK(state.cursors().all() == std::vector<stream::named_cursor>{mirror});
  REQUIRE(state.apply(from.next("[]")));
  CHECK(state.position().index == log_index(3));
  CHECK(state.position().t == tx_number(1));
  CHECK(state.apply(from.control(entry_kind::cursor, "")).error().code == errc::log_corrupt);
}
