// A system that gives no more threads: the database does not open, says why, and opens later.
#include "crash/embedded/small_database.hpp"
#include "support/catch.hpp"

#include "weft/persistence/disk/memory_disk.hpp"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace {

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;
using embedded::database;

constexpr std::size_t transactions = 3;
/// The threads of a database (keeper.hpp).
constexpr rlim_t threads_needed = 3;

const small_script& script() {
  static const small_script made(transactions + 1);
  return made;
}

disk_image closed_database() {
  memory_disk disk;
  auto db = database::open(small_folder, small_options(disk));
  REQUIRE(db);
  for (std::size_t t = 0; t < transactions; ++t)
    REQUIRE(small_script::step(*db, t));
  REQUIRE(db->close());
  return disk.live_image();
}

/// While it lives, no thread finds room for its stack.
class no_stacks {
 public:
  no_stacks() {
    constexpr std::size_t more_than_there_is = std::size_t{1} << 46U;
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    REQUIRE(pthread_attr_setstacksize(&huge, more_than_there_is) == 0);
    REQUIRE(pthread_setattr_default_np(&huge) == 0);
    pthread_attr_destroy(&huge);
  }
  no_stacks(const no_stacks&) = delete;
  no_stacks& operator=(const no_stacks&) = delete;
  ~no_stacks() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_{};
};

/// "" when `disk` does not open now, and says why.
std::string refused(memory_disk& disk) {
  const auto db = database::open(small_folder, small_options(disk));
  if (db)
    return "opened without its threads";
  if (db.error().code != errc::overloaded || db.error().detail.find("thread") == std::string::npos)
    return db.error().to_string();
  return {};
}

/// "" when `disk` opens with everything, and is written to.
std::string whole(memory_disk& disk) {
  auto db = database::open(small_folder, small_options(disk));
  if (!db)
    return db.error().to_string();
  auto problem = script().judge(told_by(*db), transactions, transactions);
  if (problem.empty() && !small_script::step(*db, transactions))
    problem = "takes no transaction";
  return problem;
}

void allow_processes(rlim_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NPROC, &limit);
  limit.rlim_cur = std::min(limit.rlim_max, count);
  setrlimit(RLIMIT_NPROC, &limit);
}

/// How many threads the system gives, up to a few.
rlim_t threads_to_have() {
  std::vector<std::thread> threads;
  std::atomic<bool> end = false;
  try {
    while (threads.size() < 2 * threads_needed)
      threads.emplace_back([&end] { end.wait(false); });
  } catch (const std::system_error&) {
    // that many
  }
  end = true;
  end.notify_all();
  for (auto& t : threads)
    t.join();
  return threads.size();
}

enum class ending : int { well, badly, cannot_try };

/// In a process of its own, with a user of its own whose threads are counted.
ending with_few_threads(const disk_image& image, rlim_t given) {
  constexpr uid_t nobody_else = 54321;
  const bool alone = geteuid() == 0 ? setresuid(nobody_else, nobody_else, nobody_else) == 0
                                    : unshare(CLONE_NEWUSER) == 0;
  allow_processes(1 + given);
  if (!alone || threads_to_have() != given)
    return ending::cannot_try;
  memory_disk disk(image);
  auto problem = refused(disk);
  allow_processes(RLIM_INFINITY);
  if (problem.empty())
    problem = whole(disk);
  if (problem.empty())
    return ending::well;
  std::cerr << "with " << given << " threads: " << problem << '\n';
  return ending::badly;
}

} // namespace

TEST_CASE("a database that gets no thread does not open, and opens when there are some") {
  memory_disk disk(closed_database());
  {
    const no_stacks none;
    CHECK(refused(disk) == no_problem);
    CHECK(refused(disk) == no_problem); // the folder was released
  }
  CHECK(whole(disk) == no_problem);
}

TEST_CASE("a database that gets only some of its threads ends these, and opens later") {
  const auto image = closed_database();
  for (rlim_t given = 0; given < threads_needed; ++given) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
      ::_exit(static_cast<int>(with_few_threads(image, given)));
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    INFO("threads: " << given);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == static_cast<int>(ending::cannot_try))
      WEFT_SKIP("the threads of a user cannot be limited here");
    CHECK(WEXITSTATUS(status) == static_cast<int>(ending::well));
  }
}
