#include "support/machine.hpp"

#include "support/must.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <thread>
#include <unistd.h>

namespace weft::bench {
namespace {

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0)
      return line.substr(line.find(':') + 2);
  return "unknown processor";
}

std::string file_system(const std::filesystem::path& folder) {
  struct statfs stat {};
  must(::statfs(folder.c_str(), &stat) == 0, "statfs");
  switch (stat.f_type) {
  case 0xEF53:
    return "ext4";
  case 0x58465342:
    return "xfs";
  case 0x9123683E:
    return "btrfs";
  case 0x01021994:
    return "tmpfs (NOT a disk: syncs cost nothing here)";
  case 0x794C7630:
    return "overlayfs";
  default:
    return fmt::format("file system {:#x}", stat.f_type);
  }
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

} // namespace

std::string describe_machine(const std::filesystem::path& folder) {
  utsname kernel{};
  ::uname(&kernel);
  return fmt::format("{} cores, {}, {} {}, {}", std::thread::hardware_concurrency(), cpu_model(),
                     kernel.sysname, kernel.release, file_system(folder));
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_bytes() {
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t disk_bytes(const std::filesystem::path& folder) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    struct stat stat {};
    if (entry.is_regular_file() && ::stat(entry.path().c_str(), &stat) == 0)
      sum += static_cast<std::uint64_t>(stat.st_blocks) * 512;
  }
  return sum;
}

bool ask_for_short_slice() noexcept {
  struct {
    std::uint32_t size = 48; // SCHED_ATTR_SIZE_VER0
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 100'000;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  return ::syscall(SYS_sched_setattr, 0, &attributes, 0U) == 0;
}

scratch_folder::scratch_folder(const std::filesystem::path& parent) {
  auto pattern = (parent / "weft-bench-XXXXXX").string();
  must(::mkdtemp(pattern.data()) != nullptr, "mkdtemp " + pattern);
  path_ = pattern;
}

scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

} // namespace weft::bench
