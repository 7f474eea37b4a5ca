// Errors of the disk at every call of a log that holds entries: opened, sealed, restarted after a
// snapshot, marked, closed and opened again; and of the hard state. Beside faults.test.cpp, which
// fails every call of a log that grows.
#include "support/log_fixture.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"
#include "weft/persistence/wal/hard_state.hpp"

#include <iostream>
#include <map>
#include <set>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

using action = disk_verdict::action;

constexpr std::size_t segment_bytes = 5120;

struct fault {
  const char* name;
  std::set<disk_call> calls;
  disk_verdict verdict;
  bool is_final = false; ///< the log must be opened again
};

const std::vector<fault>& faults() {
  using enum disk_call;
  static const std::vector<fault> all = {
      {"EIO of a change",
       {create, write, rename, remove, make_folder},
       {.what = action::fail},
       true},
      {"EIO of a look",
       {disk_call::open, read, map, size, list, exists, free_bytes},
       {.what = action::fail}},
      {"EIO in the middle of a write", {write}, {.what = action::fail_partly}, true},
      {"EROFS",
       {disk_call::open, create, write, rename, remove, make_folder, sync_folder},
       {action::fail, errc::access_denied}},
      {"ENOSPC", {create, write, rename, make_folder}, {action::fail, errc::disk_full}},
      {"ENOSPC in the middle of a write", {write}, {action::fail_partly, errc::disk_full}},
      {"a failed sync, cache kept", {sync_data, sync_folder}, {.what = action::fail_keep}, true},
      {"a failed sync, cache dropped",
       {sync_data, sync_folder},
       {.what = action::fail_revert},
       true},
  };
  return all;
}

/// Fails the nth of the calls; counts them.
class nth_call {
 public:
  nth_call(simulated_disk& disk, const fault& what, std::size_t n) {
    disk.plan([this, &what, n](const disk_operation& op) {
      if (!what.calls.contains(op.call) || seen++ != n)
        return disk_verdict{};
      where = std::string{to_string(op.call)} + ' ' + op.path;
      return what.verdict;
    });
  }
  std::size_t seen = 0;
  std::string where;
};

bool is_clear(const error& e, const disk_verdict& injected) {
  return e.code == injected.code || e.code == errc::io_error || e.code == errc::storage_failed;
}

// -- logs ---

/// What a log must hold, and may.
struct promise {
  std::uint64_t least = 0;                                ///< entries up to here are there
  std::uint64_t needed_from = 1;                          ///< older ones may be gone
  std::map<std::uint64_t, std::set<std::uint64_t>> terms; ///< of the entries at each index
  std::set<std::uint64_t> restart_to; ///< an empty log after one of these is right, too

  void drop_after(std::uint64_t index) { terms.erase(terms.upper_bound(index), terms.end()); }
};

constexpr std::size_t size_of_payload = 150;

/// A log in use; remembers the first error, and does nothing after it.
class used_log {
 public:
  used_log(disk& on, promise& said) : disk_(on), said_(said) {}

  std::optional<error> stopped;
  bool goes_on = false; ///< it takes more after the error

  void open() {
    if (stopped)
      return;
    auto options = small_log(++lives_, segment_bytes);
    options.replay_after = log_index(said_.needed_from - 1);
    auto made = segment_log::open(disk_, "wal", options);
    if (!made) {
      stopped = made.error();
      return;
    }
    log_ = std::move(*made);
    said_.least = log_->last().index.get();
  }
  void append(std::uint64_t in_term) {
    if (stopped)
      return;
    test_entry one(log_->last(), size_of_payload);
    one.entry.term = term(in_term);
    said_.terms[one.entry.index.get()].insert(in_term);
    if (step(log_->append({&one.entry, 1})) && step(log_->sync()))
      said_.least = log_->durable().index.get();
  }
  void publish() {
    if (!stopped)
      step(log_->publish_committed(log_->durable().index));
  }
  void mark() {
    if (!stopped && step(log_->mark()))
      step(log_->sync());
  }
  void seal_before(std::uint64_t index) {
    if (stopped)
      return;
    said_.least = std::min(said_.least, index - 1);
    if (step(log_->seal_before(log_index(index))))
      said_.drop_after(index - 1);
  }
  void restart_after(const log_position& snapshot) {
    if (stopped)
      return;
    said_.restart_to.insert(snapshot.index.get());
    said_.needed_from = snapshot.index.get() + 1; // the snapshot is there already
    if (!step(log_->restart_after(snapshot)))
      return;
    said_ = {snapshot.index.get(), snapshot.index.get() + 1, {}, {}};
  }
  void drop_before(std::uint64_t index) {
    if (stopped)
      return;
    said_.needed_from = std::max(said_.needed_from, index);
    step(log_->drop_before(log_index(index)));
  }
  void close() {
    if (!stopped)
      step(log_->close());
    goes_on = goes_on || (stopped && log_ && !log_->failed());
    log_.reset();
  }

