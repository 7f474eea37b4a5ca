// Processes beside the benchmark: servers, and work that is measured apart. They die with it.
//
//   auto server = child_process::program({"/usr/bin/redis-server", "--port", "7000"});
//   const double before = cpu_seconds_of(server.id());
//   server.end();                                       // or its destructor
//
// Call while the process has one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace weft::bench {

class child_process {
 public:
  struct options {
    std::string user = {}; ///< whom to be, when this is root and there is such a user
    std::string output = "/dev/null";
  };
  /// Runs a program; words[0] is its path.
  [[nodiscard]] static child_process program(const std::vector<std::string>& words,
                                             const options& how);
  /// Runs a function; the process ends with it, without destructors of its parent's objects.
  [[nodiscard]] static child_process work(const std::function<void()>& what);

  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;
  ~child_process();

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  /// SIGTERM, and SIGKILL when that is not enough within five seconds.
  void end() noexcept;
  /// Waits until it ends by itself. Stops the benchmark when it failed.
  void wait();

 private:
  explicit child_process(pid_t id) : id_(id) {}
  pid_t id_ = -1;
};

/// Runs a program to its end. Stops the benchmark when it fails.
void run_program(const std::vector<std::string>& words, const child_process::options& how);
/// The first of these paths that can be run. Stops the benchmark when none can; `package` is what
/// to install.
[[nodiscard]] std::string find_program(const std::vector<std::string>& paths,
                                       const std::string& package);

/// CPU time of a process and of those it started that live, in seconds.
[[nodiscard]] double cpu_seconds_of(pid_t id);
/// CPU time of each of its threads, by name; of equal names the sum.
[[nodiscard]] std::map<std::string, double> cpu_by_thread(pid_t id);
/// Memory of a process that is in RAM now, in bytes.
[[nodiscard]] std::uint64_t resident_bytes_of(pid_t id);

} // namespace weft::bench
