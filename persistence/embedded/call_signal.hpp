// What somebody who waits for a transaction is told, and how they sleep until then.
//
// Who tells something makes a system call only when the waiter sleeps. A few yields before sleeping
// are worth it while few wait; with many, each is a context switch for nothing, so the waiter says
// how many (std::atomic::wait always yields four times).
#pragma once

#include <atomic>
#include <cstdint>

namespace weft::embedded {

class call_signal {
 public:
  enum told : std::uint32_t { nothing, lead, done };

  /// Waits until something was told, asleep after so many yields. `lead` is forgotten with that,
  /// `done` stays. Any number of threads may wait for `done`, one for both.
  [[nodiscard]] told wait(unsigned yields = 4) noexcept;
  /// Nothing is told after `done`.
  void tell(told what) noexcept;
  [[nodiscard]] bool is_done() const noexcept {
    return word_.load(std::memory_order_acquire) == done;
  }

 private:
  static constexpr std::uint32_t asleep = done + 1;

  std::atomic<std::uint32_t> word_ = nothing;
};

} // namespace weft::embedded
