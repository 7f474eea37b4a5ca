// The scenarios of log_crash.hpp. Segments of ten sectors: nearly every point is enumerated whole.
#include "crash/log_crash.hpp"
#include "support/log_fixture.hpp"

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/wal/hard_state.hpp"

namespace weft::test {

namespace {

constexpr std::size_t segment_bytes = 5120;

crashing_log make_log(const crash_image_options& images, std::uint64_t seed) {
  return {small_log(seed, segment_bytes), images};
}

/// A disk under test that is not a log: `accept` opens an image and says what is wrong with it.
class crashing_file {
 public:
  crashing_file(crash_image_options images, std::function<std::string(recording_disk&)> accept)
      : images_(std::move(images)), accept_(std::move(accept)) {
    images_.drawn_name = "committed";
    disk.observe([this](const disk_operation& op) {
      crash_here("after " + std::string{to_string(op.call)} + ' ' + op.path);
    });
  }

  void crash_here(const std::string& where) {
    if (!report.failure.empty())
      return;
    ++report.points;
    images_.seed += 1;
    const auto count = for_each_crash_image(disk, images_, [&](const disk_image& image) {
      recording_disk after(image);
      ++report.images;
      const auto problem = report.failure.empty() ? accept_(after) : "";
      if (!problem.empty())
        report.failure = where + ": " + problem;
    });
    report.count(count);
  }

  void done(const result<void>& r, const std::string& where) {
    if (!r && report.failure.empty())
      report.failure = where + ": " + r.error().to_string();
    crash_here("after " + where);
  }

  recording_disk disk;
  crash_report report;

 private:
  crash_image_options images_;
  std::function<std::string(recording_disk&)> accept_;
};

} // namespace

crash_report crash_while_growing(const crash_image_options& images) {
  auto log = make_log(images, 1);
  log.open();
  for (int i = 0; i < 4; ++i) {
    log.append(30);
    log.sync();
    log.publish();
  }
  log.mark();
  for (int i = 0; i < 3; ++i)
    log.append(120); // three batches, one sync; the second starts another segment
  log.sync();
  log.mark();
  log.prepare();
  for (int i = 0; i < 3; ++i) {
    log.append(700);
    log.append(10);
    log.sync();
    log.publish();
  }
  log.append(1500);
  log.stop(); // nothing after the last sync was acknowledged
  log.open();
  log.append(40);
  log.sync();
  log.close();
  log.open();
  log.close();
  return log.report();
}

crash_report crash_while_overtaking(const crash_image_options& images) {
  auto options = small_log(6, segment_bytes);
  options.tail_rewrite_bytes_max = 0;
  crashing_log log(options, images);
  log.open();
  log.append(1500); // more than the first segment holds
  log.sync();
  log.publish();
  log.append(20);
  log.sync();
  log.close();
  log.open(); // all is proven: the new segment is empty
  log.append(1800);
  log.sync();
  log.stop();
  log.open();
  log.append(20);
  log.sync();
  log.close();
  return log.report();
}

namespace {

/// A process that is killed after so many changes of the disk, and the next one, which `reads`
/// before it writes. False when it came to its end before.
bool kill_and_go_on(crashing_log& log, std::size_t changes, bool reads) {
  log.kill_after(changes);
  log.open();
  log.append(1500); // more than the first segment holds
  log.sync();
  log.publish();
  log.append(900); // another segment
  log.sync();
  log.publish();
  if (!log.failed())
    log.drop_before(log.log().committed().index);
  log.append(40); // not synced
  log.stop();
  log.open();
  log.append(300);
  log.sync();
  if (!log.killed())
    return false;
  log.revive();
  if (reads)
    log.read();
  log.open();
  log.append(300);
  log.sync();
  log.close();
  return true;
}

} // namespace

crash_report crash_after_kill(const crash_image_options& images) {
  crash_report all;
  for (std::size_t changes = 1;; ++changes) {
    for (const bool reads : {false, true}) {
      if (reads && changes % 2 == 0)
        continue; // half of them tell enough
      auto log = make_log(images, 7);
      if (!kill_and_go_on(log, changes, reads))
        return all;
      all.add(log.report());
      if (!all.failure.empty()) {
        all.failure = "killed after " + std::to_string(changes) + " changes: " + all.failure;
        return all;
      }
    }
  }
}

crash_report crash_after_reading(const crash_image_options& images) {
  auto log = make_log(images, 8);
  log.open();
  log.append(30);
  log.sync();
  log.publish();
  log.append(40);
  log.stop();
  log.read();
  log.open();
  log.append(40);
  log.close();
  log.read();
  return log.report();
}

crash_report crash_while_recycling(const crash_image_options& images) {
  auto log = make_log(images, 2);
  log.open();
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 3; ++i) {
      log.append(600);
      log.sync();
      log.publish();
    }
    if (!log.failed())
      log.drop_before(log.log().committed().index);
  }
  log.append(100);
  log.sync();
  log.stop();
  log.open();
  log.append(100);
  log.sync();
  log.publish();
  if (!log.failed())
    log.drop_before(log.log().committed().index.next());
  log.append(900);
  log.sync();
  log.close();
  return log.report();
}

