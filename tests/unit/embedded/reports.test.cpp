// The views of a report: the database before and after, as it really was.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <deque>

namespace {

using namespace weft;
using embedded::database;

std::optional<std::int64_t> count_of(const view& db, entity_id e) {
  const auto v = db.get(e, db.schema().find("count/n")->id).value();
  return v ? std::optional(v->view().as_long()) : std::nullopt;
}

struct counting {
  test::temp_folder folder;
  database db;
  entity_id counter;

  counting() : db(*database::open(folder / "db")) {
    REQUIRE(
        db.transact(R"([{:db/ident :count/n :db/valueType :db.type/long :db/noHistory true}])"));
    counter = *db.transact(R"([{:db/id "c" :count/n 0}])")->entity("c");
  }
  tx_request set(std::int64_t n) const { return tx_request{}.add(counter, "count/n", n); }
};

} // namespace

TEST_CASE("reports: values without history are in the views of those who saw them") {
  counting c;
  const auto one = c.db.transact(c.set(1));
  const auto two = c.db.transact(c.set(2));
  REQUIRE(one);
  REQUIRE(two);
  CHECK(count_of(one->before, c.counter) == 0);
  CHECK(count_of(one->after, c.counter) == 1);
  CHECK(count_of(two->before, c.counter) == 1);
  CHECK(count_of(two->after, c.counter) == 2);
}

TEST_CASE("reports: each transaction of a batch has its own views") {
  counting c;
  std::deque<embedded::pending> all;
  constexpr std::int64_t many = 300;
  for (std::int64_t n = 1; n <= many; ++n)
    all.push_back(c.db.submit(c.set(n)));
  std::int64_t n = 0;
  for (auto& one : all) {
    const auto done = one.get();
    REQUIRE(done);
    CHECK(done->before.basis().next() == done->t);
    CHECK(done->after.basis() == done->t);
    CHECK(count_of(done->before, c.counter) == n);
    CHECK(count_of(done->after, c.counter) == ++n);
  }
  CHECK(c.db.stages().syncs < c.db.stages().transactions);
}

TEST_CASE("reports: the schema before is the one before") {
  counting c;
  const auto renamed = c.db.transact("[[:db/add :count/n :db/ident :count/m]]");
  REQUIRE(renamed);
  CHECK(renamed->before.schema().find("count/n") != nullptr);
  CHECK(renamed->before.schema().find("count/m") == nullptr);
  CHECK(renamed->after.schema().find("count/m") != nullptr);
  CHECK(renamed->after.schema().find("count/n") == nullptr);
}
