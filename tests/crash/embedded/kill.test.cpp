// A database that is killed with SIGKILL again and again, at moments it cannot choose. The child
// says what was acknowledged through a pipe; nothing of it may ever be missing.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <csignal>
#include <map>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace weft;
using embedded::database;

/// What the child says for each acknowledged transaction.
struct acknowledgement {
  std::uint64_t t;
  std::int64_t number;
};

constexpr int callers = 4;

/// Runs in the child until it is killed: several callers, each number once.
[[noreturn]] void write_until_killed(const std::string& folder, std::int64_t first, int pipe) {
  auto opened = database::open(folder);
  if (!opened)
    _exit(2);
  auto& db = *opened;
  std::atomic<std::int64_t> next = first;
  std::vector<std::thread> threads;
  threads.reserve(callers);
  for (int i = 0; i < callers; ++i)
    threads.emplace_back([&] {
      for (;;) {
        const auto number = next++;
        const auto done = db.transact(
            tx_request{}.put({{"test/number", number}, {"test/text", std::to_string(number)}}));
        if (!done)
          _exit(3);
        const acknowledgement said{done->t.get(), number};
        if (write(pipe, &said, sizeof said) != sizeof said)
          _exit(4);
      }
    });
  for (auto& t : threads)
    t.join();
  _exit(5);
}

struct child {
  pid_t pid;
  int said;
};

child start(const std::string& folder, std::int64_t first) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const auto pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    close(ends[0]);
    write_until_killed(folder, first, ends[1]);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

/// Reads `count` acknowledgements, kills, and reads what was said before the kill.
void kill_after(child c, std::size_t count, std::map<std::uint64_t, std::int64_t>& acknowledged) {
  acknowledgement said{};
  for (std::size_t n = 0; read(c.said, &said, sizeof said) == sizeof said; ++n) {
    const bool is_new = acknowledged.emplace(said.t, said.number).second;
    CHECK(is_new);
    if (n == count)
      kill(c.pid, SIGKILL);
  }
  close(c.said);
  int status = 0;
  REQUIRE(waitpid(c.pid, &status, 0) == c.pid);
  CHECK(WIFSIGNALED(status));
}

} // namespace

TEST_CASE("kill -9, thirty times: every acknowledged transaction is there, once, whole") {
  const test::temp_folder folder;
  std::map<std::uint64_t, std::int64_t> acknowledged;
  std::uint64_t head = 0;
  for (std::size_t cycle = 0; cycle < 30; ++cycle) {
    const auto first = static_cast<std::int64_t>(cycle) * 1'000'000;
    kill_after(start(folder / "db", first), cycle * 7 % 50, acknowledged);

    auto db = database::open(folder / "db");
    if (!db)
      FAIL(db.error().to_string());
    const auto now = db->view().value();
    CHECK(now.basis().get() >= head);
    head = now.basis().get();
    REQUIRE_FALSE(acknowledged.empty());
    CHECK(head >= acknowledged.rbegin()->first);

    const auto number = now.schema().find("test/number")->id;
    const auto text = now.schema().find("test/text")->id;
    std::map<std::uint64_t, std::int64_t> found;
    auto numbers = now.datoms(index_order::aevt, {.attribute = number});
    REQUIRE(numbers);
    for (const auto& d : *numbers) {
      found.emplace(d.t.get(), d.value.as_long());
      CHECK(now.get(d.entity, text).value()->view().as_bytes() ==
            std::to_string(d.value.as_long()));
    }
    CHECK(found.size() == head); // every t is one whole transaction, none is missing
    for (const auto& [t, what] : acknowledged)
      CHECK(found[t] == what);
  }
}