 private:
  bool step(const result<void>& done) {
    if (!done)
      stopped = done.error();
    return done.has_value();
  }

  disk& disk_;
  promise& said_;
  std::unique_ptr<segment_log> log_;
  std::uint64_t lives_ = 100;
};

/// Everything that faults.test.cpp does not do.
void use(used_log& log) {
  log.open();
  log.append(1);
  log.publish();
  for (int i = 0; i < 4; ++i)
    log.append(2);
  log.mark();
  log.seal_before(10); // of 12
  log.append(3);
  log.append(3);
  log.publish();
  log.drop_before(9);
  log.append(3);
  log.close();
  log.open();
  log.append(4);
  log.restart_after({log_index(60), term(5), tx_number(50), {7, 9}});
  log.append(5);
  log.publish();
  log.close();
}

/// "" when `on` holds what was promised; its last index. Nothing may be lost by opening.
std::string reopen(disk& on, const promise& said, std::uint64_t& last) {
  auto options = small_log(4711, segment_bytes);
  options.replay_after = log_index(said.needed_from - 1);
  std::map<std::uint64_t, std::uint64_t> found;
  std::string problem;
  const auto tell = [&](const recovered_entry& e) -> result<void> {
    found[e.position.index.get()] = e.position.term.get();
    if (e.payload != payload_of(e.position.t.get(), size_of_payload))
      problem = "entry " + std::to_string(e.position.index.get()) + " has other bytes";
    return {};
  };
  auto log = segment_log::open(on, "wal", options, {tell, {}});
  if (!log)
    return log.error().to_string();
  last = (*log)->last().index.get();
  if (said.restart_to.contains(last) && found.empty())
    return problem;
  if (last < said.least)
    return "ends with " + std::to_string(last) + ", not " + std::to_string(said.least);
  auto expected = said.needed_from;
  for (const auto& [index, in_term] : found) {
    const auto may = said.terms.find(index);
    if (index != expected++ || may == said.terms.end() || !may->second.contains(in_term))
      return "entry " + std::to_string(index) + " of term " + std::to_string(in_term);
  }
  return expected == last + 1 || last < said.needed_from ? problem : "entries are missing";
}

/// A log of seven entries in more than one segment, closed.
disk_image existing(promise& said) {
  memory_disk disk;
  used_log log(disk, said);
  log.open();
  for (int i = 0; i < 7; ++i)
    log.append(1);
  log.publish();
  log.close();
  REQUIRE_FALSE(log.stopped);
  return disk.live_image();
}

std::size_t fail_every_call_of_log(const fault& what) {
  promise start;
  const auto image = existing(start);
  for (std::size_t n = 0;; ++n) {
    simulated_disk disk(image);
    nth_call failing(disk, what, n);
    auto said = start;
    used_log log(disk, said);
    use(log);
    disk.plan({});
    if (failing.seen <= n) {
      REQUIRE_FALSE(log.stopped);
      return n;
    }
    INFO(what.name << ", call " << n << ": " << failing.where);
    if (log.stopped) {
      INFO(log.stopped->to_string());
      CHECK(is_clear(*log.stopped, what.verdict));
      CHECK_FALSE((what.is_final && log.goes_on));
    } else { // a smaller segment was there
      CHECK(what.verdict.code == errc::disk_full);
    }
    std::uint64_t last = 0;
    memory_disk after_power(disk.durable_image());
    CHECK(reopen(after_power, said, last) == no_problem);
    CHECK(reopen(disk, said, last) == no_problem);
    if (!said.restart_to.contains(last))
      said.least = last; // it was told, so it is on the disk
    memory_disk after_both(disk.durable_image());
    std::uint64_t last_again = 0;
    CHECK(reopen(after_both, said, last_again) == no_problem);
    CHECK(last_again == last);
  }
}

