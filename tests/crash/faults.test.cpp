// Errors of the disk at every call: an error stops the log for good, a full disk does not; in
// both cases the next open has everything that was acknowledged.
#include "support/log_fixture.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"

#include <iostream>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

constexpr std::size_t segment_bytes = 5120;

/// Appends until an error; what was acknowledged.
struct run_result {
  std::uint64_t acknowledged = 0;
  log_index dropped; ///< entries up to here may be gone
  std::optional<error> stopped;
  bool opened = false;  ///< before the error
  bool goes_on = false; ///< after the error the log still answers something else
};

log_options options_after(log_index dropped, std::uint64_t seed) {
  auto out = small_log(seed, segment_bytes);
  out.replay_after = dropped;
  return out;
}

run_result run(simulated_disk& disk, std::uint64_t seed, log_index dropped = {}) {
  run_result out;
  out.dropped = dropped;
  auto log = segment_log::open(disk, "wal", options_after(dropped, seed));
  if (!log) {
    out.stopped = log.error();
    return out;
  }
  out.opened = true;
  out.acknowledged = (*log)->last().t.get();
  for (int i = 0; i < 12 && !out.stopped; ++i) {
    const auto step = [&](result<void> done) {
      if (!done && !out.stopped)
        out.stopped = done.error();
      return done.has_value();
    };
    if (!step(append_one(**log, 400)) || !step((*log)->sync()))
      break;
    out.acknowledged = (*log)->durable().t.get();
    const bool drops = i % 6 == 5;
    if (drops)
      out.dropped = log_index((*log)->durable().index.get() - 1);
    (void)(step((*log)->publish_committed((*log)->durable().index)) &&
           (i % 4 != 0 || step((*log)->mark())) && (i % 5 != 0 || step((*log)->prepare_next())) &&
           (!drops || step((*log)->drop_before((*log)->committed().index))));
  }
  if (out.stopped)
    out.goes_on = !(*log)->failed();
  return out;
}

std::string reopen(const disk_image& image, const run_result& before) {
  const auto acknowledged = before.acknowledged;
  simulated_disk disk(image);
  auto log = segment_log::open(disk, "wal", options_after(before.dropped, 4711));
  if (!log)
    return log.error().to_string();
  if ((*log)->last().t.get() < acknowledged)
    return "acknowledged " + std::to_string(acknowledged) + ", found " +
           std::to_string((*log)->last().t.get());
  return append_one(**log) ? "" : "no append after the restart";
}

/// Lets the nth call that can fail do so, for every n.
std::size_t fail_every_call(disk_verdict fault, const std::set<disk_call>& calls) {
  std::size_t n = 0;
  for (;; ++n) {
    simulated_disk disk;
    std::size_t seen = 0;
    auto expected = fault.code;
    disk.plan([&](const disk_operation& op) {
      if (!calls.contains(op.call) || seen++ != n)
        return disk_verdict{};
      // Part of a batch may be in the segment: nobody knows what became of it.
      if (op.call == disk_call::write && !op.path.starts_with("wal/free-") &&
          op.path.ends_with(".seg"))
        expected = errc::io_error;
      return fault;
    });
    const auto done = run(disk, n + 1);
    if (seen <= n)
      return n; // there is no nth call
    INFO("call " << n);
    // In the middle of work, and when a segment may have its name already, it is no matter of who
    // may do what.
    if (expected == errc::access_denied && (done.opened || done.stopped->code == errc::io_error))
      expected = errc::io_error;
    if (done.stopped)
      CHECK(done.stopped->code == expected);
    else // a smaller segment did, where the wished one did not fit
      CHECK(expected == errc::disk_full);
    if (expected == errc::io_error && done.opened)
      CHECK_FALSE(done.goes_on);
    CHECK(reopen(disk.live_image(), done) == no_problem);
    CHECK(reopen(disk.durable_image(), done) == no_problem);
  }
}

} // namespace

TEST_CASE("an I/O error at any call stops the log and loses nothing") {
  using action = disk_verdict::action;
  const std::set<disk_call> changes{disk_call::write, disk_call::create, disk_call::rename,
                                    disk_call::remove, disk_call::make_folder};
  CHECK(fail_every_call({.what = action::fail}, changes) > 20);
  const std::set<disk_call> syncs{disk_call::sync_data, disk_call::sync_folder};
  CHECK(fail_every_call({.what = action::fail_keep}, syncs) > 20);
  CHECK(fail_every_call({.what = action::fail_revert}, syncs) > 20);
}

TEST_CASE("a file system that becomes read-only at any call stops the log and loses nothing") {
  const std::set<disk_call> changes{disk_call::write, disk_call::create, disk_call::rename,
                                    disk_call::remove, disk_call::sync_folder};
  const disk_verdict denied{.what = disk_verdict::action::fail, .code = errc::access_denied};
  CHECK(fail_every_call(denied, changes) > 20);
}

TEST_CASE("a full disk at any call is refused, or stops the log, and loses nothing") {
  const std::set<disk_call> changes{disk_call::write, disk_call::create, disk_call::make_folder};
  using action = disk_verdict::action;
  CHECK(fail_every_call({.what = action::fail, .code = errc::disk_full}, changes) > 20);
  CHECK(fail_every_call({.what = action::fail_partly, .code = errc::disk_full},
                        {disk_call::write}) > 10);
}

TEST_CASE("lost and misdirected writes and rot on read are never served") {
  std::size_t faults = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    simulated_disk disk;
    auto state = seed * 0x9E3779B97F4A7C15U;
    const auto random = [&state] {
      state ^= state << 13U;
      state ^= state >> 7U;
      state ^= state << 17U;
      return state;
    };
    disk.rates({.lost_write = 20'000, .misdirected_write = 20'000, .bit_rot_on_read = 5'000},
               random);
    const auto first = run(disk, seed);
    (void)run(disk, seed + 1000, first.dropped);
    for (const auto& [name, count] : disk.injected())
      faults += count;
    auto reader = log_reader::open(disk, "wal");
    std::uint64_t t = reader ? (*reader)->position().t.get() : 0;
    while (reader) {
      const auto entry = (*reader)->next();
      if (!entry || !*entry)
        break;
      CHECK((*entry)->position.t.get() == ++t);
      CHECK((*entry)->payload == payload_of(t, 400));
    }
  }
  CHECK(faults > 100);
  std::cerr << faults << " silent faults injected\n";
}
