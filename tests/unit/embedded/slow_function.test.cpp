// Writers who wait while a transaction function uses up its time: all get their answer, and theirs.
#include "piped_fixture.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <set>

namespace {

using namespace weft;
using test::code_of;
using test::outcome;
using test::t_of;

tx_request slow() {
  return tx_request{}.call("test/run", {});
}

tx_request number(int n) {
  return tx_request{}.put({{"user/number", n}});
}

/// The transaction put this number there, and nothing else.
bool is_about(const tx_report& done, int n) {
  for (const auto& d : done.datoms)
    if (d.value.view() == value_view::of(std::int64_t{n}) && d.added)
      return done.after.basis() == done.t && done.before.basis() < done.t;
  return false;
}

constexpr int writers = 8;

} // namespace

TEST_CASE("writers wait while a function runs out of its time, and all are answered") {
  std::promise<void> begun;
  std::atomic<std::int64_t> now_us = 0;
  std::atomic<bool> in_time = false;
  std::atomic<bool> out_of_time = false;
  std::atomic<std::size_t> waiting = 0; // for how many the function waits
  std::atomic<const embedded::commit_pipeline*> pipeline = nullptr;
  test::piped_fixture f(
      [&](const function_call& call) {
        begun.set_value();
        while (waiting == 0 || pipeline.load()->under_way() < waiting)
          std::this_thread::yield();
        in_time = !call.until.passed();
        now_us += limits::function_time_us_max + 1;
        out_of_time = call.until.passed();
        return number(-1);
      },
      [&] { return now_us.load(); });
  pipeline = &*f.pipeline;
  f.commit_at_once();
  auto late = f.start(slow());
  begun.get_future().wait();
  std::vector<std::future<outcome>> calls;
  calls.reserve(writers);
  std::vector<std::shared_ptr<embedded::waiting>> queued;
  for (int n = 0; n < writers; ++n) {
    calls.push_back(f.start(number(n)));
    queued.push_back(*f.pipeline->queue(number(writers + n), {}));
  }
  auto wrong = f.start(tx_request{}.call("test/unknown", {}));
  waiting = 2 * writers + 2;
  CHECK(code_of(late.get()) == errc::function_timeout);
  CHECK(in_time);
  CHECK(out_of_time);
  CHECK(code_of(wrong.get()) == errc::unknown_function);
  std::set<std::uint64_t> ts;
  for (int n = 0; n < writers; ++n) {
    const auto called = calls[static_cast<std::size_t>(n)].get();
    ts.insert(t_of(called));
    CHECK(is_about(*called, n));
    const auto taken = embedded::commit_pipeline::take(*queued[static_cast<std::size_t>(n)]);
    ts.insert(t_of(taken));
    CHECK(is_about(*taken, writers + n));
  }
  CHECK(ts.size() == 2 * writers);
  CHECK(*ts.rbegin() == 2 * writers); // what was refused has no t
  CHECK(f.index.open().basis() == tx_number(2 * writers));
}

TEST_CASE("writers wait for a slow function of a database, in threads of their own") {
  std::promise<void> begun;
  std::atomic<const embedded::database*> database = nullptr;
  embedded::options how;
  REQUIRE(how.functions.add("test/run", [&](const function_call& call) -> result<tx_request> {
    begun.set_value();
    while (database.load()->status().transactions_waiting < writers + 1 || !call.until.passed())
      std::this_thread::yield();
    return number(-1);
  }));
  const test::temp_folder folder;
  auto db = std::move(*embedded::database::open(folder / "db", std::move(how)));
  database = &db;
  const auto start = [&](tx_request request) {
    return std::async(std::launch::async, [&db, r = std::move(request)] { return db.transact(r); });
  };
  auto late = start(slow());
  begun.get_future().wait();
  std::vector<std::future<outcome>> calls;
  calls.reserve(writers);
  for (int n = 0; n < writers; ++n)
    calls.push_back(start(number(n)));
  CHECK(code_of(late.get()) == errc::function_timeout);
  std::set<std::uint64_t> ts;
  for (int n = 0; n < writers; ++n) {
    const auto done = calls[static_cast<std::size_t>(n)].get();
    ts.insert(t_of(done));
    CHECK(is_about(*done, n));
  }
  CHECK(ts.size() == writers);
  CHECK(*ts.rbegin() == writers);
  CHECK(db.view().value().basis() == tx_number(writers));
  CHECK(t_of(db.transact(number(0))) == writers + 1);
}
