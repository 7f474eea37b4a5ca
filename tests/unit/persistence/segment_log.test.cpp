#include "support/log_fixture.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <algorithm>

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

TEST_CASE("what does not continue the log is refused and changes nothing") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 2);
  const test_entry good(log->last(), 20);
  const auto refused = [&](auto change, errc code) {
    auto bad = good.entry;
    change(bad);
    CHECK(log->append({&bad, 1}).error().code == code);
  };
  refused([](log_entry& e) { e.index = log_index(2); }, errc::invalid_argument);
  refused([](log_entry& e) { e.index = log_index(4); }, errc::invalid_argument);
  refused([](log_entry& e) { e.t = tx_number(2); }, errc::invalid_argument);
  refused([](log_entry& e) { e.t = tx_number(4); }, errc::invalid_argument);
  refused([](log_entry& e) { e.payload = {}; }, errc::invalid_argument);
  const bytes large(limits::record_bytes_max + 1, 'x');
  refused([&](log_entry& e) { e.payload = large; }, errc::input_too_large);
  const bytes largest(limits::record_bytes_max, 'x');
  std::vector<log_entry> many;
  for (std::uint64_t i = 0; i * limits::record_bytes_max <= limits::batch_bytes_max; ++i)
    many.push_back({entry_kind::no_op, term(1), log_index(3 + i), {}, largest});
  CHECK(log->append(many).error().code == errc::input_too_large);
  auto older = good.entry;
  older.term = term(2);
  CHECK(log->append({&older, 1}));
  test_entry next(log->last(), 20);
  next.entry.term = term(1);
  CHECK(log->append({&next.entry, 1}).error().code == errc::invalid_argument);
  CHECK(log->append({}));
  CHECK(log->sync());
  CHECK(log->last().index == log_index(3));
}

TEST_CASE("only transactions advance t and the chain") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 1);
  const auto before = log->last();
  for (const auto kind : {entry_kind::no_op, entry_kind::configuration, entry_kind::cursor,
                          entry_kind::schema, entry_kind::retention}) {
    const log_entry one{kind, term(1), log->last().index.next(), tx_number(99), "x"};
    REQUIRE(log->append({&one, 1}));
    CHECK(log->last().t == before.t);
    CHECK(log->last().chain == before.chain);
  }
  REQUIRE(log->sync());
  log.reset();
  std::vector<entry_kind> kinds;
  log = open_log(disk, small_log(2),
                 {[&](const recovered_entry& e) -> result<void> {
                    kinds.push_back(e.kind);
                    return {};
                  },
                  {}});
  CHECK(kinds.size() == 6);
  CHECK(log->last().t == tx_number(1));
  CHECK(log->last().index == log_index(6));
}

TEST_CASE("segments grow from segment_bytes_min to segment_bytes_max") {
  memory_disk disk;
  auto options = small_log();
  options.segment_bytes_min = limits::segment_bytes_min;
  options.segment_bytes_max = limits::segment_bytes_max;
  auto log = open_log(disk, options);
  for (int i = 0; i < 4; ++i) {
    REQUIRE(append_one(*log, limits::segment_bytes_min - 5000));
    REQUIRE(log->sync());
  }
  CHECK(disk.size_now("wal/0000000000000001.seg") == limits::segment_bytes_min);
  CHECK(disk.size_now("wal/0000000000000002.seg") == 2 * limits::segment_bytes_min);
  REQUIRE(append_one(*log, limits::record_bytes_max - 8)); // larger than the next size
  CHECK(log->sync());
  log.reset();
  CHECK(open_log(disk, options)->last().t == tx_number(5));
}

TEST_CASE("at most free_segments_max files wait for reuse") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 600, 100);
  REQUIRE(log->statistics().segments_started > limits::free_segments_max + 2);
  REQUIRE(log->drop_before(log->committed().index));
  const auto names = *disk.list("wal");
  CHECK(std::count_if(names.begin(), names.end(), [](const auto& n) {
          return n.starts_with("free-");
        }) == static_cast<std::ptrdiff_t>(limits::free_segments_max));
  log.reset();
  REQUIRE(disk.open("wal/free-00000000000000ff.seg", open_mode::create)); // cut short by a crash
  auto options = small_log(3);
  CHECK(segment_log::open(disk, "wal", options).error().code == errc::log_corrupt);
  options.replay_after = log_index(599); // what was dropped is elsewhere
  log = open_log(disk, options);
  CHECK_FALSE(*disk.exists("wal/free-00000000000000ff.seg"));
  CHECK(log->last().t == tx_number(600));
}

