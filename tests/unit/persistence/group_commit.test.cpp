#include "weft/persistence/wal/group_commit.hpp"

#include "support/log_fixture.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"

#include <thread>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

proposal transaction(std::uint64_t t, std::size_t size = 20) {
  return {entry_kind::transaction, tx_number(t),
          std::make_shared<const bytes>(payload_of(t, size))};
}

/// A log on a simulated disk and a port to it; events are kept.
struct port_fixture {
  explicit port_fixture(group_commit_options options = {.mark_after = std::chrono::milliseconds(0)})
      : log(std::move(*segment_log::open(disk, "wal", small_log()))),
        port(
            *log, term(1), [this](const commit_event& e) { events.push_back(e); }, options) {}

  result<log_index> propose(std::uint64_t t, std::size_t size = 20) {
    const auto one = transaction(t, size);
    return port.propose({&one, 1});
  }
  std::uint64_t last_committed() {
    REQUIRE_FALSE(events.empty());
    REQUIRE(std::holds_alternative<committed>(events.back()));
    return std::get<committed>(events.back()).position.index.get();
  }

  simulated_disk disk;
  std::unique_ptr<segment_log> log;
  std::vector<commit_event> events;
  group_commit port;
};

} // namespace

TEST_CASE("everything that waits shares one sync") {
  port_fixture f;
  for (std::uint64_t t = 1; t <= 10; ++t)
    CHECK(f.propose(t)->get() == t);
  const auto before = f.log->statistics().syncs;
  CHECK(f.port.write_waiting());
  CHECK(f.log->statistics().syncs == before + 1);
  CHECK(f.last_committed() == 10);
  CHECK(f.log->committed().t == tx_number(10));
  CHECK(f.port.write_waiting()); // idle: a marker
  CHECK(f.events.size() == 1);
}

TEST_CASE("a t that does not continue and what comes after stop are refused") {
  port_fixture f;
  CHECK(f.propose(2).error().code == errc::invalid_argument);
  CHECK(f.propose(1));
  f.port.stop();
  CHECK(f.propose(2).error().code == errc::closed);
  CHECK(f.port.write_waiting());
  CHECK(f.last_committed() == 1);
  CHECK_FALSE(f.port.write_waiting());
}

TEST_CASE("too many waiting bytes are refused as overloaded") {
  port_fixture f({.waiting_bytes_max = 100, .mark_after = std::chrono::milliseconds(0)});
  CHECK(f.propose(1, 60));
  CHECK(f.propose(2, 60).error().code == errc::overloaded);
  CHECK(f.port.write_waiting());
  CHECK(f.propose(2, 60));
}

TEST_CASE("a full disk refuses, keeps what is committed, and takes proposals again") {
  port_fixture f;
  REQUIRE(f.propose(1));
  REQUIRE(f.port.write_waiting());
  f.disk.capacity(f.disk.used_bytes());
  std::uint64_t t = 2;
  while (f.propose(t, 900)) {
    REQUIRE(f.port.write_waiting());
    if (std::holds_alternative<lost>(f.events.back()))
      break;
    ++t;
  }
  REQUIRE(std::holds_alternative<lost>(f.events.back()));
  const auto& end = std::get<lost>(f.events.back());
  CHECK(end.reason.code == errc::disk_full);
  CHECK(end.index.get() == t - 1);
  CHECK(f.propose(t + 1, 10).error().code == errc::disk_full); // it continues what was lost
  f.disk.capacity(f.disk.used_bytes() + (1U << 20U));
  REQUIRE(f.propose(t, 900));
  REQUIRE(f.port.write_waiting());
  CHECK(f.last_committed() == t);
}

TEST_CASE("after a failed sync everything is lost and nothing is tried again") {
  for (const auto kind : {disk_verdict::action::fail_keep, disk_verdict::action::fail_revert}) {
    port_fixture f;
    REQUIRE(f.propose(1));
    REQUIRE(f.port.write_waiting());
    bool armed = true;
    std::size_t syncs = 0;
    f.disk.plan([&](const disk_operation& op) -> disk_verdict {
      if (op.call != disk_call::sync_data)
        return {};
      ++syncs;
      return armed ? disk_verdict{.what = kind} : disk_verdict{};
    });
    REQUIRE(f.propose(2));
    CHECK_FALSE(f.port.write_waiting());
    armed = false;
    REQUIRE(std::holds_alternative<lost>(f.events.back()));
    CHECK(std::get<lost>(f.events.back()).reason.code == errc::io_error);
    CHECK(std::get<lost>(f.events.back()).index == log_index(1)); // the last that was committed
    CHECK(f.propose(2).error().code == errc::storage_failed);
    CHECK(f.log->sync().error().code == errc::storage_failed);
    CHECK(f.log->mark().error().code == errc::storage_failed);
    CHECK(f.log->prepare_next().error().code == errc::storage_failed);
    CHECK(syncs == 1);
    // The next start does not trust what only the cache shows: it is rewritten and synced.
    f.log.reset();
    f.disk.plan({});
    auto again = segment_log::open(f.disk, "wal", small_log(9));
    REQUIRE(again);
    CHECK((*again)->last().index.get() >= 1);
    simulated_disk after(f.disk.durable_image());
    auto durable = segment_log::open(after, "wal", small_log(10));
    REQUIRE(durable);
    CHECK((*durable)->last() == (*again)->last());
  }
}

