// Ends what does not end: tells, by a thread of its own, what is still being waited for when the
// time is over, or somebody is in a hurry.
//
//   end_guard watched(by, [](const std::string& what) { ...; ::_exit(1); });
//   watched.enter("the pages");
//   http.reset();
//   ...                                   // its destructor: all of it ended in time
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace weft::console {

class end_guard {
 public:
  using clock = std::chrono::steady_clock;

  /// `late` is called once at most, with the name that was entered last. `hurry` is asked now and
  /// then whether it is late already; by the thread of the guard, as late is.
  end_guard(
      clock::time_point by, std::function<void(const std::string&)> late,
      std::function<bool()> hurry = [] { return false; })
      : by_(by), late_(std::move(late)), hurry_(std::move(hurry)), thread_([this] { watch(); }) {}
  end_guard(const end_guard&) = delete;
  end_guard& operator=(const end_guard&) = delete;
  ~end_guard() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  /// What is waited for from now on.
  void enter(std::string what) {
    const std::lock_guard lock(mutex_);
    what_ = std::move(what);
  }

 private:
  void watch() {
    constexpr std::chrono::milliseconds ask_every{50};
    std::unique_lock lock(mutex_);
    do {
      const auto next = std::min(by_, clock::now() + ask_every);
      if (wake_.wait_until(lock, next, [this] { return over_; }))
        return;
    } while (clock::now() < by_ && !hurry_());
    const auto what = what_;
    lock.unlock();
    late_(what);
  }

  clock::time_point by_;
  std::function<void(const std::string&)> late_;
  std::function<bool()> hurry_;
  std::mutex mutex_; // guards the two below
  std::string what_;
  bool over_ = false;
  std::condition_variable wake_;
  std::thread thread_; ///< last: it uses all of the above
};

} // namespace weft::console