TEST_CASE("a short tail is rewritten, a long one is continued") {
  for (const bool longer : {false, true}) {
    memory_disk disk;
    auto options = small_log(1, 4 * limits::tail_rewrite_bytes_max);
    auto log = open_log(disk, options);
    const auto size = limits::tail_rewrite_bytes_max / 4;
    commit(*log, longer ? 5 : 3, size);
    log.reset();
    log = open_log(disk, options);
    log.reset();
    log = open_log(disk, options);
    CHECK(log->last().t == tx_number(longer ? 5 : 3));
    CHECK(log->first_index() == log_index(1));
    CHECK((disk.size_now("wal/0000000000000001.seg") > 0) == longer);
    CHECK(log->publish_committed(log->last().index)); // also entries of the older segment
    REQUIRE(append_one(*log));
    REQUIRE(log->sync());
    CHECK(log->seal_before(log->last().index));
    CHECK(log->seal_before(log_index(1)).error().code == errc::invalid_argument);
  }
}

TEST_CASE("positions beyond log_positions_max are read again") {
  memory_disk disk;
  auto log = open_log(disk, small_log(1, 1U << 24U));
  std::vector<log_entry> many;
  for (std::uint64_t i = 1; i <= limits::log_positions_max + 10; ++i)
    many.push_back({entry_kind::no_op, term(1), log_index(i), {}, "x"});
  REQUIRE(log->append(many));
  REQUIRE(log->sync());
  REQUIRE(log->publish_committed(log_index(3)));
  CHECK(log->committed().index == log_index(3));
  CHECK(log->committed().term == term(1));
}

TEST_CASE("disk_reserve_bytes is left alone, reads go on, writes resume") {
  simulated_disk disk;
  auto options = small_log();
  options.disk_reserve_bytes = limits::disk_reserve_bytes;
  disk.capacity(limits::disk_reserve_bytes + 20'000);
  auto log = open_log(disk, options);
  CHECK(*log->has_room());
  std::uint64_t done = 0;
  auto last = append_one(*log, 500);
  for (; last && done < 100; last = append_one(*log, 500)) {
    REQUIRE(log->sync());
    ++done;
  }
  REQUIRE_FALSE(last);
  CHECK(last.error().code == errc::disk_full);
  CHECK(info(last.error().code).retryable);
  CHECK(log->prepare_next().error().code == errc::disk_full);
  CHECK_FALSE(log->failed());
  REQUIRE(log->publish_committed(log->durable().index));
  auto reader = log_reader::open(disk, "wal");
  REQUIRE(reader);
  CHECK((*reader)->fetch(tx_number(done)));
  disk.capacity(limits::disk_reserve_bytes + (1U << 20U));
  CHECK(*log->has_room());
  CHECK(append_one(*log, 500));
  CHECK(log->sync());
  log.reset();
  disk.capacity(disk.used_bytes() + 20'000); // below the reserve: opening may use it
  CHECK(open_log(disk, options)->last().t == tx_number(done + 1));
}

TEST_CASE("another database, shard or proof is refused") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 3);
  log.reset();
  auto options = small_log();
  options.database = {{1, 2}};
  CHECK(segment_log::open(disk, "wal", options).error().code == errc::database_mismatch);
  options = small_log();
  options.shard = shard_id(4);
  CHECK(segment_log::open(disk, "wal", options).error().code == errc::database_mismatch);
  REQUIRE(disk.remove("wal/committed"));
  CHECK(segment_log::open(disk, "wal", options).error().code == errc::database_mismatch);
  options = small_log();
  options.proven = log_index(4);
  const auto refused = segment_log::open(disk, "wal", options);
  CHECK(refused.error().code == errc::log_corrupt);
  CHECK(refused.error().field("index") == "4");
  options.proven = log_index(3);
  CHECK(segment_log::open(disk, "wal", options));
}

