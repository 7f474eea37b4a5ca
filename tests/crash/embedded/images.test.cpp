// A database on a recording disk: after each call that changes the disk, every state that a crash
// may leave is opened. Everything acknowledged is there, and a creation that was not finished is
// finished by the next one.
#include "crash/embedded/small_database.hpp"
#include "crash/image_identity.hpp"
#include "support/catch.hpp"

#include "weft/persistence/disk/crash_images.hpp"
#include "weft/persistence/disk/recording_disk.hpp"
#include "weft/persistence/wal/hard_state.hpp"

#include <atomic>
#include <iostream>
#include <set>

namespace {

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;
using embedded::database;

constexpr std::size_t transactions = 14;
constexpr std::size_t sectors_enumerated = 12;
/// Every nth image is also written to, every mth one crashes again while it is opened.
constexpr std::size_t use_every = 2;
constexpr std::size_t crash_again_every = 9;

const small_script& script() {
  static const small_script made(transactions);
  return made;
}

/// A database under test, and what was promised of it. The keeper's threads change the disk, too:
/// the disk lets one call happen at a time, its crashes included.
class crashing_database {
 public:
  explicit crashing_database(const disk_image& start = {}, std::size_t holds = 0)
      : disk_(start), exists_(!start.files.empty()), acknowledged_(holds), proposed_(holds) {
    disk_.observe([this](const disk_operation& op) { crash_here(op); });
  }
  crashing_database(const crashing_database&) = delete;
  crashing_database& operator=(const crashing_database&) = delete;
  ~crashing_database() {
    db_.reset(); // its threads, too, are in crash_here
    disk_.observe({});
  }

  void open() {
    auto opened = database::open(small_folder, small_options(disk_));
    INFO((opened ? "" : opened.error().to_string()));
    REQUIRE(opened);
    db_ = std::move(*opened);
    exists_ = true;
  }
  void transact(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ++proposed_;
      REQUIRE(small_script::step(*db_, acknowledged_));
      ++acknowledged_;
    }
  }
  void close() {
    REQUIRE(db_->close());
    db_.reset();
  }
  std::string failure;
  std::size_t images = 0;
  std::size_t points = 0;
  std::size_t sampled = 0;

 private:
  void crash_here(const disk_operation& op) {
    if (!failure.empty())
      return;
    ++points;
    crash_image_options how{.exhaustive_bits = sectors_enumerated + 1,
                            .drawn_name = "committed",
                            .samples = 200,
                            .seed = points};
    const auto where = "after " + std::string{to_string(op.call)} + ' ' + op.path;
    const auto made =
        for_each_crash_image(disk_, how, [&](const disk_image& image) { check(image, where); });
    sampled += made.sampled ? 1 : 0;
    if (made.sampled && made.sectors + 3 < sectors_enumerated)
      failure = where + ": sampled with few sectors";
  }

  void check(const disk_image& image, const std::string& where) {
    const auto promise = acknowledged_ * 1009 + proposed_ * 7 + (exists_ ? 1 : 0);
    if (!failure.empty() || !seen_.insert(identity(image, promise)).second)
      return;
    ++images;
    memory_disk after(image);
    auto problem = judge(after, images % use_every == 0);
    if (problem.empty() && images % crash_again_every == 0)
      problem = crash_again(image);
    if (!problem.empty())
      failure = where + ": " + problem;
  }

  /// Opens what a crash left; `use` it: write, close, read.
  [[nodiscard]] std::string judge(disk& on, bool use) const {
    auto how = small_options(on);
    how.create = !exists_;
    auto db = database::open(small_folder, how);
    if (!db)
      return db.error().to_string();
    const auto found = told_by(*db);
    auto problem = script().judge(found, acknowledged_, proposed_);
    if (!problem.empty() || !use)
      return problem;
    if (const auto done = small_script::step(*db, found.basis); !done)
      return "a transaction after the crash: " + done.error().to_string();
    if (const auto done = db->close(); !done)
      return "closing after the crash: " + done.error().to_string();
    how.read_only = true;
    const auto again = database::open(small_folder, how);
    if (!again)
      return "reading after the crash: " + again.error().to_string();
    return script().judge(told_by(*again), found.basis + 1, found.basis + 1);
  }

  /// A crash while a crash is recovered from.
  [[nodiscard]] std::string crash_again(const disk_image& image) {
    recording_disk again(image);
    std::string problem;
    again.observe([&](const disk_operation& op) {
      const crash_image_options few{

          .exhaustive_bits = 2, .drawn_name = {}, .samples = 3, .seed = images};
      for_each_crash_image(again, few, [&](const disk_image& second) {
        memory_disk after(second);
        if (problem.empty())
          problem = judge(after, false);
        if (!problem.empty())
          problem = "then while opening, after " + std::string{to_string(op.call)} + ' ' + op.path +
                    ": " + problem;
      });
    });
    {
      auto how = small_options(again);
      how.create = !exists_;
      static_cast<void>(database::open(small_folder, how));
      again.observe({});
    }
    return problem;
  }

  recording_disk disk_;
  std::optional<database> db_;
  std::atomic<bool> exists_; ///< an open returned: it must not be created again
  std::atomic<std::size_t> acknowledged_;
  std::atomic<std::size_t> proposed_;
  std::set<std::uint64_t> seen_;
};

void report(const char* name, const crashing_database& db) {
  CHECK(db.failure == no_problem);
  std::cerr << name << ": " << db.images << " images at " << db.points << " points, " << db.sampled
            << " of them sampled\n";
}

/// What is left of a database of `count` transactions, closed or killed.
disk_image left_by(std::size_t count, bool closed) {
  memory_disk disk;
  disk_image out;
  auto db = database::open(small_folder, small_options(disk));
  REQUIRE(db);
  for (std::size_t t = 0; t < count; ++t)
    REQUIRE(small_script::step(*db, t));
  if (closed)
    REQUIRE(db->close());
  return disk.live_image();
}

} // namespace

TEST_CASE("a crash while a database is created leaves one, or what the next creation finishes") {
  crashing_database db;
  db.open();
  db.transact(2);
  db.close();
  report("creating", db);
  CHECK(db.images > 200);
}

TEST_CASE("a crash while a database is opened, written to and closed loses nothing") {
  crashing_database db(left_by(3, true), 3);
  for (int life = 0; life < 3; ++life) { // into new segments, and into those of earlier lives
    db.open();
    db.transact(life == 0 ? 5 : 1);
    db.close();
  }
  report("opening", db);
  CHECK(db.images > 300);
}

TEST_CASE("a crash while a database that was killed is opened loses nothing") {
  // One copy of the hard state is torn: it is written again.
  for (const std::size_t torn : {std::size_t{100}, hard_state_block_bytes + 100}) {
    auto killed = left_by(3, false);
    killed.files.at(small_folder + "/hardstate")[torn] ^= 1;
    crashing_database db(killed, 3);
    db.open();
    db.transact(1);
    db.close();
    report("killed", db);
    CHECK(db.images > 15);
  }
}
