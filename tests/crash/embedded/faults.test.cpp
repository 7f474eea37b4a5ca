// An error of the disk at every single call that a database makes: when it is created, and when one
// with data is opened, written to, closed and opened again. The error is told, nothing that was
// acknowledged is lost, and what is served afterwards is on the disk.
#include "crash/embedded/small_database.hpp"
#include "support/catch.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"

#include <atomic>
#include <iostream>
#include <set>

namespace {

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;
using embedded::database;
using action = disk_verdict::action;

constexpr std::size_t transactions = 8;

const small_script& script() {
  static const small_script made(transactions);
  return made;
}

/// Calls, and what happens to one of them.
struct fault {
  const char* name;
  std::set<disk_call> calls;
  disk_verdict verdict;
  bool is_final = false; ///< nothing may be acknowledged after it before the next open
};

const std::vector<fault>& faults() {
  using enum disk_call;
  static const std::set<disk_call> changes = {create, write, rename, remove, make_folder, lock};
  static const std::set<disk_call> looks = {disk_call::open, read,       map,      size, list,
                                            exists,          free_bytes, is_locked};
  static const std::vector<fault> all = {
      {"EIO of a change", changes, {.what = action::fail}, true},
      {"EIO of a look", looks, {.what = action::fail}},
      {"EIO in the middle of a write", {write}, {.what = action::fail_partly}, true},
      {"ENOSPC", {create, write, rename, make_folder, lock}, {action::fail, errc::disk_full}},
      {"ENOSPC in the middle of a write", {write}, {action::fail_partly, errc::disk_full}},
      {"ENOSPC of a sync", {sync_data}, {action::fail_keep, errc::disk_full}},
      {"EROFS",
       {create, write, rename, remove, make_folder, sync_folder, lock},
       {action::fail, errc::access_denied}},
      {"a failed sync, cache kept", {sync_data, sync_folder}, {.what = action::fail_keep}, true},
      {"a failed sync, cache dropped",
       {sync_data, sync_folder},
       {.what = action::fail_revert},
       true},
  };
  return all;
}

/// What a program saw of a database whose disk failed.
struct outcome {
  std::size_t acknowledged = 0;
  std::size_t proposed = 0;
  bool exists = false;  ///< an open returned
  bool went_on = false; ///< acknowledged something after an error
  std::vector<error> errors;
};

/// Opens, executes two transactions, closes; twice.
void use(simulated_disk& disk, outcome& seen) {
  for (int life = 0; life < 2; ++life) {
    auto db = database::open(small_folder, small_options(disk));
    if (!db) {
      seen.errors.push_back(db.error());
      return;
    }
    seen.exists = true;
    for (int i = 0; i < 2; ++i) {
      seen.proposed = std::max(seen.proposed, seen.acknowledged + 1);
      const auto done = small_script::step(*db, seen.acknowledged);
      seen.went_on = seen.went_on || (done && !seen.errors.empty());
      if (done)
        ++seen.acknowledged;
      else
        seen.errors.push_back(done.error());
    }
    if (const auto closed = db->close(); !closed)
      seen.errors.push_back(closed.error());
    if (!seen.errors.empty())
      return;
  }
}

/// Opens what is left; "" when it holds what must be there, which `found` says then.
std::string reopen(disk& on, const outcome& seen, std::size_t least, std::size_t& found) {
  auto how = small_options(on);
  how.create = !seen.exists;
  auto db = database::open(small_folder, how);
  if (!db)
    return db.error().to_string();
  const auto by = told_by(*db);
  found = by.basis;
  auto problem = script().judge(by, least, seen.proposed);
  if (problem.empty() && !small_script::step(*db, found))
    problem = "no transaction after the restart";
  return problem;
}

/// Whether an error is one that a caller can understand.
bool is_clear(const error& e, const disk_verdict& injected) {
  static const std::set<errc> later = {errc::outcome_unknown, errc::storage_failed};
  return later.contains(e.code) || e.code == injected.code || e.code == errc::io_error;
}

/// Lets the nth of the calls fail, for every n; how many there were.
std::size_t fail_every_call(const fault& what, const disk_image& start, std::size_t holds) {
  for (std::size_t n = 0;; ++n) {
    simulated_disk disk(start);
    std::atomic<std::size_t> calls = 0;
    std::string where;
    disk.plan([&](const disk_operation& op) {
      if (!what.calls.contains(op.call) || calls++ != n)
        return disk_verdict{};
      where = std::string{to_string(op.call)} + ' ' + op.path;
      return what.verdict;
    });
    outcome seen{.acknowledged = holds, .proposed = holds, .exists = holds > 0, .errors = {}};
    use(disk, seen);
    disk.plan({});
    if (calls <= n)
      return n;
    INFO(what.name << ", call " << n << ": " << where);
    // Who cannot find out how much room there is goes on.
    CHECK((!seen.errors.empty() || where.starts_with("free_bytes")));
    // Part of a batch may be there: nobody is told that it was refused.
    const bool in_batch = where.starts_with("write " + small_folder + "/wal/0");
    for (const auto& e : seen.errors) {
      INFO(e.to_string());
      CHECK(is_clear(e, what.verdict));
      CHECK_FALSE((in_batch && e.code == errc::disk_full));
    }
    CHECK_FALSE((what.is_final && seen.went_on));
    std::size_t found = 0;
    // Power fails; or the process ends, the cache shows what the disk may not have: what is
    // served then must be on the disk when the power fails after that.
    memory_disk after_power(disk.durable_image());
    CHECK(reopen(after_power, seen, seen.acknowledged, found) == no_problem);
    CHECK(reopen(disk, seen, seen.acknowledged, found) == no_problem);
    outcome later = seen;
    later.exists = true;
    later.proposed = std::max(seen.proposed, found + 1);
    memory_disk after_both(disk.durable_image());
    CHECK(reopen(after_both, later, found + 1, found) == no_problem);
  }
}

disk_image existing(std::size_t count) {
  memory_disk disk;
  auto db = database::open(small_folder, small_options(disk));
  REQUIRE(db);
  for (std::size_t t = 0; t < count; ++t)
    REQUIRE(small_script::step(*db, t));
  REQUIRE(db->close());
  return disk.live_image();
}

} // namespace

TEST_CASE("an error at any call of a creation is told, and the next one finishes it") {
  for (const auto& what : faults()) {
    const auto count = fail_every_call(what, {}, 0);
    std::cerr << "creating, " << what.name << ": " << count << " calls\n";
    CHECK(count > 3);
  }
}

TEST_CASE("an error at any call on a database with data is told, and nothing is lost") {
  const auto start = existing(3);
  for (const auto& what : faults()) {
    const auto count = fail_every_call(what, start, 3);
    std::cerr << "opening, " << what.name << ": " << count << " calls\n";
    CHECK(count > 3);
  }
}
