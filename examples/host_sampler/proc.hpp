// What the kernel says about this machine: files of /proc, read and understood.
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace host {

/// Time that all processors spent, in the kernel's ticks since the machine began.
struct cpu_times {
  std::uint64_t busy = 0;
  std::uint64_t all = 0;
};
struct memory {
  std::int64_t total_bytes = 0;
  std::int64_t available_bytes = 0;
};
/// Bytes since the machine began.
struct disk {
  std::string name;
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
};
struct interface {
  std::string name;
  std::int64_t received_bytes = 0;
  std::int64_t sent_bytes = 0;
};

/// The texts of /proc/stat, meminfo, diskstats and net/dev. What is missing in them is 0, or left
/// out: whole disks that were used, and network interfaces.
[[nodiscard]] cpu_times parse_stat(std::string_view text);
[[nodiscard]] memory parse_meminfo(std::string_view text);
[[nodiscard]] std::vector<disk> parse_diskstats(std::string_view text);
[[nodiscard]] std::vector<interface> parse_net_dev(std::string_view text);

struct figures {
  cpu_times cpu;
  host::memory memory;
  std::vector<disk> disks;
  std::vector<interface> interfaces;
};
/// Reads them. @errors io_error when /proc/stat or meminfo cannot be read; the others may be
/// missing
[[nodiscard]] weft::result<figures> read_figures(const std::string& proc = "/proc");

/// Share of the time between two readings that the processors were busy, 0 to 100.
[[nodiscard]] double busy_percent(const cpu_times& before, const cpu_times& now);

} // namespace host
