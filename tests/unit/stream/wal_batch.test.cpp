#include "weft/core/stream/wal_batch.hpp"

#include "stream_log.hpp"
#include "support/catch.hpp"

#include "weft/core/stream/record_block.hpp"

using namespace weft;
using namespace weft::test;

namespace {

wal_batch batch_of(const stream_log& log, std::uint64_t t, matched_runs matched = nullptr) {
  return {log.context(), log.record(t), std::move(matched)};
}

matched_runs runs(position_runs r) {
  return std::make_shared<const position_runs>(std::move(r));
}

} // namespace

TEST_CASE("a batch says what was committed, and where") {
  stream_log log;
  log.add({{"a/x", 2}, {"b/y"}});
  const auto batch = batch_of(log, 1);
  CHECK(batch.shard() == shard_id(0));
  CHECK(batch.t() == tx_number(1));
  CHECK(batch.when() == instant(1000));
  CHECK(batch.chain() == log.record(1)->chain());
  CHECK(batch.payload() == log.record(1)->payload());
  CHECK_FALSE(batch.is_filtered());
  CHECK(batch.to_list() == log.passing(1, {}));
  REQUIRE(batch.datoms());
  CHECK(batch.name_of((*batch.datoms())[0].attribute) == "a/x");
  CHECK(batch.name_of(attribute_id(9999)).empty());
  const auto at = batch.cursor();
  CHECK(at.valid());
  CHECK(at.database == stream_log::origin.database);
  CHECK(at.at(shard_id(0)) == shard_place{shard_id(0), tx_number(1), short_hash(batch.chain())});
}

TEST_CASE("copies of a batch share what was decoded") {
  stream_log log;
  log.add({{"a/x", 3}});
  const auto one = batch_of(log, 1);
  const auto other = one; // NOLINT(performance-unnecessary-copy-initialization)
  const auto again = batch_of(log, 1);
  CHECK(one.datoms()->data() == other.datoms()->data());
  CHECK(one.datoms()->data() == again.datoms()->data());
}

TEST_CASE("a filtered batch has the datoms that pass") {
  stream_log log;
  log.add({{"a/x", 2}, {"b/y", 2}, {"a/x", 1}});
  const auto filter = attribute_filter::parse(std::vector<std::string>{"b/*"});
  const auto batch = batch_of(log, 1, runs({{2, 2}}));
  CHECK(batch.is_filtered());
  CHECK(batch.to_list() == log.passing(1, *filter));
  CHECK(batch_of(log, 1, runs({{0, 1}, {4, 1}})).datoms()->size() == 2);
}

TEST_CASE("datoms that the record does not have are an error") {
  stream_log log;
  log.add({{"a/x", 2}});
  for (const auto& lie : {position_runs{{0, 3}}, position_runs{{2, 1}}, position_runs{{9, 1}},
                          position_runs{{1, ~0U}}}) {
    const auto batch = batch_of(log, 1, runs(lie));
    REQUIRE_FALSE(batch.datoms());
    CHECK(batch.datoms().error().code == errc::malformed_record);
    CHECK(batch.to_list().error().field("section") == "positions");
  }
}

TEST_CASE("a record that cannot be decoded is an error, with a filter and without") {
  const auto payload = std::make_shared<const bytes>("\1\0\0\1nonsense");
  const auto record =
      std::make_shared<const stream_record>(record_stamp{tx_number(1), instant(1)}, hash128{},
                                            chain({}, hash_of(*payload)), shared_bytes(payload));
  CHECK(record->is_whole());
  const auto of = std::make_shared<const stream_context>(
      stream_context{stream_log::origin, schema::bootstrap()});
  const wal_batch all(of, record, nullptr);
  const wal_batch some(of, record, runs({{0, 1}}));
  CHECK(all.datoms().error().code == errc::malformed_record);
  CHECK(some.datoms().error().code == errc::malformed_record);
}

TEST_CASE("a record of a block lives on without the others") {
  stream_log log;
  log.add_many(3);
  std::vector<record_ptr> all;
  {
    stream::record_block block(3);
    for (std::uint64_t t = 1; t <= 3; ++t) {
      const auto& r = *log.record(t);
      all.push_back(block.add(record_stamp{r.t(), r.when()}, r.before(), r.chain(),
                              shared_bytes(std::make_shared<const bytes>(r.payload()))));
    }
  }
  const auto kept = all[1];
  all.clear();
  CHECK(kept->t() == tx_number(2));
  CHECK(kept->is_whole());
  CHECK(kept->decoded()->datoms().size() == log.record(2)->decoded()->datoms().size());
}

TEST_CASE("a batch of nothing is harmless") {
  const wal_batch nothing;
  CHECK(nothing.t() == tx_number(0));
  CHECK(nothing.when() == instant(0));
  CHECK(nothing.datoms()->empty());
  CHECK(nothing.to_list()->empty());
  CHECK(nothing.payload().empty());
  CHECK(nothing.record() == nullptr);
  CHECK(nothing.name_of(builtin::ident) == "db/ident");
  CHECK_FALSE(nothing.cursor().valid());
  CHECK_FALSE(nothing.is_filtered());
}

TEST_CASE("bytes that are not those of the chain are noticed") {
  stream_log log;
  log.add_many(2);
  CHECK(log.record(2)->is_whole());
  CHECK(log.record(2)->before() == log.record(1)->chain());
  const auto& r = *log.record(2);
  CHECK_FALSE(stream_record({r.t(), r.when()}, {}, r.chain(), r.shared_payload()).is_whole());
  auto damaged = std::make_shared<bytes>(r.payload());
  damaged->back() ^= 1;
  CHECK_FALSE(
      stream_record({r.t(), r.when()}, r.before(), r.chain(), shared_bytes(damaged)).is_whole());
}
