#include "support/log_fixture.hpp"

#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

std::unique_ptr<segment_log> open_log(disk& on, log_options options = small_log(),
                                      const recovery_callbacks& callbacks = {}) {
  auto log = segment_log::open(on, "wal", std::move(options), callbacks);
  INFO((log ? "" : log.error().to_string()));
  REQUIRE(log);
  return std::move(*log);
}

/// Opens the log and returns the t of every transaction it tells.
std::vector<std::uint64_t> recovered(disk& on, log_options options = small_log(99)) {
  std::vector<std::uint64_t> out;
  auto log = open_log(on, std::move(options),
                      {[&](const recovered_entry& e) -> result<void> {
                         const auto t = e.position.t.get();
                         CHECK(e.payload.substr(0, 8) == payload_of(t).substr(0, 8));
                         out.push_back(t);
                         return {};
                       },
                       {}});
  return out;
}

} // namespace

TEST_CASE("an empty log starts before its first entry") {
  memory_disk disk;
  auto log = open_log(disk);
  CHECK(log->last() == log_position{});
  CHECK(log->durable() == log_position{});
  CHECK(log->committed() == log_position{});
  CHECK(log->first_index() == log_index(1));
  CHECK(log->close());
  CHECK(log->close().error().code == errc::closed);
  CHECK(recovered(disk).empty());
}

TEST_CASE("what was appended is told in order by the next open") {
  memory_disk disk;
  {
    auto log = open_log(disk);
    commit(*log, 300);
    CHECK(log->last().t == tx_number(300));
    CHECK(log->statistics().syncs == 300);
    CHECK(log->statistics().segments_started > 2);
  }
  const auto found = recovered(disk);
  REQUIRE(found.size() == 300);
  CHECK(found.front() == 1);
  CHECK(found.back() == 300);
}

TEST_CASE("a reader follows the committed mark") {
  memory_disk disk;
  auto log = open_log(disk);
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  for (std::uint64_t t = 1; t <= 500; ++t) {
    CHECK_FALSE(*(*reader)->next());
    REQUIRE(append_one(*log));
    CHECK_FALSE(*(*reader)->next());
    REQUIRE(log->sync());
    REQUIRE(log->publish_committed(log->durable().index));
    const auto entry = (*reader)->next();
    INFO((entry ? "" : entry.error().to_string()));
    REQUIRE(entry);
    REQUIRE(*entry);
    CHECK((*entry)->position == log->last());
    CHECK((*entry)->payload == payload_of(t));
  }
  for (const std::uint64_t t : {1U, 77U, 500U, 2U, 499U}) {
    const auto entry = (*reader)->fetch(tx_number(t));
    REQUIRE(entry);
    CHECK(entry->payload == payload_of(t));
  }
  CHECK((*reader)->fetch(tx_number(501)).error().code == errc::basis_ahead);
}
