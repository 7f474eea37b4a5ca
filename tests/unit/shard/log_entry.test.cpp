// Where a log stands after an entry.
#include "weft/core/shard/log_entry.hpp"

#include "support/catch.hpp"

using namespace weft;

TEST_CASE("the chain advances with transactions only") {
  const log_position at{log_index(4), term(1), tx_number(2), {3, 4}};
  const auto after = advance(at, entry_kind::transaction, term(2), "payload");
  CHECK(after.index == log_index(5));
  CHECK(after.t == tx_number(3));
  CHECK(after.chain == chain({3, 4}, hash_of("payload")));
  const auto no_op = advance(at, entry_kind::no_op, term(2), "x");
  CHECK(no_op == log_position{log_index(5), term(2), tx_number(2), {3, 4}});
}
