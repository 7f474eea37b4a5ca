// Random transactions against a database that is closed, dropped and copied as a crash would leave
// it, at random moments; compared with the same transactions in memory, for every t.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/db/memory_index.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <random>

namespace {

using namespace weft;
using embedded::database;

/// The reference: the same machine without a disk. What it does is tested by the model of tx.
struct in_memory {
  memory_index index;
  allocators next = {};
  instant last{0};

  result<tx_report> transact(const tx_request& request, instant when) {
    auto report = with(index.open(), request, {.when = when, .next = next});
    if (!report)
      return report;
    index.apply(report->t, when, views_of(report->datoms), report->after.shared_schema());
    next = report->next;
    last = when;
    return report;
  }
};

class random_requests {
 public:
  explicit random_requests(std::uint64_t seed) : random_(seed) {}

  /// Small worlds collide often: upserts, replaced values, retractions, refusals.
  tx_request next(const view& db) {
    tx_request out;
    const auto operations = pick(1, 4);
    for (int i = 0; i < operations; ++i)
      add(out, db);
    return out;
  }
  int pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

 private:
  operand somebody() { return lookup("user/email", email()); }
  std::string email() { return "u" + std::to_string(pick(0, 9)) + "@example.org"; }

  void add(tx_request& out, const view& db) {
    if (db.schema().find("user/email") == nullptr) {
      out.put({{"db/ident", ident("user/email")},
               {"db/valueType", ident("db.type/string")},
               {"db/cardinality", ident("db.cardinality/one")},
               {"db/unique", ident("db.unique/identity")}});
      return;
    }
    switch (pick(0, 6)) {
    case 0:
    case 1:
    case 2:
      out.put({{"user/email", email()}, {"user/age", pick(0, 3)}});
      return;
    case 3:
      out.retract(somebody(), "user/age");
      return;
    case 4:
      out.retract_entity(somebody());
      return;
    case 5:
      out.add(this_transaction(), "audit/why",
              std::string(static_cast<std::size_t>(pick(1, 3000)), 'w'));
      return;
    default:
      out.put({{"user/email", email()}, {"user/score", pick(0, 100) * 0.5}});
    }
  }
  std::mt19937_64 random_;
};

datom_list all_of(const view& db) {
  datom_list out;
  auto found = db.datoms(index_order::eavt);
  REQUIRE(found);
  for (const auto& d : *found)
    out.push_back(d.to_datom());
  return out;
}

void check_equal(const view& a, const view& b) {
  REQUIRE(a.basis() == b.basis());
  CHECK(all_of(a.history().value()) == all_of(b.history().value()));
  for (std::uint64_t t = 0; t <= a.basis().get(); ++t)
    CHECK(all_of(*a.as_of(tx_number(t))) == all_of(*b.as_of(tx_number(t))));
}

void run(std::uint64_t seed) {
  INFO("seed " << seed);
  const test::temp_folder folder;
  std::int64_t clock = 1'700'000'000'000'000;
  const auto open = [&](const std::string& name) {
    auto opened = database::open(folder / name, {.clock = [&] { return instant(clock); }});
    if (!opened)
      FAIL(opened.error().to_string());
    return std::move(*opened);
  };
  in_memory reference;
  random_requests requests(seed);
  std::optional<database> db = open("db");
  for (int step = 0; step < 80; ++step) {
    ++clock;
    const auto request = requests.next(reference.index.open());
    const auto expected = reference.transact(request, instant(clock));
    const auto report = db->transact(request);
    REQUIRE(report.has_value() == expected.has_value());
    if (!report) {
      CHECK(report.error().code == expected.error().code);
      continue;
    }
    CHECK(report->t == expected->t);
    CHECK(report->when == expected->when);
    CHECK(report->datoms == expected->datoms);
    const auto what = requests.pick(0, 19);
    if (what == 0) {
      REQUIRE(db->close());
      db = open("db");
    } else if (what == 1) {
      db.reset();
      db = open("db");
    } else if (what == 2) { // what kill -9 would leave
      const auto name = "copy" + std::to_string(step);
      std::filesystem::copy(folder / "db", folder / name, std::filesystem::copy_options::recursive);
      check_equal(open(name).view().value(), reference.index.open());
    }
  }
  check_equal(db->view().value(), reference.index.open());
  db.reset();
  db = open("db");
  check_equal(db->view().value(), reference.index.open());
}

} // namespace

TEST_CASE("a database that is opened again and again equals one that never was closed") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    run(seed);
  const auto fresh = std::random_device{}();
  run(fresh);
}