crash_report crash_while_sealing(const crash_image_options& images) {
  auto log = make_log(images, 3);
  log.open();
  for (int i = 0; i < 4; ++i)
    log.append(200);
  log.sync();
  log.publish(); // 1 to 4 are committed
  for (int i = 0; i < 4; ++i) {
    log.append(300);
    log.sync();
  }
  log.seal_before(log_index(7)); // in the middle
  log.append(50, term(2));
  log.append(50, term(2));
  log.sync();
  log.seal_before(log_index(5)); // every segment after the committed ones
  log.append(60, term(3));
  log.sync();
  log.stop();
  log.open();
  log.append(70, term(3));
  log.sync();
  log.seal_before(log_index(6));
  log.append(70, term(4));
  log.sync();
  log.restart_after({log_index(40), term(5), tx_number(33), {7, 9}});
  log.append(80, term(5));
  log.sync();
  log.publish();
  log.stop();
  log.open();
  log.close();
  return log.report();
}

/// A segment of nine sectors, one for batches: with the two slots of the mark that may be unsynced
/// while another file is made, eleven. Where there are more, only the first open is.
crash_report crash_while_publishing(const crash_image_options& images) {
  auto options = small_log(8, 4608);
  options.segment_bytes_max = options.segment_bytes_min;
  crashing_log log(options, images, mark_sectors::enumerated);
  log.open();
  log.append(30);
  log.sync();
  log.publish(); // into a page of which nothing is durable
  log.write_mark_back();
  log.mark();
  for (int round = 0; round < 3; ++round) {
    log.append(10);
    log.sync();
    log.append(10);
    log.publish();   // the first, while the second waits for its sync
    log.append(250); // another segment
    log.publish();   // both: rotating synced the second
    log.sync();
    log.publish();
    log.write_mark_back();
    log.append(10);
    log.sync();
    log.publish();
    log.mark();
    if (round == 1 && !log.failed())
      log.drop_before(log.log().committed().index);
  }
  log.append(10);
  log.stop(); // nothing after the last sync was acknowledged
  log.open();
  log.append(40);
  log.sync();
  log.publish();
  log.append(40);
  log.close();
  log.open();
  log.publish();
  log.close();
  return log.report();
}

crash_report crash_while_reopening(const crash_image_options& images) {
  auto options = small_log(4, segment_bytes);
  options.tail_rewrite_bytes_max = 0;
  crashing_log log(options, images);
  log.open();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 2; ++i) {
      log.append(60);
      log.append(20);
      log.sync();
    }
    if (round == 1)
      log.publish();
    log.append(30);
    log.stop();
    log.open();
  }
  log.append(30);
  log.close();
  log.open();
  return log.report();
}

