// What replay makes of records that no transaction wrote.
#include "weft/persistence/shard/replay.hpp"

#include "support/catch.hpp"

namespace {

using namespace weft;

error refused(const record& r) {
  memory_index index;
  persistence::replay from(index);
  const auto payload = encode_record(r);
  REQUIRE(payload);
  const auto done = from.entry(entry_kind::transaction, *payload);
  REQUIRE_FALSE(done);
  return done.error();
}

} // namespace

TEST_CASE("replay: facts that give no schema are damage, and say where") {
  record r;
  r.t = tx_number(1);
  r.when = instant(1);
  r.next.next_attribute = limits::first_user_attribute + 1;
  r.datoms = {
      {entity_id(limits::first_user_attribute), builtin::ident, value::keyword("a/_b"), r.t, true}};
  const auto e = refused(r);
  CHECK(e.code == errc::log_corrupt);
  CHECK(e.field("t") == "1");
  CHECK(e.detail.find("schema_invalid") != std::string::npos);
}

TEST_CASE("replay: a transaction that is missing is damage") {
  record r;
  r.t = tx_number(2);
  const auto e = refused(r);
  CHECK(e.code == errc::log_corrupt);
  CHECK(e.field("t") == "2");
}