TEST_CASE("an entry whose bytes verify is never taken for a torn write") {
  using change = std::function<void(entry_header&)>;
  const std::vector<std::pair<change, std::string>> changes = {
      {[](entry_header& h) { h.index = log_index(7); }, "index 7"},
      {[](entry_header& h) { h.term = term(0); }, "term goes back"},
      {[](entry_header& h) { h.chain[0] ^= 1; }, "chain hash"},
  };
  memory_disk disk;
  auto log = open_log(disk);
  test_entry one(log->last(), 20);
  one.entry.term = term(2);
  REQUIRE(log->append({&one.entry, 1}));
  const test_entry two(log->last(), 20);
  REQUIRE(log->append({&two.entry, 1}));
  REQUIRE(log->sync());
  log.reset();
  const auto image = disk.live_image(); // nothing proves its entries
  const auto at = segment_header_bytes + batch_size(1, one.payload.size()) + batch_header_bytes;
  for (const auto& [alter, what] : changes) {
    memory_disk bad(image);
    bad.damage("wal/0000000000000001.seg", [&, &alter = alter](bytes& b) {
      const auto incarnation =
          decode_segment_header(b.substr(0, segment_header_bytes))->incarnation;
      const auto seed = checksum_seed(incarnation, at);
      auto h = *decode_entry_header(bytes_view{b}.substr(at, entry_header_bytes), seed);
      alter(h);
      bytes out;
      encode(h, seed, out);
      b.replace(at, out.size(), out);
    });
    const auto refused = segment_log::open(bad, "wal", small_log(2));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::log_corrupt);
    CHECK(refused.error().detail.find(what) != std::string::npos);
    CHECK(verify_log(bad, "wal", {peek_test_t, {}, {}})->verdict == log_verdict::rotten);
  }
  auto options = small_log(3);
  options.peek_t = [](bytes_view) { return result<tx_number>(tx_number(9)); };
  CHECK(segment_log::open(disk, "wal", options).error().code == errc::log_corrupt);
  options.peek_t = [](bytes_view) -> result<tx_number> {
    return fail(errc::unsupported_version, "a record of tomorrow");
  };
  CHECK(segment_log::open(disk, "wal", options).error().code == errc::unsupported_version);
  CHECK(disk.live_image() == image);
}