crash_report crash_of_hard_state(const crash_image_options& images) {
  std::set<std::uint64_t> terms;
  std::uint64_t acknowledged = 0;
  const auto accept = [&](recording_disk& after) -> std::string {
    auto state = hard_state_file::open(after, "hardstate", test_database, shard_id(3));
    if (!state)
      return acknowledged == 0 && state.error().code == errc::not_found ? ""
                                                                        : state.error().to_string();
    const auto found = state->current().term.get();
    if (found < acknowledged || !terms.contains(found))
      return "term " + std::to_string(found) + " is not what was acknowledged";
    return state->current().voted_for == node_id(found % 3 + 1) ? "" : "another vote";
  };
  crashing_file files(images, accept);
  auto state = [&](std::uint64_t t) {
    terms.insert(t);
    return hard_state{0,       test_database,      shard_id(3), node_id(1),
                      term(t), node_id(t % 3 + 1), log_index(t)};
  };
  auto file = hard_state_file::create(files.disk, "hardstate", state(1));
  acknowledged = 1;
  files.done(file ? result<void>{} : fail(file.error()), "create");
  for (std::uint64_t t = 2; t < 7 && file; ++t) {
    const auto written = file->write(state(t));
    acknowledged = t;
    files.done(written, "write");
    // Rot in either copy must not bring an older vote back.
    for (const std::size_t at : {std::size_t{100}, hard_state_block_bytes + 100}) {
      recording_disk after(files.disk.durable_image());
      if (after.size_now("hardstate") == 0)
        break; // lost: the images say so
      after.damage("hardstate", [at](bytes& content) { content[at] ^= 1; });
      const auto problem = accept(after);
      if (!problem.empty() && files.report.failure.empty())
        files.report.failure = "one damaged copy: " + problem;
    }
  }
  return files.report;
}

namespace {

result<void> make_database(disk& on) {
  const version_file version{data_format_version, test_database, instant(5)};
  WEFT_TRY(const auto folder, data_folder::create(on, "db", "1", version, [&]() -> result<void> {
             WEFT_TRY(const auto log, segment_log::open(on, "db/wal", small_log(6, segment_bytes)));
             WEFT_CHECK(hard_state_file::create(on, "db/hardstate",
                                                {0, test_database, shard_id(3), node_id(1), term(0),
                                                 node_id(0), log_index(0)})
                            .map([](auto&&) {}));
             return {};
           }));
  return {};
}

/// Opens the database of an image, or makes it when there is none yet.
std::string open_or_make(recording_disk& on, bool must_be_there) {
  auto folder = data_folder::open(on, "db", "2");
  if (!folder && must_be_there)
    return folder.error().to_string();
  if (!folder) {
    if (folder.error().code != errc::not_a_database)
      return folder.error().to_string();
    const auto made = make_database(on);
    return made ? open_or_make(on, true) : "making it again: " + made.error().to_string();
  }
  const auto there = on.exists("db/wal");
  if (!there || !*there)
    return "the log's folder is missing";
  auto log = segment_log::open(on, "db/wal", small_log(7, segment_bytes));
  if (!log)
    return log.error().to_string();
  auto state = hard_state_file::open(on, "db/hardstate", test_database, shard_id(3));
  return state ? "" : state.error().to_string();
}

} // namespace

crash_report crash_of_data_folder(const crash_image_options& images) {
  bool made = false;
  crashing_file files(images, [&](recording_disk& after) { return open_or_make(after, made); });
  const auto done = make_database(files.disk);
  made = true;
  files.done(done, "create");
  return files.report;
}

const std::vector<crash_scenario>& crash_scenarios() {
  static const std::vector<crash_scenario> all = {
      {"growing", crash_while_growing},       {"overtaking", crash_while_overtaking},
      {"killed", crash_after_kill},           {"reading", crash_after_reading},
      {"recycling", crash_while_recycling},   {"sealing", crash_while_sealing},
      {"publishing", crash_while_publishing}, {"reopening", crash_while_reopening},
      {"hard state", crash_of_hard_state},    {"data folder", crash_of_data_folder},
  };
  return all;
}

} // namespace weft::test
