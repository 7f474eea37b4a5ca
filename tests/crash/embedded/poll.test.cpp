// Processes that follow the log of a writer that is killed with SIGKILL again and again: each sees
// every t exactly once, and all of them the same history.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/poller/change_poller.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace weft;
using embedded::database;

constexpr std::size_t kills = 12;
constexpr std::size_t pollers = 4;

/// What a poller says of one event.
struct seen {
  std::uint64_t t;
  std::uint64_t hash;
};

/// Runs in a child until it is killed. Says each t that was acknowledged.
[[noreturn]] void write_until_killed(const std::string& folder, int pipe) {
  auto db = database::open(folder, {.segment_bytes = 8192});
  if (!db)
    _exit(2);
  for (std::int64_t number = 0;; ++number) {
    const auto done = db->transact(
        tx_request{}.put({{"test/number", number}, {"test/text", std::string(200, 'x')}}));
    if (!done)
      _exit(3);
    const auto t = done->t.get();
    if (write(pipe, &t, sizeof t) != sizeof t)
      _exit(4);
  }
}

/// Runs in a child: writes what it sees to a pipe until `stop` is closed and nothing is left. Every
/// second one begins anew from its cursor with each poll, as a process that ran again would.
[[noreturn]] void poll_to_the_end(const std::string& folder, std::size_t which, int stop, int out) {
  auto poller = change_poller(folder).with_batch_limit(1 + which * 7);
  for (bool is_over = false;;) {
    char none = 0;
    is_over = is_over || read(stop, &none, 1) == 0;
    const auto found = poller.poll();
    if (!found && found.error().code == errc::not_a_database && !is_over) {
      usleep(200);
      continue; // nobody has made it yet
    }
    if (!found)
      _exit(static_cast<int>(10 + static_cast<std::size_t>(found.error().code) % 100));
    for (const auto& event : found->events) {
      const seen what{event.t().get(), short_hash(event.chain())};
      if (!event.datoms() || write(out, &what, sizeof what) != sizeof what)
        _exit(5);
    }
    if (is_over && !found->more)
      _exit(0);
    if (which % 2 == 1)
      poller = change_poller::from_cursor(folder, found->next_cursor).with_batch_limit(1 + which);
    if (!found->more)
      usleep(200);
  }
}

struct child {
  pid_t pid;
  int in; ///< what it says
};

template <class Work>
child start(const Work& work) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const auto pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    close(ends[0]);
    work(ends[1]);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

/// Kills a writer after so many acknowledgements; the last t that was acknowledged.
std::uint64_t write_and_kill(const std::string& folder, std::size_t count) {
  const auto writer = start([&](int pipe) { write_until_killed(folder, pipe); });
  std::uint64_t t = 0;
  for (std::size_t n = 0; read(writer.in, &t, sizeof t) == sizeof t; ++n)
    if (n == count)
      kill(writer.pid, SIGKILL);
  close(writer.in);
  int status = 0;
  REQUIRE(waitpid(writer.pid, &status, 0) == writer.pid);
  CHECK(WIFSIGNALED(status));
  return t;
}

/// What is to be seen, by t, from the log itself.
std::vector<std::uint64_t> history(const std::string& folder) {
  std::vector<std::uint64_t> out = {0};
  auto poller = change_poller(folder);
  for (bool more = true; more;) {
    const auto found = poller.poll();
    if (!found)
      FAIL(found.error().to_string());
    for (const auto& event : found->events)
      out.push_back(short_hash(event.chain()));
    more = found->more;
  }
  return out;
}

} // namespace

TEST_CASE("processes that poll see every t once while the writer is killed, twelve times") {
  const test::temp_folder folder;
  const auto data = folder / "db";
  std::array<int, 2> stop{};
  REQUIRE(pipe2(stop.data(), O_NONBLOCK | O_CLOEXEC) == 0);
  std::vector<std::string> files;
  std::vector<pid_t> all;
  for (std::size_t i = 0; i < pollers; ++i) {
    files.push_back(folder / ("seen" + std::to_string(i)));
    const int out = open(files[i].c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(out >= 0);
    const auto pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      close(stop[1]);
      poll_to_the_end(data, i, stop[0], out);
    }
    close(out);
    all.push_back(pid);
  }
  std::uint64_t acknowledged = 0;
  for (std::size_t cycle = 0; cycle < kills; ++cycle)
    acknowledged = write_and_kill(data, 5 + cycle * 13 % 60);
  close(stop[1]);
  for (const auto pid : all) {
    int status = -1;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
  }
  close(stop[0]);

  const auto expected = history(data);
  CHECK(expected.size() > acknowledged);
  for (const auto& file : files) {
    INFO(file);
    const int in = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(in >= 0);
    std::uint64_t last = 0;
    seen what{};
    while (read(in, &what, sizeof what) == sizeof what) {
      REQUIRE(what.t == ++last);
      REQUIRE(last < expected.size());
      CHECK(what.hash == expected[last]);
    }
    close(in);
    CHECK(last >= acknowledged);
    CHECK(last + 1 == expected.size());
  }
}
