// Every single bit of a small database flipped, every file of it cut at every length: it opens with
// everything that was acknowledged, or is refused with an error that says what is damaged.
#include "crash/embedded/small_database.hpp"
#include "support/catch.hpp"

#include "weft/persistence/disk/recording_disk.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <algorithm>
#include <iostream>
#include <set>

namespace {

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;
using embedded::database;

constexpr std::size_t transactions = 14;

/// What a crash or a close left, and how many transactions it must hold.
struct folder_image {
  disk_image image;
  std::size_t least = 0;
  std::size_t most = 0;
};

const small_script& script() {
  static const small_script made(transactions);
  return made;
}

database must_open(disk& on) {
  auto db = database::open(small_folder, small_options(on));
  INFO((db ? "" : db.error().to_string()));
  REQUIRE(db);
  return std::move(*db);
}

void execute(database& db, std::size_t from, std::size_t to) {
  for (auto t = from; t < to; ++t)
    REQUIRE(small_script::step(db, t));
}

folder_image closed_folder() {
  memory_disk disk;
  auto db = must_open(disk);
  execute(db, 0, 5);
  REQUIRE(db.close());
  return {disk.live_image(), 5, 5};
}

/// Taken by `image_of` while transaction `last` is made, after a call that `when` is true for.
template <class When, class ImageOf>
folder_image stopped_folder(std::size_t last, When when, ImageOf image_of) {
  recording_disk disk;
  folder_image out{{}, last - 1, last};
  {
    auto db = must_open(disk);
    execute(db, 0, last - 1);
    disk.observe([&](const disk_operation& op) {
      if (when(op) && out.image.files.empty())
        out.image = image_of(disk);
    });
    execute(db, last - 1, last);
    disk.observe({});
  }
  REQUIRE_FALSE(out.image.files.empty());
  return out;
}

/// Killed when the last transaction was written and not synced: it may be there or not.
folder_image killed_folder() {
  return stopped_folder(
      3,
      [](const disk_operation& op) {
        return op.call == disk_call::write && op.path.ends_with(".seg") &&
               op.bytes_count > batch_header_bytes;
      },
      [](const memory_disk& disk) { return disk.live_image(); });
}

/// The power failed when the last transaction was acknowledged, and with it the committed mark:
/// "the window" of docs/guarantees.md.
folder_image unproven_folder() {
  auto out = stopped_folder(
      6, [](const disk_operation& op) { return op.call == disk_call::sync_data; },
      [](const memory_disk& disk) { return disk.durable_image(); });
  out.image.files.erase(small_folder + "/wal/committed");
  return out;
}

/// Bytes behind the log's end in its last segment, which an earlier life of the file left.
std::size_t leftovers_of(const disk_image& image) {
  memory_disk disk(image);
  std::string segment;
  std::size_t end = 0;
  REQUIRE(verify_log(disk, small_folder + "/wal",
                     {{},
                      [&](const log_line& line) {
                        segment = line.segment;
                        end = line.offset + entry_header_bytes + line.payload.size();
                      },
                      {}}));
  const auto tail = bytes_view{image.files.at(segment)}.substr(end + 2 * batch_header_bytes);
  return static_cast<std::size_t>(
      std::count_if(tail.begin(), tail.end(), [](char c) { return c != 0; }));
}

/// A database that was opened twice, when the second life writes to files that the first one
/// filled: the split of the script that leaves most of it behind the log's end.
folder_image recycled_folder() {
  folder_image out;
  std::size_t most_left = 0;
  for (std::size_t split = 4; split < transactions; ++split) {
    memory_disk disk;
    for (const auto& [from, to] : {std::pair{std::size_t{0}, split}, {split, transactions}}) {
      auto db = must_open(disk);
      execute(db, from, to);
      REQUIRE(db.close());
    }
    const auto left = leftovers_of(disk.live_image());
    if (left > most_left)
      out = {disk.live_image(), transactions, transactions};
    most_left = std::max(most_left, left);
  }
  CHECK(most_left > 200);
  return out;
}

/// Opens damaged copies of one folder.
class damaged_folder {
 public:
  explicit damaged_folder(folder_image whole)
      : whole_(std::move(whole)), disk_(whole_.image), read_options_(small_options(disk_)) {
    read_options_.read_only = true;
    open(true, "untouched");
    CHECK(refused == 0);
  }

