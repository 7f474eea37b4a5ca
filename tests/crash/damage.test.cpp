// Every single bit of a small log flipped, every file cut at every length: the log is recovered
// with everything acknowledged, or refused with a clear error; verify says the same.
#include "support/log_fixture.hpp"

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/hard_state.hpp"
#include "weft/persistence/wal/log_reader.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <iostream>
#include <map>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

constexpr std::size_t segment_bytes = 4608;

/// A log of three segments and what it holds.
struct small_image {
  disk_image image;
  std::vector<bytes> payloads;
  std::string last_segment;
  std::uint64_t last_batch_from = 0;
  std::uint64_t last_batch_to = 0;
  log_index dropped = {}; ///< entries up to here are gone
};

void find_last_batch(memory_disk& disk, small_image& of) {
  REQUIRE(verify_log(disk, "wal",
                     {{},
                      [&](const log_line& line) {
                        of.last_segment = line.segment;
                        of.last_batch_from = line.offset - batch_header_bytes;
                        of.last_batch_to = line.offset + entry_header_bytes + line.payload.size();
                      },
                      {}}));
}

/// `marked`: closed with a marker; `with_mark`: the committed mark is kept.
small_image make_image(bool marked, bool with_mark) {
  memory_disk disk;
  small_image out;
  auto options = small_log(5, segment_bytes);
  options.segment_bytes_max = segment_bytes;
  auto log = segment_log::open(disk, "wal", options);
  REQUIRE(log);
  while ((*log)->statistics().segments_started < 3 || out.payloads.size() < 9) {
    commit(**log, 1, 25);
    out.payloads.push_back(payload_of((*log)->last().t.get(), 25));
  }
  if (marked)
    REQUIRE((*log)->close());
  log->reset();
  out.image = disk.live_image();
  find_last_batch(disk, out);
  if (!with_mark)
    out.image.files.erase("wal/committed");
  return out;
}

/// A log whose last segment is a file that was another segment before, full of batches of the same
/// sizes: where the log ends, the next batch of the earlier life begins.
small_image make_recycled_image() {
  memory_disk disk;
  small_image out;
  auto options = small_log(6, segment_bytes);
  options.segment_bytes_max = segment_bytes;
  auto log = segment_log::open(disk, "wal", options);
  REQUIRE(log);
  while ((*log)->statistics().segments_started < 7) {
    commit(**log, 1, 25);
    REQUIRE((*log)->drop_before((*log)->committed().index));
  }
  out.dropped = log_index((*log)->first_index().get() - 1);
  for (auto t = out.dropped.get() + 1; t <= (*log)->last().t.get(); ++t)
    out.payloads.push_back(payload_of(t, 25));
  log->reset();
  out.image = disk.live_image();
  find_last_batch(disk, out);
  return out;
}

/// A log that was sealed at its first entry twice, and so goes on in the file of its first segment:
/// where it ends, the very next entry begins that was void before.
small_image make_sealed_image() {
  memory_disk disk;
  small_image out;
  auto log = segment_log::open(disk, "wal", small_log(8, segment_bytes));
  REQUIRE(log);
  for (const auto& [in_term, count] : {std::pair{1U, 3U}, {2U, 1U}, {3U, 2U}}) {
    REQUIRE((*log)->seal_before(log_index(1)));
    for (unsigned i = 0; i < count; ++i) {
      test_entry one((*log)->last(), 25);
      one.entry.term = term(in_term);
      REQUIRE((*log)->append({&one.entry, 1}));
      REQUIRE((*log)->sync());
    }
  }
  out.payloads = {payload_of(1, 25), payload_of(2, 25)};
  REQUIRE((*log)->publish_committed(log_index(2)));
  log->reset();
  out.image = disk.live_image();
  find_last_batch(disk, out);
  return out;
}

/// "" when the image is refused with a clear error or holds every payload in order; else what is
/// wrong. `lost` tells how many acknowledged entries at the end are missing.
std::string judge(memory_disk& disk, const small_image& whole, std::size_t& lost) {
  std::vector<bytes> found;
  auto options = small_log(77, segment_bytes);
  options.replay_after = whole.dropped;
  const auto committed = read_mark(disk, "wal/committed");
  if (!committed)
    return committed.error().to_string();
  const auto done = recover(disk, "wal", options, *committed,
                            {[&](const recovered_entry& e) -> result<void> {
                               found.emplace_back(e.payload);
                               return {};
                             },
                             {}});
  verify_options check;
  check.peek_t = peek_test_t;
  check.replay_after = whole.dropped;
  const auto report = verify_log(disk, "wal", check);
  if (!report)
    return "verify: " + report.error().to_string();
  if (!done) {
    if (done.error().code != errc::log_corrupt || done.error().field("segment").empty())
      return done.error().to_string();
    return report->verdict == log_verdict::rotten ? "" : "verify does not see the rot";
  }
  if (report->verdict == log_verdict::rotten)
    return "verify calls a log rotten that opens";
  lost = whole.payloads.size() - found.size();
  if (found.size() > whole.payloads.size() ||
      !std::equal(found.begin(), found.end(), whole.payloads.begin()))
    return "wrong content";
  return report->entries == found.size() ? "" : "verify counts other entries";
}

