// News for one thread that waits for descriptors: any thread posts, the one takes. Posting neither
// blocks nor throws but for memory.
#pragma once

#include <deque>
#include <mutex>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace weft::console {

template <class Event>
class event_queue {
 public:
  event_queue() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  event_queue(const event_queue&) = delete;
  event_queue& operator=(const event_queue&) = delete;
  ~event_queue() { ::close(descriptor_); }

  void post(Event what) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(what));
    ::eventfd_write(descriptor_, 1);
  }
  /// Readable when something was posted and not taken.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::deque<Event> take() {
    const std::lock_guard lock(mutex_);
    eventfd_t unused = 0;
    ::eventfd_read(descriptor_, &unused);
    return std::exchange(waiting_, {});
  }

 private:
  int descriptor_;
  std::mutex mutex_; // guards waiting_
  std::deque<Event> waiting_;
};

} // namespace weft::console