TEST_CASE("a log that fails beside a batch: one event for the batch, and the reason is kept") {
  for (const auto beside : {disk_call::write, disk_call::sync_data}) {
    port_fixture f;
    REQUIRE(f.propose(1));
    REQUIRE(f.port.write_waiting());
    bool armed = true;
    f.disk.plan([&](const disk_operation& op) -> disk_verdict {
      if (op.call == disk_call::create)
        return {.what = disk_verdict::action::fail};
      if (op.call == beside && std::exchange(armed, false)) // as another thread would, just now
        CHECK(f.log->prepare_next().error().code == errc::io_error);
      return {};
    });
    f.events.clear();
    REQUIRE(f.propose(2));
    CHECK_FALSE(f.port.write_waiting());
    CHECK(f.log->failed());
    REQUIRE(f.events.size() == 1);
    if (beside == disk_call::sync_data) { // the sync itself went well: the batch is durable
      CHECK(f.last_committed() == 2);
      CHECK(f.log->committed().index == log_index(2));
    } else {
      const auto& reason = std::get<lost>(f.events.back()).reason;
      CHECK(reason.code == errc::io_error);
      CHECK(reason.detail.find("injected: create") != std::string::npos);
    }
    for (const auto& refused : {f.propose(3).error(), f.log->sync().error(), *f.log->failure()}) {
      CHECK(refused.code == errc::storage_failed);
      CHECK(refused.detail.find("injected: create") != std::string::npos);
    }
  }
}

TEST_CASE("a disk that is full in the middle of a batch leaves its outcome unknown") {
  port_fixture f;
  REQUIRE(f.propose(1));
  REQUIRE(f.port.write_waiting());
  f.disk.plan([](const disk_operation& op) -> disk_verdict {
    if (op.call == disk_call::write)
      return {.what = disk_verdict::action::fail_partly, .code = errc::disk_full};
    return {};
  });
  REQUIRE(f.propose(2, 900));
  REQUIRE(f.propose(3, 1100));
  CHECK_FALSE(f.port.write_waiting());
  const auto& reason = std::get<lost>(f.events.back()).reason;
  CHECK(reason.code == errc::io_error);
  CHECK(reason.detail.find("wal/0000000000000001.seg") != std::string::npos);
  CHECK(f.propose(2).error().code == errc::storage_failed);
  f.log.reset();
  f.disk.plan({});
  const auto again = segment_log::open(f.disk, "wal", small_log(9));
  REQUIRE(again);
  CHECK((*again)->last().t == tx_number(2)); // that is why: the half that was written verifies
}

TEST_CASE("an idle log proves its last entries durably, once") {
  port_fixture f;
  REQUIRE(f.propose(1));
  REQUIRE(f.port.write_queued());
  const auto proven = [&] {
    simulated_disk after(f.disk.durable_image());
    return recover(after, "wal", small_log(7), std::nullopt, {})->proven.get();
  };
  CHECK(proven() == 0);
  REQUIRE(f.port.tidy());
  CHECK(proven() == 1);
  const auto syncs = f.log->statistics().syncs;
  REQUIRE(f.port.tidy());
  CHECK(f.log->statistics().syncs == syncs);
}

TEST_CASE("an idle log that fails refuses what comes, and tells no loss: nothing was lost") {
  port_fixture f;
  REQUIRE(f.propose(1));
  REQUIRE(f.port.write_queued());
  f.disk.plan([](const disk_operation& op) -> disk_verdict {
    if (op.call == disk_call::write)
      return {.what = disk_verdict::action::fail};
    return {};
  });
  f.events.clear();
  CHECK_FALSE(f.port.tidy());
  CHECK(f.events.empty());
  CHECK(f.propose(2).error().code == errc::storage_failed);
}

TEST_CASE("what continues a lost transaction is refused with the reason of the loss") {
  port_fixture f;
  REQUIRE(f.propose(1));
  REQUIRE(f.port.write_queued());
  f.disk.plan([](const disk_operation& op) -> disk_verdict {
    if (op.call == disk_call::create) // another segment
      return {.what = disk_verdict::action::fail, .code = errc::disk_full};
    return {};
  });
  REQUIRE(f.propose(2, 9000));
  REQUIRE(f.port.write_queued());
  CHECK(std::get<lost>(f.events.back()).index == log_index(1));
  CHECK(f.propose(3).error().code == errc::disk_full);
  CHECK(f.propose(2)->get() == 2); // the index is given again
  CHECK(f.propose(4).error().code == errc::invalid_argument);
}

TEST_CASE("two threads: one proposes, one writes") {
  port_fixture f({.mark_after = std::chrono::milliseconds(1)});
  std::thread writer([&] {
    while (f.port.write_waiting()) {
    }
  });
  std::uint64_t accepted = 0;
  while (accepted < 2000) {
    const auto done = f.propose(accepted + 1, accepted % 50);
    if (done)
      ++accepted;
    else
      CHECK(done.error().code == errc::overloaded);
  }
  f.port.stop();
  writer.join();
  CHECK(f.last_committed() == accepted);
  CHECK(f.log->statistics().syncs <= accepted);
}
