// Logs that verify byte by byte and say what no transactor wrote: an open answers with an error
// that names the transaction, and so does a check of the log.
#include "support/catch.hpp"

#include "weft/core/shard/record_check.hpp"
#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/system.hpp"
#include "weft/persistence/wal/segment_log.hpp"
#include "weft/persistence/wal/verify.hpp"

namespace {

using namespace weft;
using namespace weft::persistence;
using embedded::database;

constexpr attribute_id name_{limits::first_user_attribute};
constexpr entity_id ada{limits::first_user_local};

datom says(tx_number t, entity_id e, attribute_id a, value v, bool added = true) {
  return {e, a, std::move(v), t, added};
}
request_id id_of(std::uint8_t n) {
  request_id out;
  out.id.octets = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, n};
  return out;
}

/// What a transactor could have written: 1 declares :a/n, 2 says that of an entity, 3 says another.
std::vector<record> sound_log() {
  std::vector<record> out(3);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].t = tx_number(i + 1);
    out[i].when = instant(static_cast<std::int64_t>(i + 1) * 1000);
    out[i].next = {limits::first_user_local + i, limits::first_user_attribute + 1};
    out[i].request = id_of(static_cast<std::uint8_t>(i));
  }
  const auto e = entity::of_attribute(name_);
  const auto keyword = [&](attribute_id a, std::string_view text) {
    return says(out[0].t, e, a, value::keyword(text));
  };
  out[0].datoms = {keyword(builtin::ident, "a/n"), keyword(builtin::value_type_, "db.type/long"),
                   keyword(builtin::cardinality, "db.cardinality/one")};
  out[1].datoms = {says(out[1].t, ada, name_, value::of(std::int64_t{7}))};
  out[2].datoms = {says(out[2].t, ada, name_, value::of(std::int64_t{7}), false),
                   says(out[2].t, ada, name_, value::of(std::int64_t{8}))};
  return out;
}

struct impossible {
  std::string_view about;
  std::size_t at; ///< the record that is made wrong
  std::function<void(record&)> change;
  std::string_view said; ///< by the error
  bool needs_index = false;
};

const std::vector<impossible>& impossible_ones() {
  static const std::vector<impossible> all = {
      {"an attribute that nobody declared", 1,
       [](record& r) { r.datoms[0].attribute = attribute_id(name_.get() + 1); }, "nobody declared"},
      {"a built-in attribute that is none", 1,
       [](record& r) { r.datoms[0].attribute = attribute_id(1000); }, "nobody declared"},
      {"a value of another type", 1, [](record& r) { r.datoms[0].value = value::string("7"); },
       "not of its attribute's type"},
      {"a retraction of a value of another type", 2,
       [](record& r) { r.datoms[0].value = value::string("7"); }, "not of its attribute's type"},
      {"the instant of a transaction as a fact", 1,
       [](record& r) {
         r.datoms = {says(r.t, entity::of_transaction(shard_id(0), r.t), builtin::tx_instant,
                          value::of(r.when))};
       },
       "when a transaction was"},
      {"an entity that is still to be made", 1,
       [](record& r) { r.datoms[0].entity = entity_id(r.next.next_local); }, "never made"},
      {"an attribute's entity that is still to be made", 1,
       [](record& r) {
         r.datoms = {
             says(r.t, entity_id(r.next.next_attribute), builtin::name, value::string("x"))};
       },
       "never made"},
      {"the entity of a later transaction", 1,
       [](record& r) { r.datoms[0].entity = entity::of_transaction(shard_id(0), tx_number(3)); },
       "never made"},
      {"an entity of another shard", 1,
       [](record& r) { r.datoms[0].entity = entity::make(shard_id(1), limits::first_user_local); },
       "never made"},
      {"another shard", 1, [](record& r) { r.shard = shard_id(1); }, "of shard 1"},
      {"the instant of the one before", 1, [](record& r) { r.when = instant(1000); },
       "not after the one before"},
      {"an earlier instant", 2, [](record& r) { r.when = instant(1); }, "not after the one before"},
      {"an instant before all", 0, [](record& r) { r.when = instant(0); },
       "not after the one before"},
      {"entities to be made twice", 2, [](record& r) { r.next.next_local -= 2; }, "a second time"},
      {"attributes to be made twice", 2, [](record& r) { --r.next.next_attribute; },
       "a second time"},
      {"a request that was executed", 2, [](record& r) { r.request = id_of(0); },
       "executed before"},
      {"no schema", 0,
       [](record& r) {
         r.datoms.pop_back();
         r.datoms.pop_back();
       },
       "no schema"},
      {"another type for an attribute", 2,
       [](record& r) {
         r.datoms = {says(r.t, entity::of_attribute(name_), builtin::value_type_,
                          value::keyword("db.type/long"), false),
                     says(r.t, entity::of_attribute(name_), builtin::value_type_,
                          value::keyword("db.type/string"))};
       },
       "changes the type of :a/n"},
      {"a retraction of what was never live", 2,
       [](record& r) { r.datoms[0].value = value::of(std::int64_t{6}); },
       "retracts what is not live", true},
      {"a retraction of what ended", 2,
       [](record& r) { r.datoms.insert(r.datoms.begin(), r.datoms[0]); },
       "retracts what is not live", true},
      {"an assertion of what is live", 2,
       [](record& r) {
         r.datoms = {r.datoms[1]};
         r.datoms[0].value = value::of(std::int64_t{7});
       },
       "asserts what is live", true},
      {"an assertion of what is live from the beginning", 1,
       [](record& r) {
         auto d = bootstrap_datoms()[0];
         d.t = r.t;
         r.datoms = {d};
       },
       "asserts what is live", true},
  };
  return all;
}

