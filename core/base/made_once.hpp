// A value that whoever asks for it first makes, for all who share it.
//
//   mutable made_once<result<record_view>> decoded_;
//   return decoded_.get([this] { return record_view::decode(bytes_); });
//
// Thread-safe. Costs a load when it is made, and no system call when it is made without company,
// which std::call_once does not promise (glibc wakes waiters that are not there).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace weft {

template <class T>
class made_once {
 public:
  made_once() = default;
  made_once(const made_once&) = delete;
  made_once& operator=(const made_once&) = delete;
  ~made_once() = default;

  /// The value; `make()` gives it, once: others wait for that. When it throws, so does this, and
  /// the next one makes it.
  template <class Make>
  const T& get(Make make) {
    if (state_.load(std::memory_order_acquire) != state::made)
      make_or_wait(make);
    return *value_;
  }

 private:
  enum class state : std::uint32_t { none, making, made };

  /// Says how it ended, whatever that was.
  struct attempt {
    made_once* of;
    state ended = state::none;
    explicit attempt(made_once* what) noexcept : of(what) {}
    attempt(const attempt&) = delete;
    attempt& operator=(const attempt&) = delete;
    ~attempt() {
      of->state_.store(ended, std::memory_order_release);
      of->state_.notify_all();
    }
  };

  template <class Make>
  void make_or_wait(Make& make) {
    for (;;) {
      auto seen = state::none;
      if (state_.compare_exchange_strong(seen, state::making, std::memory_order_acquire)) {
        attempt mine(this);
        value_.emplace(make());
        mine.ended = state::made;
        return;
      }
      if (seen == state::made)
        return;
      state_.wait(state::making, std::memory_order_acquire);
    }
  }

  std::atomic<state> state_ = state::none;
  std::optional<T> value_;
};

} // namespace weft
