#include "weft/persistence/wal/verify.hpp"

#include "support/log_fixture.hpp"

#include "weft/persistence/disk/memory_disk.hpp"

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

/// Three segments, closed; the disk and where the entries are.
struct verified_log {
  memory_disk disk;
  std::vector<std::pair<std::string, std::uint64_t>> places; ///< of entries, from index 1

  explicit verified_log(bool close) {
    auto options = small_log();
    options.segment_bytes_max = options.segment_bytes_min;
    auto log = std::move(*segment_log::open(disk, "wal", options));
    while (log->statistics().segments_started < 3)
      commit(*log, 5, 100);
    if (close)
      REQUIRE(log->close());
    REQUIRE(verify_log(
        disk, "wal",
        {{}, [&](const log_line& line) { places.emplace_back(line.segment, line.offset); }, {}}));
  }

  void flip(std::size_t index, std::size_t byte) {
    const auto& [path, offset] = places[index - 1];
    disk.damage(path, [at = offset + byte](bytes& b) { b[at] = static_cast<char>(~b[at]); });
  }
  verify_report verify() {
    auto report = verify_log(disk, "wal", {peek_test_t, {}, {}});
    REQUIRE(report);
    return std::move(*report);
  }
};

} // namespace

TEST_CASE("an intact log: segments, totals, dump") {
  verified_log f(true);
  std::vector<std::uint64_t> ts;
  std::uint64_t bytes_done = 0;
  const auto before = f.disk.live_image();
  const auto report = verify_log(f.disk, "wal",
                                 {peek_test_t,
                                  [&](const log_line& line) {
                                    CHECK(line.kind == entry_kind::transaction);
                                    CHECK(line.exact);
                                    CHECK(line.payload == payload_of(line.t.get(), 100));
                                    ts.push_back(line.t.get());
                                  },
                                  [&](std::uint64_t done, std::uint64_t all) {
                                    CHECK(done <= all);
                                    bytes_done = done;
                                  }});
  REQUIRE(report);
  CHECK(report->verdict == log_verdict::intact);
  CHECK(report->findings.empty());
  CHECK(report->segments.size() == 3);
  CHECK(report->entries == ts.size());
  CHECK(report->transactions == ts.size());
  CHECK(report->proven.get() == ts.size());
  CHECK(report->last.t.get() == ts.back());
  CHECK(report->committed);
  CHECK(bytes_done > 0);
  CHECK(f.disk.live_image() == before);
  CHECK(to_string(report->verdict) == "intact");
  CHECK(to_string(report->segments[0].state) == "live");
}

TEST_CASE("rot is told entry by entry and the rest is still dumped") {
  verified_log f(true);
  f.flip(2, entry_header_bytes + 3); // body
  f.flip(5, 4);                      // header
  const auto report = f.verify();
  CHECK(report.verdict == log_verdict::rotten);
  REQUIRE(report.findings.size() >= 2);
  CHECK(report.findings[0].index == log_index(2));
  CHECK(report.findings[0].kind == finding_kind::rot);
  CHECK(to_string(report.findings[0].kind) == "rot");
  CHECK(report.findings[0].offset == f.places[1].second);
  CHECK(report.findings[1].index == log_index(5));
  CHECK(report.entries == f.places.size() - 2);
  CHECK(report.last.index == log_index(1));
}

TEST_CASE("a torn tail is not rot") {
  verified_log f(false);
  f.disk.damage("wal/committed", [](bytes& b) { b.assign(b.size(), '\0'); });
  f.flip(f.places.size(), entry_header_bytes);
  const auto report = f.verify();
  CHECK(report.verdict == log_verdict::torn);
  REQUIRE(report.findings.size() == 1);
  CHECK(to_string(report.findings[0].kind) == "torn");
  CHECK(report.last.index.get() == f.places.size() - 1);
}

TEST_CASE("unreadable and missing segments are findings") {
  verified_log f(true);
  f.disk.damage("wal/0000000000000002.seg", [](bytes& b) { b[100] ^= 1; });
  auto report = f.verify();
  CHECK(report.verdict == log_verdict::rotten);
  CHECK(report.segments.size() == 3);
  CHECK(to_string(report.segments[1].state) == "unreadable");
  CHECK(report.entries > 0);
  REQUIRE(f.disk.remove("wal/0000000000000002.seg"));
  report = f.verify();
  CHECK(report.verdict == log_verdict::rotten);
  CHECK(report.segments.size() == 2);
}

TEST_CASE("a damaged marker is a scar, not a loss") {
  memory_disk disk;
  auto log = std::move(*segment_log::open(disk, "wal", small_log()));
  commit(*log, 1);
  REQUIRE(log->mark());
  commit(*log, 2);
  const auto path = join("wal", segment_name(1));
  std::uint64_t marker = segment_header_bytes + batch_size(1, payload_of(1).size());
  disk.damage(path, [marker](bytes& b) { b[marker + 9] ^= 4; });
  const auto report = verify_log(disk, "wal", {});
  REQUIRE(report);
  REQUIRE(report->findings.size() == 1);
  CHECK(to_string(report->findings[0].kind) == "scar");
  CHECK(report->findings[0].offset == marker);
  CHECK(report->verdict == log_verdict::intact);
  CHECK(report->entries == 3);
  log.reset();
  auto again = segment_log::open(disk, "wal", small_log(7));
  REQUIRE(again);
  CHECK((*again)->last().t == tx_number(3));
}

TEST_CASE("no log is no database") {
  memory_disk disk;
  CHECK(verify_log(disk, "wal", {}).error().code == errc::not_a_database);
}
