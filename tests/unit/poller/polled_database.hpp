// A database on a disk in memory, for tests that follow its log.
#pragma once

#include "support/catch.hpp"

#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/poller/change_poller.hpp"

#include <optional>
#include <random>
#include <string>

namespace weft::test {

class polled_database {
 public:
  /// Segments have room for a few transactions.
  explicit polled_database(persistence::memory_disk& on, std::string folder = "db")
      : disk_(&on), folder_(std::move(folder)) {
    open();
  }

  void open() {
    embedded::options how;
    how.disk = disk_;
    how.segment_bytes = 5120;
    auto opened = embedded::database::open(folder_, how);
    if (!opened)
      FAIL(opened.error().to_string());
    db_.emplace(*std::move(opened));
  }
  void close() {
    REQUIRE(db_->close());
    db_.reset();
  }
  /// Commits so many transactions: n/number counts them over the life of this.
  void commit(std::size_t count, std::size_t text_bytes = 10) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto said = text(text_bytes);
      const auto done =
          db_->transact(tx_request{}.put({{"n/number", ++number_}, {"n/text", said}}));
      if (!done)
        FAIL(done.error().to_string());
    }
  }
  /// One transaction of one fact.
  void say(std::string_view attribute, std::int64_t what) {
    const auto done = db_->transact(tx_request{}.put({{std::string(attribute), what}}));
    if (!done)
      FAIL(done.error().to_string());
  }
  [[nodiscard]] std::uint64_t head() const { return db_->status().t.get(); }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

  [[nodiscard]] change_poller poller() const { return change_poller(folder_).on(*disk_); }
  [[nodiscard]] change_poller poller_from(std::uint64_t t) const {
    return change_poller::from_sequence(folder_, tx_number(t)).on(*disk_);
  }
  [[nodiscard]] change_poller poller_from(const cursor& at) const {
    return change_poller::from_cursor(folder_, at).on(*disk_);
  }

  /// What the next transaction will say.
  [[nodiscard]] std::string text(std::size_t size) const {
    std::minstd_rand random(static_cast<unsigned>(number_));
    std::string out(size, ' ');
    for (auto& c : out)
      c = static_cast<char>('!' + random() % 90); // hardly compressible
    return out;
  }

 private:
  persistence::memory_disk* disk_;
  std::string folder_;
  std::optional<embedded::database> db_;
  std::int64_t number_ = 0;
};

/// A poll that finds something to say.
[[nodiscard]] inline polled must_poll(change_poller& by) {
  auto found = by.poll();
  if (!found)
    FAIL(found.error().to_string());
  return *std::move(found);
}

/// The t of all events, checked to follow `after` one by one.
inline std::uint64_t follow(const polled& found, std::uint64_t after) {
  for (const auto& event : found.events)
    CHECK(event.t().get() == ++after);
  CHECK(found.next_cursor.at(shard_id(0))->t.get() == after);
  CHECK(found.head.get() >= after);
  CHECK(found.more == (found.head.get() > after));
  return after;
}

} // namespace weft::test
