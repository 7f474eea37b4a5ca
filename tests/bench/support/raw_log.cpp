#include "support/raw_log.hpp"

#include "support/must.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace weft::bench {

raw_log::raw_log(const std::string& path, std::size_t bytes)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)), bytes_(bytes) {
  must(file_ >= 0, "open " + path);
  const std::string zeros(1U << 20U, '\0');
  for (std::size_t at = 0; at < bytes; at += zeros.size())
    must(::pwrite(file_, zeros.data(), zeros.size(), static_cast<off_t>(at)) ==
             static_cast<ssize_t>(zeros.size()),
         "write " + path);
  must(::fsync(file_) == 0, "fsync " + path);
}

raw_log::~raw_log() {
  ::close(file_);
}

void raw_log::append(std::string_view record) {
  std::unique_lock lock(mutex_);
  const std::uint32_t batch = batch_;
  const bool first = buffer_.empty();
  buffer_.append(record);
  if (first) {
    idle_.wait(lock, [&] { return !writing_; });
    write_batch(std::move(lock), batch);
    return;
  }
  lock.unlock();
  auto& done = done_[batch & 1U];
  for (auto seen = done.load(std::memory_order_acquire); seen < batch;
       seen = done.load(std::memory_order_acquire))
    done.wait(seen, std::memory_order_acquire);
}

void raw_log::write_batch(std::unique_lock<std::mutex> lock, std::uint32_t batch) {
  writing_ = true;
  in_flight_.clear();
  in_flight_.swap(buffer_);
  ++batch_;
  if (offset_ + in_flight_.size() > bytes_)
    offset_ = 0;
  lock.unlock();
  must(::pwrite(file_, in_flight_.data(), in_flight_.size(), static_cast<off_t>(offset_)) ==
           static_cast<ssize_t>(in_flight_.size()),
       "pwrite");
  must(::fdatasync(file_) == 0, "fdatasync");
  lock.lock();
  offset_ += in_flight_.size();
  writing_ = false;
  lock.unlock();
  idle_.notify_one();
  auto& done = done_[batch & 1U];
  done.store(batch, std::memory_order_release);
  done.notify_all();
}

} // namespace weft::bench