/// A database in memory whose log holds these records, written as a transactor's are.
struct written_log {
  memory_disk disk;

  explicit written_log(const std::vector<record>& records) {
    auto made = database::open("db", {.disk = &disk});
    REQUIRE(made);
    REQUIRE(made->close());
    const auto id = read_version_file(disk, "db")->database;
    log_options how;
    how.database = id;
    how.random = persistence::random64;
    how.now = persistence::wall_clock_us;
    how.peek_t = peek_t;
    how.disk_reserve_bytes = 0;
    auto log = std::move(*segment_log::open(disk, "db/wal", how));
    for (const auto& r : records) {
      const auto payload = encode_record(r);
      REQUIRE(payload);
      const log_entry entry{entry_kind::transaction, term(1), log->last().index.next(),
                            log->last().t.next(), *payload};
      REQUIRE(log->append({&entry, 1}));
    }
    REQUIRE(log->sync());
    REQUIRE(log->close());
  }

  /// The log, judged as the command line does.
  verify_report verified() {
    record_check log;
    return verified([&](bytes_view payload, bool follows) -> result<void> {
      if (follows)
        WEFT_CHECK(log.next(payload));
      else
        WEFT_CHECK(record_view::decode(payload));
      return {};
    });
  }
  verify_report verified(record_judge by) {
    verify_options how;
    how.peek_t = peek_t;
    how.judge_record = std::move(by);
    auto out = verify_database(disk, "db", how);
    REQUIRE(out);
    return std::move(*out);
  }
};

} // namespace

TEST_CASE("impossible logs: the log they are made of is sound") {
  written_log f(sound_log());
  CHECK(f.verified().verdict == log_verdict::intact);
  auto db = database::open("db", {.disk = &f.disk});
  REQUIRE(db);
  CHECK(db->view()->get(ada, name_).value() == std::optional(value::of(std::int64_t{8})));
  CHECK(db->transact(tx_request{}.add(ada, "a/n", 9)).value().t == tx_number(4));
}

TEST_CASE("impossible logs: each is refused by who writes and who reads, with its t") {
  for (const auto& one : impossible_ones()) {
    INFO(one.about);
    auto records = sound_log();
    one.change(records[one.at]);
    written_log f(records);
    const auto t = std::to_string(one.at + 1);
    for (const bool read_only : {true, false, false}) {
      const auto refused = database::open("db", {.read_only = read_only, .disk = &f.disk});
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == errc::log_corrupt);
      CHECK(refused.error().field("t") == t);
      CHECK(refused.error().detail.find(one.said) != std::string::npos);
    }
    const auto report = f.verified();
    if (one.needs_index) {
      CHECK(report.verdict == log_verdict::intact);
      continue;
    }
    CHECK(report.verdict == log_verdict::rotten);
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].kind == finding_kind::rot);
    CHECK(report.findings[0].index == log_index(one.at + 1));
    CHECK(report.findings[0].what.find(one.said) != std::string::npos);
    CHECK(report.entries == records.size());
    CHECK(report.last.index == log_index(one.at));
    CHECK(report.last.t == tx_number(one.at));
  }
}

TEST_CASE("impossible logs: behind one that is refused records are still read") {
  auto records = sound_log();
  records[0].shard = shard_id(1);
  written_log f(records);
  std::vector<bool> asked;
  const auto report = f.verified([&](bytes_view, bool follows) -> result<void> {
    asked.push_back(follows);
    if (asked.size() == 2)
      return fail(errc::log_corrupt, "as you say");
    return {};
  });
  CHECK(asked == std::vector{true, true, false});
  CHECK(report.verdict == log_verdict::rotten);
  CHECK(report.transactions == 3);
}
