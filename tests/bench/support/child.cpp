#include "support/child.hpp"

#include "support/machine.hpp"
#include "support/must.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::bench {
namespace {

[[noreturn]] void work_in_child(const std::function<std::vector<double>()>& work, int to) {
  const std::vector<double> numbers = work();
  const auto size = static_cast<ssize_t>(numbers.size() * sizeof(double));
  must(::write(to, numbers.data(), numbers.size() * sizeof(double)) == size, "write to pipe");
  ::raise(SIGKILL);
  std::abort();
}

[[noreturn]] void exec(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str())); // NOLINT: execv does not write
  arguments.push_back(nullptr);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int descriptor : {0, 1, 2})
    ::dup2(nowhere, descriptor);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

} // namespace

std::vector<double> run_and_kill(const std::function<std::vector<double>()>& work) {
  int ends[2];
  must(::pipe2(ends, O_CLOEXEC) == 0, "pipe");
  const pid_t child = ::fork();
  must(child >= 0, "fork");
  if (child == 0)
    work_in_child(work, ends[1]);
  ::close(ends[1]);
  double buffer[64];
  const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  must(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && size > 0, "the child process");
  return {buffer, buffer + static_cast<std::size_t>(size) / sizeof(double)};
}

double time_command(const std::vector<std::string>& words) {
  const auto begin = clock::now();
  const pid_t child = ::fork();
  must(child >= 0, "fork");
  if (child == 0)
    exec(words);
  int status = 0;
  ::waitpid(child, &status, 0);
  must(WIFEXITED(status) && WEXITSTATUS(status) == 0, words[0]);
  return seconds_since(begin);
}

} // namespace weft::bench