/// A reader tells a prefix of the payloads and then an error, or all of them.
std::string judge_reader(memory_disk& disk, const small_image& whole) {
  auto reader = log_reader::open(disk, "wal");
  if (!reader)
    return reader.error().code == errc::log_corrupt ? "" : reader.error().to_string();
  for (const auto& payload : whole.payloads) {
    const auto next = (*reader)->next();
    if (!next)
      return next.error().code == errc::log_corrupt ? "" : next.error().to_string();
    if (!*next)
      return "the reader stops before the committed mark";
    if ((*next)->payload != payload)
      return "the reader tells wrong content";
  }
  return {};
}

/// Outcomes of all flips of one image.
struct flip_count {
  std::size_t flips = 0;
  std::size_t in_window = 0;
  std::string failure;
};

/// Of segments whose paths end with `name_end`.
flip_count flip_everything(const small_image& whole, bool with_mark,
                           std::string_view name_end = ".seg") {
  flip_count out;
  memory_disk disk(whole.image);
  for (const auto& [path, content] : whole.image.files) {
    if (!path.ends_with(name_end))
      continue;
    for (std::size_t bit = 0; bit < content.size() * 8 && out.failure.empty(); ++bit) {
      const auto flip = [bit](bytes& b) {
        b[bit / 8] = static_cast<char>(static_cast<unsigned char>(b[bit / 8]) ^ (1U << (bit % 8)));
      };
      disk.damage(path, flip);
      std::size_t lost = 0;
      auto problem = judge(disk, whole, lost);
      if (problem.empty() && with_mark && bit % 5 == 0)
        problem = judge_reader(disk, whole);
      const auto at = bit / 8;
      const bool window =
          path == whole.last_segment && at >= whole.last_batch_from && at < whole.last_batch_to;
      if (problem.empty() && lost > (window ? 1U : 0U))
        problem = std::to_string(lost) + " acknowledged entries are lost";
      out.in_window += lost;
      ++out.flips;
      if (!problem.empty())
        out.failure = path + " bit " + std::to_string(bit) + ": " + problem;
      disk.damage(path, flip);
    }
  }
  return out;
}

} // namespace

TEST_CASE("every bit flip of a marked log is harmless or refused") {
  const auto whole = make_image(true, false);
  const auto count = flip_everything(whole, false);
  CHECK(count.failure == no_problem);
  CHECK(count.in_window == 0);
  CHECK(count.flips >= 3 * segment_bytes * 8);
  std::cerr << count.flips << " bit flips of a marked log\n";
}

TEST_CASE("every bit flip below the committed mark is harmless or refused") {
  const auto whole = make_image(false, true);
  const auto count = flip_everything(whole, true);
  CHECK(count.failure == no_problem);
  CHECK(count.in_window == 0);
}

TEST_CASE("the window: only the last batch, and only while nothing proves it") {
  const auto whole = make_image(false, false);
  const auto count = flip_everything(whole, false);
  CHECK(count.failure == no_problem);
  CHECK(count.in_window > 0);
  CHECK(count.in_window <= (whole.last_batch_to - whole.last_batch_from) * 8);
}

TEST_CASE("what an earlier life left behind the end of the log never verifies") {
  for (const auto& whole : {make_recycled_image(), make_sealed_image()}) {
    const auto& last = whole.image.files.at(whole.last_segment);
    const auto next = batch_size(1, whole.payloads.back().size());
    REQUIRE(last.substr(whole.last_batch_from, 4) == "WBAT");
    REQUIRE(last.substr(whole.last_batch_from + next, 4) == "WBAT"); // where one is looked for
    memory_disk untouched(whole.image);
    std::size_t lost = 1;
    CHECK(judge(untouched, whole, lost) == no_problem);
    CHECK(lost == 0); // it opens, and holds everything
    const auto count = flip_everything(whole, true, whole.last_segment);
    CHECK(count.failure == no_problem);
    CHECK(count.in_window == 0);
    CHECK(count.flips == segment_bytes * 8);
  }
}