TEST_CASE("where the wished segment does not fit, a smaller one is taken") {
  simulated_disk disk;
  auto log = open_log(disk); // 8 KiB; the next one would have 16
  disk.capacity(disk.used_bytes() + 10'000);
  CHECK(log->prepare_next());
  CHECK(log->prepare_next());
  CHECK(disk.used_bytes() < 2 * 8192 + 5000);
  commit(*log, 4, 1500);
  CHECK(log->statistics().segments_started == 2);
  disk.capacity(disk.used_bytes() + 10'000); // not prepared: made when it is needed
  commit(*log, 2, 1500);
  CHECK(log->statistics().segments_started == 3);
  log.reset();
  disk.capacity(disk.used_bytes() + 10'000);
  CHECK(recovered(disk).size() == 6);
}

TEST_CASE("a disk that is full as late as the sync of a spare file is only full") {
  simulated_disk disk;
  auto log = open_log(disk);
  bool full = true;
  disk.plan([&](const disk_operation& op) -> disk_verdict {
    if (full && op.call == disk_call::sync_data && op.path.starts_with("wal/free-"))
      return {.what = disk_verdict::action::fail_keep, .code = errc::disk_full};
    return {};
  });
  const auto before = disk.live_image();
  CHECK(log->prepare_next().error().code == errc::disk_full);
  CHECK(disk.live_image() == before);
  CHECK_FALSE(log->failed());
  commit(*log, 1);
  full = false;
  CHECK(log->prepare_next());
}

TEST_CASE("a log may start after a snapshot, and restart after one") {
  memory_disk disk;
  auto options = small_log();
  options.start = {log_index(10), term(2), tx_number(8), {5, 6}};
  auto log = open_log(disk, options);
  CHECK(log->last() == options.start);
  commit(*log, 2);
  CHECK(log->last().t == tx_number(10));
  CHECK(log->restart_after({log_index(3), term(1), tx_number(2), {}}).error().code ==
        errc::invalid_argument);
  const log_position snapshot{log_index(90), term(7), tx_number(70), {1, 1}};
  REQUIRE(log->restart_after(snapshot));
  CHECK(log->last() == snapshot);
  CHECK(log->first_index() == log_index(91));
  commit(*log, 1);
  const auto last = log->last();
  log.reset();
  options = small_log(5);
  options.replay_after = log_index(89); // a snapshot that is too old for this log
  const auto gap = segment_log::open(disk, "wal", options);
  CHECK(gap.error().code == errc::log_corrupt);
  CHECK(gap.error().field("index") == "90");
  options.replay_after = snapshot.index;
  CHECK(open_log(disk, options)->last() == last);
}

TEST_CASE("entries that the index has are not told again") {
  memory_disk disk;
  auto log = open_log(disk);
  commit(*log, 300);
  log.reset();
  auto options = small_log(8);
  options.replay_after = log_index(290);
  CHECK(recovered(disk, options).front() == 291);
  std::uint64_t calls = 0;
  options.replay_after = log_index(0);
  log = open_log(disk, options, {{}, [&](const recovery_progress& p) {
                                   CHECK(p.bytes_done <= p.bytes_all);
                                   ++calls;
                                 }});
  CHECK(calls > 0);
  log.reset();
  const auto stopped = segment_log::open(
      disk, "wal", small_log(),
      {[](const recovered_entry&) -> result<void> { return fail(errc::interrupted, "enough"); },
       {}});
  CHECK(stopped.error().code == errc::interrupted);
}

TEST_CASE("a segment that nothing fits into is not left in the log") {
  const auto empty_again = GENERATE(false, true);
  memory_disk disk;
  if (empty_again) { // all of the log is proven and too long to be copied: a new segment is empty
    auto options = small_log();
    options.tail_rewrite_bytes_max = 0;
    auto log = open_log(disk, options);
    commit(*log, 3);
    REQUIRE(log->close());
  }
  auto options = small_log(7);
  options.tail_rewrite_bytes_max = 0;
  {
    auto log = open_log(disk, options);
    commit(*log, 1, 10'000);
    commit(*log, 1, 20'000);
    CHECK(log->first_index() == log_index(1));
  }
  const auto report = verify_log(disk, "wal", {});
  REQUIRE(report);
  CHECK(report->verdict == log_verdict::intact);
  for (const auto& segment : report->segments)
    CHECK((segment.state == segment_state::live && segment.entries > 0));
  CHECK(recovered(disk).size() == (empty_again ? 5 : 2));
}

TEST_CASE("an older segment without entries, from which a newer one continues, is no damage") {
  memory_disk disk;
  REQUIRE(open_log(disk)); // leaves one that is empty
  {
    auto log = open_log(disk);
    commit(*log, 3);
    REQUIRE(log->close());
  }
  const auto image = disk.live_image();
  const auto last = segment_name(2);
  auto header = *decode_segment_header(image.files.at("wal/" + last));
  REQUIRE(header.first_index() == log_index(1));
  auto empty = header;
  empty.sequence = 1;
  header.previous_sequence = 1;
  auto both = image;
  both.files["wal/" + last].replace(0, segment_header_bytes, encode(header));
  auto& older = both.files["wal/" + segment_name(1)];
  older = bytes(empty.file_bytes, '\0');
  older.replace(0, segment_header_bytes, encode(empty));
  memory_disk after(both);
  CHECK(verify_log(after, "wal", {})->verdict == log_verdict::intact);
  const auto reader = log_reader::open(after, "wal");
  REQUIRE(reader);
  for (std::uint64_t t = 1; t <= 3; ++t)
    CHECK((*(*reader)->next())->position.t == tx_number(t));
  CHECK(recovered(after) == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("a segment that cannot be prepared for want of descriptors stops nothing") {
  simulated_disk disk;
  auto log = open_log(disk);
  disk.plan([](const disk_operation& op) {
    disk_verdict out;
    if (op.call == disk_call::create)
      out = {.what = disk_verdict::action::fail, .code = errc::overloaded};
    return out;
  });
  CHECK(log->prepare_next().error().code == errc::overloaded);
  CHECK_FALSE(log->failed());
  CHECK(append_one(*log, 60'000).error().code == errc::overloaded);
  CHECK_FALSE(log->failed());
  disk.plan({});
  commit(*log, 2);
  CHECK(log->last().t == tx_number(2));
}
