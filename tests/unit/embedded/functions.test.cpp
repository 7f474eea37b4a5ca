// Transaction functions inside a database: what one that misbehaves may hold up, and what not.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

namespace {

using namespace weft;
using embedded::database;

constexpr auto ada = R"([{:user/name "Ada"}])";

/// A database with one function, :test/run. The function may use the database.
struct database_with_function {
  test::temp_folder folder;
  std::optional<database> db;

  explicit database_with_function(tx_function function) {
    embedded::options how;
    const auto added = how.functions.add("test/run", std::move(function));
    REQUIRE(added);
    auto opened = database::open(folder / "db", std::move(how));
    REQUIRE(opened);
    db = std::move(*opened);
  }
  result<tx_report> run() { return db->transact("[[:test/run]]"); }
};

} // namespace

TEST_CASE("functions: one that throws refuses its transaction and nothing else") {
  database_with_function f(
      [](const function_call&) -> result<tx_request> { throw std::runtime_error("no"); });
  const auto refused = f.run();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::function_failed);
  CHECK(refused.error().field("cause") == "exception");
  CHECK(f.db->with(tx_request{}.call("test/run", {})).error().code == errc::function_failed);
  const auto next = f.db->transact(ada);
  REQUIRE(next);
  CHECK(next->t == tx_number(1));
}

TEST_CASE("functions: a loop over reads ends when the time is up") {
  std::size_t reads = 0;
  database_with_function f([&](const function_call& call) -> result<tx_request> {
    for (;;) {
      auto all = call.before.datoms(index_order::eavt);
      for (const auto& d : *all)
        reads += d.added ? 1 : 0;
    }
  });
  const auto refused = f.run();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::function_timeout);
  CHECK(reads > 0);
  CHECK(f.db->transact(ada));
}

TEST_CASE("functions: a view that is kept outlives the time of its function") {
  std::optional<view> kept;
  database_with_function f([&](const function_call& call) -> result<tx_request> {
    kept = call.before;
    while (!call.until.passed())
      std::this_thread::yield();
    return tx_request{};
  });
  CHECK(f.run().error().code == errc::function_timeout);
  REQUIRE(kept);
  CHECK(kept->ident("db/ident").value().has_value());
}

TEST_CASE("functions: while one runs, the database can be looked at") {
  std::promise<void> begun;
  std::promise<void> may_end;
  database_with_function f([&](const function_call&) -> result<tx_request> {
    begun.set_value();
    may_end.get_future().wait();
    return tx_request{}.put({{"user/name", "Eve"}});
  });
  REQUIRE(f.db->transact(ada));
  auto slow = f.db->submit(tx_request{}.call("test/run", {}));
  begun.get_future().wait();
  CHECK(f.db->status().t == tx_number(1));
  CHECK(f.db->status().writable);
  CHECK(f.db->stages().transactions == 1);
  CHECK(f.db->view().value().basis() == tx_number(1));
  CHECK(f.db->with(tx_request{}.put({{"user/name", "Bob"}})));
  may_end.set_value();
  CHECK(slow.get());
}

TEST_CASE("functions: inside one, its own database cannot be waited for") {
  database* db = nullptr;
  embedded::pending earlier;
  std::vector<error> refused;
  database_with_function f([&](const function_call&) -> result<tx_request> {
    const auto keep = [&](const auto& done) {
      if (!done)
        refused.push_back(done.error());
    };
    keep(db->transact(ada));
    keep(db->submit(tx_request{}).get());
    keep(earlier.get());
    keep(db->close());
    CHECK(db->status().t == db->view().value().basis());
    return tx_request{}.put({{"user/name", "Eve"}});
  });
  db = &*f.db;
  earlier = f.db->submit(tx_request{});
  const auto done = f.run();
  REQUIRE(done);
  REQUIRE(refused.size() == 4);
  for (const auto& e : refused) {
    CHECK(e.code == errc::invalid_argument);
    CHECK(e.detail.find("transaction function") != std::string::npos);
  }
  CHECK(f.db->transact(ada)->t == tx_number(3));
}