// -- hard states ---

hard_state state_of(std::uint64_t t) {
  return {0, test_database, shard_id(3), node_id(1), term(t), node_id(t % 3 + 1), log_index(t)};
}

/// What was written to a hard state.
struct written_state {
  std::uint64_t acknowledged = 0;
  std::uint64_t proposed = 0;
  std::optional<error> stopped;
};

/// Creates it when `create`, opens it, writes twice; opens it and writes again.
void use_hard_state(disk& on, bool create, written_state& out) {
  const auto write_to = [&](hard_state_file& file) {
    out.proposed = out.acknowledged + 1;
    const auto done = file.write(state_of(out.proposed));
    if (!done)
      out.stopped = done.error();
    else
      out.acknowledged = out.proposed;
    if (!done) // final: also when the next write would work
      CHECK(file.write(state_of(out.proposed + 1)).error().code == errc::storage_failed);
  };
  if (create) {
    out.proposed = 1;
    const auto made = hard_state_file::create(on, "hardstate", state_of(1));
    if (!made) {
      out.stopped = made.error();
      return;
    }
    out.acknowledged = 1;
  }
  for (int life = 0; life < 2 && !out.stopped; ++life) {
    auto file = hard_state_file::open(on, "hardstate", test_database, shard_id(3));
    if (!file)
      out.stopped = file.error();
    for (int i = 0; i < 2 && file && !out.stopped; ++i)
      write_to(*file);
  }
}

std::string reopen_hard_state(disk& on, const written_state& seen, std::uint64_t least,
                              std::uint64_t& found) {
  found = 0;
  const auto file = hard_state_file::open(on, "hardstate", test_database, shard_id(3));
  if (!file)
    return least == 0 && file.error().code == errc::not_found ? "" : file.error().to_string();
  found = file->current().term.get();
  if (found < least || found > seen.proposed)
    return "term " + std::to_string(found) + ", not " + std::to_string(least) + " to " +
           std::to_string(seen.proposed);
  return file->current().voted_for == node_id(found % 3 + 1) ? "" : "another vote";
}

std::size_t fail_every_call_of_hard_state(const fault& what, const disk_image& image,
                                          std::uint64_t holds) {
  for (std::size_t n = 0;; ++n) {
    simulated_disk disk(image);
    nth_call failing(disk, what, n);
    written_state seen{holds, holds, {}};
    use_hard_state(disk, holds == 0, seen);
    disk.plan({});
    if (failing.seen <= n)
      return n;
    INFO(what.name << ", call " << n << ": " << failing.where);
    REQUIRE(seen.stopped);
    CHECK(is_clear(*seen.stopped, what.verdict));
    std::uint64_t found = 0;
    memory_disk after_power(disk.durable_image());
    CHECK(reopen_hard_state(after_power, seen, seen.acknowledged, found) == no_problem);
    CHECK(reopen_hard_state(disk, seen, seen.acknowledged, found) == no_problem);
    if (seen.acknowledged == 0)
      continue; // who could not create it does not open it, but creates the database again
    memory_disk after_both(disk.durable_image());
    std::uint64_t found_again = 0;
    CHECK(reopen_hard_state(after_both, seen, found, found_again) == no_problem);
  }
}

} // namespace

TEST_CASE("an error at any call of a log with entries is told, and nothing is lost") {
  for (const auto& what : faults()) {
    const auto count = fail_every_call_of_log(what);
    std::cerr << "log, " << what.name << ": " << count << " calls\n";
    CHECK(count > 5);
  }
}

TEST_CASE("an error at any call of a hard state is told, and no term or vote goes back") {
  memory_disk made;
  REQUIRE(hard_state_file::create(made, "hardstate", state_of(1)));
  auto torn = made.live_image();
  torn.files.at("hardstate")[hard_state_block_bytes + 100] ^= 1;
  for (const auto& what : faults()) {
    auto count = fail_every_call_of_hard_state(what, {}, 0);
    count += fail_every_call_of_hard_state(what, made.live_image(), 1);
    count += fail_every_call_of_hard_state(what, torn, 1);
    std::cerr << "hard state, " << what.name << ": " << count << " calls\n";
    CHECK(count > 3);
  }
}