  /// Of zeros that fill up only one in each byte, unless `all`.
  void flip_every_bit(bool all) {
    for (const auto& [path, content] : whole_.image.files)
      for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
        const bool free = path.find("/free-") != std::string::npos; // nobody reads it
        const bool filling = free || content[bit / 8] == 0;
        if (filling && (free || !all) && bit % (free ? 512 : 8) != bit / 8 % 8)
          continue;
        const auto flip = [bit](bytes& b) {
          b[bit / 8] = static_cast<char>(static_cast<unsigned char>(b[bit / 8]) ^ 1U << bit % 8);
        };
        disk_.damage(path, flip);
        // A writer reads as a reader does before it writes: it need not see everything again.
        open(filling ? bit % 512 == 0 : all || bit % 8 == bit / 8 % 8,
             path + " with bit " + std::to_string(bit) + " flipped");
        disk_.damage(path, flip);
      }
  }
  /// Among zeros that fill up only at every eighth length, unless `all`.
  void cut_at_every_length(bool all) {
    for (const auto& [path, content] : whole_.image.files)
      for (std::size_t size = 0; size < content.size(); ++size) {
        if (!all && content[size] == 0 && size % 8 != 0)
          continue;
        disk_.damage(path, [size](bytes& b) { b.resize(size); });
        open(size % 16 == 0 || content[size] != 0, path + " cut to " + std::to_string(size));
        disk_.damage(path, [&whole = content](bytes& b) { b = whole; });
      }
  }

  std::string failure;
  std::size_t read = 0;
  std::size_t written = 0;
  std::size_t refused = 0;
  std::size_t shorter = 0; ///< served without the last transaction that the whole folder holds

 private:
  /// What an open told, or its error.
  struct outcome {
    told by;
    std::string refusal;
    bool operator==(const outcome&) const = default;
  };

  void open(bool also_to_write, const std::string& how) {
    if (!failure.empty())
      return;
    ++read;
    const auto seen = look(database::open(small_folder, read_options_));
    refused += seen.refusal.empty() ? 0 : 1;
    shorter += seen.refusal.empty() && seen.by.basis < whole_.most ? 1 : 0;
    const auto changes = [](const disk_operation& op) {
      return op.call != disk_call::sync_data && op.call != disk_call::sync_folder;
    };
    if (std::ranges::any_of(disk_.operations(), changes)) // what is shown was made durable
      failure = "a read-only open writes";
    if (also_to_write && failure.empty()) {
      ++written;
      memory_disk copy(disk_.live_image());
      const auto again = look(database::open(small_folder, small_options(copy)));
      if (failure.empty() && again != seen)
        failure = "opened to write it says something else: " + again.refusal;
    }
    if (!failure.empty())
      failure = how + ": " + failure;
  }

  outcome look(const result<database>& db) {
    static const std::set<errc> clear = {errc::log_corrupt, errc::hard_state_corrupt,
                                         errc::not_a_database};
    if (!db) {
      if (!clear.contains(db.error().code))
        failure = db.error().to_string();
      return {{}, db.error().to_string()};
    }
    const auto by = told_by(*db);
    failure = script().judge(by, whole_.least, whole_.most);
    return {by, {}};
  }

  folder_image whole_;
  recording_disk disk_;
  embedded::options read_options_;
};

void tell(const char* name, const damaged_folder& folder) {
  std::cerr << name << ": " << folder.read << " damaged copies read, " << folder.written
            << " opened to write; " << folder.refused << " refused, " << folder.shorter
            << " without the last transaction\n";
}

} // namespace

TEST_CASE("every bit flip of a database that was killed is harmless or refused") {
  damaged_folder folder(killed_folder());
  folder.flip_every_bit(true);
  CHECK(folder.failure == no_problem);
  CHECK(folder.refused > 0);
  tell("killed", folder);
}

TEST_CASE("a bit flip of a closed database is harmless or refused") {
  damaged_folder folder(closed_folder());
  folder.flip_every_bit(false);
  CHECK(folder.failure == no_problem);
  CHECK(folder.shorter == 0);
  tell("closed", folder);
}

TEST_CASE("a bit flip of a database that lost power costs the last transaction at most") {
  damaged_folder folder(unproven_folder());
  folder.flip_every_bit(false);
  CHECK(folder.failure == no_problem);
  CHECK(folder.shorter > 0);
  tell("unproven", folder);
}

TEST_CASE("what an earlier life left in a segment is never served, whichever bit is flipped") {
  damaged_folder folder(recycled_folder());
  folder.flip_every_bit(false);
  CHECK(folder.failure == no_problem);
  CHECK(folder.shorter == 0);
  tell("recycled", folder);
}

TEST_CASE("a database with a file cut at any length is whole or refused") {
  for (const bool was_killed : {true, false}) {
    damaged_folder folder(was_killed ? killed_folder() : recycled_folder());
    folder.cut_at_every_length(was_killed);
    CHECK(folder.failure == no_problem);
    CHECK(folder.shorter == 0);
    tell("cut", folder);
  }
}
