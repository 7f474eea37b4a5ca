// The machine a benchmark runs on, and this process on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace weft::bench {

using clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}
[[nodiscard]] inline double microseconds_since(clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(clock::now() - begin).count();
}

/// "2 cores, AMD EPYC, Linux 6.18, ext4": the class of the machine, no names.
[[nodiscard]] std::string describe_machine(const std::filesystem::path& folder);

/// CPU time of the process so far, all threads, user and system.
[[nodiscard]] double cpu_seconds();
/// Memory of the process that is in RAM now.
[[nodiscard]] std::uint64_t resident_bytes();
/// Bytes a folder takes on disk (blocks, not lengths), files in it included.
[[nodiscard]] std::uint64_t disk_bytes(const std::filesystem::path& folder);

/// Asks for a time slice of 0.1 ms for this thread and those it starts: what waits for a disk is
/// scheduled as soon as the disk is done, also beside busy programs. False where the kernel
/// cannot (before Linux 6.12).
/// @source sched_setattr(2), sched_runtime of SCHED_OTHER
bool ask_for_short_slice() noexcept;

/// A new empty folder below `parent`, removed with its contents in the end.
class scratch_folder {
 public:
  explicit scratch_folder(const std::filesystem::path& parent);
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

} // namespace weft::bench
