#include "support/process.hpp"

#include "support/machine.hpp"
#include "support/must.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <pwd.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace weft::bench {
namespace {

void become(const std::string& user) {
  if (user.empty() || ::geteuid() != 0)
    return;
  const passwd* who = ::getpwnam(user.c_str());
  if (who != nullptr && ::setgid(who->pw_gid) == 0 && ::initgroups(who->pw_name, who->pw_gid) == 0)
    static_cast<void>(::setuid(who->pw_uid) == 0);
}

/// Nobody is left when the benchmark is gone.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(1);
}

pid_t start(const std::vector<std::string>& words, const child_process::options& how) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  must(child >= 0, "fork");
  if (child != 0)
    return child;
  become(how.user);
  die_with(parent); // after become(), which forgets it
  const int from = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int to = ::open(how.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  ::dup2(from, 0);
  ::dup2(to, 1);
  ::dup2(to, 2);
  std::vector<char*> arguments;
  for (const auto& word : words)
    arguments.push_back(const_cast<char*>(word.c_str())); // NOLINT: execv does not write
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

/// Nanoseconds on a CPU. @source Documentation/scheduler/sched-stats.rst
double on_cpu(const std::filesystem::path& task) {
  double ns = 0;
  std::ifstream(task / "schedstat") >> ns;
  return ns * 1e-9;
}

pid_t parent_of(const std::filesystem::path& process) {
  const auto stat = text_of(process / "stat");
  const auto after_name = stat.rfind(')');
  if (after_name == std::string::npos)
    return 0;
  std::istringstream rest(stat.substr(after_name + 1));
  char state = ' ';
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

std::filesystem::path folder_of(pid_t id) {
  return std::filesystem::path("/proc") / std::to_string(id);
}

} // namespace

child_process child_process::program(const std::vector<std::string>& words, const options& how) {
  return child_process(start(words, how));
}

child_process child_process::work(const std::function<void()>& what) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  must(child >= 0, "fork");
  if (child == 0) {
    die_with(parent);
    what();
    ::_exit(0);
  }
  return child_process(child);
}

child_process::child_process(child_process&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

child_process& child_process::operator=(child_process&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

child_process::~child_process() {
  end();
}

void child_process::end() noexcept {
  if (id_ < 0)
    return;
  ::kill(id_, SIGTERM);
  const auto begin = clock::now();
  while (::waitpid(id_, nullptr, WNOHANG) == 0) {
    if (seconds_since(begin) > 5)
      ::kill(id_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  id_ = -1;
}

void child_process::wait() {
  int status = 0;
  ::waitpid(std::exchange(id_, -1), &status, 0);
  must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process of the benchmark");
}

void run_program(const std::vector<std::string>& words, const child_process::options& how) {
  const pid_t child = start(words, how);
  int status = 0;
  ::waitpid(child, &status, 0);
  must(WIFEXITED(status) && WEXITSTATUS(status) == 0, words[0]);
}

std::string find_program(const std::vector<std::string>& paths, const std::string& package) {
  for (const auto& path : paths)
    if (::access(path.c_str(), X_OK) == 0)
      return path;
  stop(paths.front() + " is not there; install the package " + package);
}

double cpu_seconds_of(pid_t id) {
  double sum = 0;
  for (const auto& [name, seconds] : cpu_by_thread(id))
    sum += seconds;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", gone)) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos && parent_of(entry.path()) == id)
      sum += on_cpu(entry.path());
  }
  return sum;
}

std::map<std::string, double> cpu_by_thread(pid_t id) {
  std::map<std::string, double> out;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(folder_of(id) / "task", gone)) {
    auto name = text_of(task.path() / "comm");
    name.erase(name.find_last_not_of('\n') + 1);
    out[name] += on_cpu(task.path());
  }
  return out;
}

std::uint64_t resident_bytes_of(pid_t id) {
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  std::ifstream(folder_of(id) / "statm") >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace weft::bench
