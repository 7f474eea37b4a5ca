// What is taken from the operating system.
#include "weft/persistence/system.hpp"

#include "support/catch.hpp"

#include <array>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace weft;

namespace {

constexpr std::size_t many = 100; // more than the kernel is asked for at a time

std::vector<std::uint64_t> draw() {
  std::vector<std::uint64_t> out(many);
  for (auto& one : out)
    one = persistence::random64();
  return out;
}

/// What a child of this process draws, now.
std::vector<std::uint64_t> draw_in_child() {
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const auto child = fork();
  REQUIRE(child >= 0);
  std::vector<std::uint64_t> words(many);
  const auto bytes = words.size() * sizeof words[0];
  if (child == 0) {
    words = draw();
    _exit(write(pipe_ends[1], words.data(), bytes) == static_cast<ssize_t>(bytes) ? 0 : 1);
  }
  REQUIRE(read(pipe_ends[0], words.data(), bytes) == static_cast<ssize_t>(bytes));
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  return words;
}

} // namespace

TEST_CASE("random numbers differ, in threads and in children of the process, too") {
  std::set<std::uint64_t> seen;
  const auto note = [&](const std::vector<std::uint64_t>& words) {
    seen.insert(words.begin(), words.end());
  };
  static_cast<void>(persistence::random64()); // some are left over for the child
  note(draw_in_child());
  note(draw());
  note(draw_in_child());
  std::vector<std::uint64_t> of_thread;
  std::thread([&] { of_thread = draw(); }).join();
  note(of_thread);
  CHECK(seen.size() == 4 * many);
}
