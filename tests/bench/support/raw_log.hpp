// The physical ceiling of durable commits: threads append records to a file that was written
// before, and one fdatasync serves everybody who waits. No index, no encoding, no checks.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

namespace weft::bench {

/// Thread-safe. Overwrites its file from the beginning when it is full.
class raw_log {
 public:
  /// Writes `bytes` zeros to a new file and syncs them, as a recycled segment is.
  raw_log(const std::string& path, std::size_t bytes);
  raw_log(const raw_log&) = delete;
  raw_log& operator=(const raw_log&) = delete;
  ~raw_log();

  /// Returns when the record is on disk. The first to join a batch writes it for all, as soon as
  /// the batch before it is done.
  void append(std::string_view record);

 private:
  void write_batch(std::unique_lock<std::mutex> lock, std::uint32_t batch);

  int file_;
  std::size_t bytes_;
  std::size_t offset_ = 0;
  std::mutex mutex_;
  std::condition_variable idle_; // the writer of the next batch waits here, nobody else
  bool writing_ = false;
  std::uint32_t batch_ = 1; // that is being filled
  std::string buffer_;
  std::string in_flight_;
  std::array<std::atomic<std::uint32_t>, 2> done_{}; // last durable batch, even and odd ones
};

} // namespace weft::bench
