// The real log on the real disk: a child process that appends is killed again and again, and what
// it acknowledged through a pipe must be there. And a real file system that is full.
#include "support/log_fixture.hpp"
#include "support/small_file_system.hpp"
#include "support/temporary_folder.hpp"

#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

constexpr std::size_t segment_bytes = 32768;

constexpr std::uint64_t drop_every = 50;

/// Options for what earlier children left: they dropped nothing after the last drop that the mark
/// allows.
log_options options_after_drops(disk& on, const std::string& folder, std::uint64_t seed) {
  auto out = small_log(seed, segment_bytes);
  const auto committed = read_mark(on, join(folder, "committed"));
  if (committed && *committed)
    if (const auto dropped = (*committed)->position.index.get() / drop_every * drop_every)
      out.replay_after = log_index(dropped - 1);
  return out;
}

/// The child: appends, syncs, publishes, reports each t through the pipe; never returns.
[[noreturn]] void append_until_killed(const std::string& folder, std::uint64_t seed, int pipe) {
  posix_disk disk;
  auto log = segment_log::open(disk, folder, options_after_drops(disk, folder, seed));
  while (log) {
    const auto size = static_cast<std::size_t>((*log)->last().t.get() * 37 % 900);
    if (!append_one(**log, size) || !(*log)->sync() ||
        !(*log)->publish_committed((*log)->durable().index))
      break;
    if ((*log)->last().t.get() % drop_every == 0 &&
        (!(*log)->mark() || !(*log)->drop_before((*log)->committed().index)))
      break;
    const auto t = (*log)->durable().t.get();
    if (::write(pipe, &t, sizeof t) != static_cast<ssize_t>(sizeof t))
      break;
  }
  ::_exit(1);
}

/// Runs a child, kills it after `reports` acknowledgements; the greatest one it sent.
std::uint64_t run_and_kill(const std::string& folder, std::uint64_t seed, int reports) {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    append_until_killed(folder, seed, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t last = 0;
  std::uint64_t t = 0;
  while (reports-- > 0 && ::read(ends[0], &t, sizeof t) == static_cast<ssize_t>(sizeof t))
    last = t;
  ::kill(child, SIGKILL);
  while (::read(ends[0], &t, sizeof t) == static_cast<ssize_t>(sizeof t))
    last = t; // acknowledged before the kill
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]);
  CHECK(WIFSIGNALED(status));
  return last;
}

} // namespace

TEST_CASE("kill -9, thirty times: nothing acknowledged is lost") {
  temporary_folder folder;
  const auto path = join(folder.path(), "wal");
  std::uint64_t acknowledged = 0;
  for (std::uint64_t cycle = 1; cycle <= 30; ++cycle) {
    const auto last = run_and_kill(path, cycle * 1000, static_cast<int>(cycle * 7 % 90) + 1);
    acknowledged = std::max(acknowledged, last);
    posix_disk disk;
    const auto committed = read_mark(disk, join(path, "committed"));
    REQUIRE(committed);
    std::string problem;
    const auto found =
        recover(disk, path, options_after_drops(disk, path, 1), *committed,
                {[&](const recovered_entry& e) -> result<void> {
                   const auto t = e.position.t.get();
                   if (e.payload != payload_of(t, static_cast<std::size_t>((t - 1) * 37 % 900)))
                     problem = "entry " + std::to_string(t) + " has other bytes";
                   return {};
                 },
                 {}});
    INFO((found ? problem : found.error().to_string()));
    REQUIRE(found);
    CHECK(problem.empty());
    CHECK(found->last.t.get() >= acknowledged);
    CHECK((*committed)->position.t.get() >= acknowledged);
  }
  CHECK(acknowledged > 300);
}

TEST_CASE("a real file system that is full refuses writes and takes them again") {
  const small_file_system folder(1U << 20U);
  if (!folder.why_not().empty())
    WEFT_SKIP(folder.why_not());
  std::uint64_t done = 0;
  posix_disk disk;
  const auto path = join(folder.path(), "wal");
  const auto ballast = join(folder.path(), "ballast");
  {
    auto file = disk.open(ballast, open_mode::create);
    REQUIRE(file);
    CHECK((*file)->write(0, bytes(600'000, 'x')));
  }
  auto log = segment_log::open(disk, path, small_log(1, segment_bytes));
  REQUIRE(log);
  auto last = append_one(**log, 800);
  for (; last && done < 5000; last = append_one(**log, 800)) {
    REQUIRE((*log)->sync());
    ++done;
  }
  REQUIRE_FALSE(last);
  CHECK(last.error().code == errc::disk_full);
  CHECK((*log)->prepare_next().error().code == errc::disk_full);
  CHECK_FALSE((*log)->failed());
  REQUIRE((*log)->publish_committed((*log)->durable().index));
  CHECK((*log_reader::open(disk, path))->fetch(tx_number(done)));
  CHECK(disk.remove(ballast));
  REQUIRE(append_one(**log, 800));
  REQUIRE((*log)->sync());
  log->reset();
  auto again = segment_log::open(disk, path, small_log(2, segment_bytes));
  REQUIRE(again);
  CHECK((*again)->last().t.get() == done + 1);
}
