// A database with many callers on a real file system that fills up: refused retryably, read all the
// time, written again when there is room.
#include "support/catch.hpp"
#include "support/small_file_system.hpp"

#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <atomic>
#include <chrono>
#include <random>
#include <set>
#include <thread>

namespace {

using namespace weft;
using namespace weft::persistence;
using embedded::database;

constexpr std::size_t mib = 1U << 20U;
constexpr std::size_t text_bytes = 50'000;
constexpr int callers = 6;

view view_of(const database& db) {
  return db.view().value();
}

database must_open(const std::string& folder) {
  auto db = database::open(folder);
  INFO((db ? "" : db.error().to_string()));
  REQUIRE(db);
  return std::move(*db);
}

/// Every number in the database, once.
std::set<std::int64_t> numbers_in(const view& db) {
  std::set<std::int64_t> out;
  const auto* number = db.schema().find("test/number");
  if (number == nullptr)
    return out;
  auto all = db.datoms(index_order::aevt, {.attribute = number->id}).value();
  for (const auto& d : all)
    CHECK(out.insert(d.value.as_long()).second);
  return out;
}

/// A file that takes room: `bytes`, or all that is left.
void make_ballast(const std::string& path, std::size_t bytes) {
  posix_disk disk;
  auto file = disk.open(path, open_mode::create);
  REQUIRE(file);
  for (auto piece = 64 * std::size_t{1024}; piece >= 512; piece /= 2)
    for (std::size_t at = (*file)->size().value(); at + piece <= bytes; at += piece)
      if (!(*file)->write(at, std::string(piece, 'x')))
        break;
}

/// Callers that write numbers with long texts, each number once.
class writers {
 public:
  explicit writers(database& db) : db_(db) {}

  /// Each caller goes on until `stop` of what happened to it.
  template <class Stop>
  void run(Stop stop) {
    std::vector<std::thread> threads;
    threads.reserve(callers);
    for (int i = 0; i < callers; ++i)
      threads.emplace_back([&, i] {
        std::mt19937_64 random(static_cast<std::uint64_t>(next_ + i));
        int written = 0;
        int refused = 0;
        while (!stop(written, refused)) {
          const bool done = write(random);
          written += done ? 1 : 0;
          refused += done ? 0 : 1;
          if (!done)
            std::this_thread::yield();
        }
      });
    for (auto& t : threads)
      t.join();
  }

  std::set<std::int64_t> acknowledged;
  std::set<std::string> other_errors;

 private:
  bool write(std::mt19937_64& random) {
    const auto number = static_cast<std::int64_t>(next_++);
    std::string text(text_bytes, ' ');
    for (auto& c : text)
      c = static_cast<char>('!' + random() % 90);
    const auto done =
        db_.transact(tx_request{}.put({{"test/number", number}, {"test/text", text}}));
    const std::lock_guard lock(mutex_);
    if (done)
      acknowledged.insert(number);
    else if (done.error().code != errc::disk_full)
      other_errors.insert(done.error().to_string());
    return done.has_value();
  }

  database& db_;
  std::atomic<int> next_ = 0;
  std::mutex mutex_;
};

/// Reads all the time: everything that was there before, and more.
class reader {
 public:
  explicit reader(const database& db) : thread_([this, &db] { read(db); }) {}
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
  ~reader() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable())
      thread_.join();
  }
  std::atomic<int> reads = 0;
  std::atomic<bool> went_back = false;

 private:
  void read(const database& db) {
    std::size_t seen = 0;
    while (!stop_) {
      const auto now = view_of(db);
      const auto* number = now.schema().find("test/number");
      std::size_t count = 0;
      if (number != nullptr) {
        auto all = now.datoms(index_order::aevt, {.attribute = number->id}).value();
        for ([[maybe_unused]] const auto& d : all)
          ++count;
      }
      if (count < seen || count != now.basis().get())
        went_back = true;
      seen = count;
      ++reads;
    }
  }
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

} // namespace

TEST_CASE("a file system that fills up under many callers refuses, reads on, and resumes") {
  const test::small_file_system small(40 * mib);
  if (!small.why_not().empty())
    WEFT_SKIP(small.why_not());
  const auto folder = join(small.path(), "db");
  const auto first = join(small.path(), "ballast");
  const auto last = join(small.path(), "rest");
  posix_disk disk;
  make_ballast(first, 12 * mib);
  std::set<std::int64_t> acknowledged;
  {
    auto db = must_open(folder);
    writers callers_of(db);
    reader reading(db);
    callers_of.run([](int, int refused) { return refused == 20; });
    CHECK(callers_of.acknowledged.size() > 20);

    make_ballast(last, 40 * mib); // not one block is left
    CHECK(disk.free_bytes(small.path()).value() < 4096);
    const auto reads = reading.reads.load();
    callers_of.run([](int, int refused) { return refused == 20; });
    while (reading.reads == reads)
      std::this_thread::yield();
    CHECK(db.status().writable);

    REQUIRE(disk.remove(last));
    REQUIRE(disk.remove(first));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    callers_of.run([&](int written, int) {
      return written == 5 || std::chrono::steady_clock::now() > deadline;
    });
    CHECK(std::chrono::steady_clock::now() < deadline);
    reading.stop();
    CHECK_FALSE(reading.went_back);
    CHECK(callers_of.other_errors.empty());
    acknowledged = callers_of.acknowledged;
    CHECK(numbers_in(view_of(db)) == acknowledged);
    make_ballast(last, 40 * mib);
  } // closed without room
  auto reading = database::open(folder, {.read_only = true});
  REQUIRE(reading);
  CHECK(numbers_in(view_of(*reading)) == acknowledged);
  const auto opened = database::open(folder); // needs a segment of its own
  if (opened)
    CHECK(numbers_in(view_of(*opened)) == acknowledged);
  else
    CHECK(opened.error().code == errc::disk_full);
  REQUIRE(disk.remove(last));
}

TEST_CASE("a database that could not be opened for want of room opens when there is some") {
  const test::small_file_system small(40 * mib);
  if (!small.why_not().empty())
    WEFT_SKIP(small.why_not());
  const auto folder = join(small.path(), "db");
  const auto ballast = join(small.path(), "ballast");
  posix_disk disk;
  make_ballast(ballast, 40 * mib);
  CHECK(database::open(folder).error().code == errc::disk_full); // not even created
  REQUIRE(disk.remove(ballast));
  {
    auto db = must_open(folder);
    for (int i = 0; i < 20; ++i)
      REQUIRE(db.transact(tx_request{}.put({{"test/number", i}})));
  }
  // The free file that the last life left serves the next open: without it there is no room.
  const auto names = disk.list(join(folder, "wal")).value();
  for (const auto& name : names)
    if (name.starts_with("free-"))
      REQUIRE(disk.remove(join(join(folder, "wal"), name)));
  make_ballast(ballast, 40 * mib);
  CHECK(database::open(folder).error().code == errc::disk_full);
  CHECK(view_of(*database::open(folder, {.read_only = true})).basis() == tx_number(20));
  REQUIRE(disk.remove(ballast));
  auto db = must_open(folder);
  CHECK(numbers_in(view_of(db)).size() == 20);
  CHECK(db.transact(tx_request{}.put({{"test/number", 20}})));
}