TEST_CASE("a file cut at any length is harmless or refused") {
  for (const bool with_mark : {true, false}) {
    const auto whole = make_image(!with_mark, with_mark);
    std::string failure;
    for (const auto& [path, content] : whole.image.files) {
      for (std::size_t size = 0; size < content.size() && failure.empty(); ++size) {
        memory_disk disk(whole.image);
        disk.damage(path, [size](bytes& b) { b.resize(size); });
        std::size_t lost = 0;
        failure = judge(disk, whole, lost);
        if (failure.empty() && lost > 0)
          failure = "entries are lost";
        if (!failure.empty())
          failure = path + " cut to " + std::to_string(size) + ": " + failure;
      }
    }
    CHECK(failure == no_problem);
  }
}

TEST_CASE("a segment that is missing or swapped is refused") {
  const auto whole = make_image(true, true);
  std::vector<std::string> paths;
  for (const auto& [path, content] : whole.image.files)
    if (sequence_of_name(path.substr(4)))
      paths.push_back(path);
  REQUIRE(paths.size() == 3);
  std::size_t lost = 0;
  for (unsigned gone = 1; gone < 7; ++gone) { // every choice of segments but all and none
    auto image = whole.image;
    for (unsigned i = 0; i < 3; ++i)
      if ((gone >> i & 1U) != 0)
        image.files.erase(paths[i]);
    memory_disk disk(image);
    INFO("missing " << gone);
    CHECK(segment_log::open(disk, "wal", small_log(1, segment_bytes)).error().code ==
          errc::log_corrupt);
    CHECK(judge(disk, whole, lost) == no_problem);
  }
  auto image = whole.image;
  std::swap(image.files[paths[0]], image.files[paths[1]]);
  memory_disk disk(image);
  CHECK(segment_log::open(disk, "wal", small_log(1, segment_bytes)).error().code ==
        errc::log_corrupt);
  CHECK(judge(disk, whole, lost) == no_problem);
}

TEST_CASE("a block that went to another place never verifies") {
  const auto whole = make_image(true, true);
  std::string failure;
  for (const auto& [path, content] : whole.image.files) {
    if (!path.ends_with(".seg"))
      continue;
    for (std::size_t from = segment_header_bytes; from < content.size(); from += 8)
      for (std::size_t to = segment_header_bytes; to + 160 <= content.size(); to += 40) {
        if (from == to || from + 160 > content.size() || !failure.empty())
          continue;
        memory_disk disk(whole.image);
        disk.damage(path, [from, to](bytes& b) { b.replace(to, 160, b.substr(from, 160)); });
        std::size_t lost = 0;
        failure = judge(disk, whole, lost);
        if (lost > 0)
          failure = "entries are lost";
      }
  }
  CHECK(failure == no_problem);
}

TEST_CASE("one flipped bit of the hard state loses no vote") {
  memory_disk fresh;
  auto state = hard_state_file::create(
      fresh, "hardstate",
      {0, test_database, shard_id(3), node_id(1), term(1), node_id(2), log_index(0)});
  REQUIRE(state);
  auto next = state->current();
  next.term = term(9);
  next.voted_for = node_id(7);
  REQUIRE(state->write(next));
  const auto newest = state->current();
  const auto image = fresh.live_image();
  std::size_t wrong = 0;
  for (std::size_t bit = 0; bit < 2 * hard_state_block_bytes * 8; ++bit) {
    memory_disk disk(image);
    disk.damage("hardstate", [bit](bytes& b) {
      b[bit / 8] = static_cast<char>(static_cast<unsigned char>(b[bit / 8]) ^ (1U << (bit % 8)));
    });
    const auto found = hard_state_file::open(disk, "hardstate", test_database, shard_id(3));
    wrong += !found || found->current() != newest || !found->repaired() ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a flipped bit of VERSION or of the mark is an error or harmless") {
  const version_file version{data_format_version, test_database, instant(5)};
  const auto text = encode(version);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    auto bad = text;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << (bit % 8)));
    CHECK_FALSE(decode_version_file(bad));
  }
  const auto whole = make_image(true, true);
  memory_disk disk(whole.image);
  std::string failure;
  for (std::size_t bit = 0; bit < mark_file_bytes * 8 && failure.empty(); ++bit) {
    const auto flip = [bit](bytes& b) {
      b[bit / 8] = static_cast<char>(static_cast<unsigned char>(b[bit / 8]) ^ (1U << (bit % 8)));
    };
    disk.damage("wal/committed", flip);
    std::size_t lost = 0;
    failure = judge(disk, whole, lost);
    if (lost > 0)
      failure = "entries are lost";
    disk.damage("wal/committed", flip);
  }
  CHECK(failure == no_problem);
}
