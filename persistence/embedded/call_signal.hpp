// What somebody who waits for a transaction is told, and how they sleep until then.
//
// A waiter goes to sleep in the kernel at once, and who tells something makes a system call only
// when the waiter sleeps. std::atomic::wait yields a few times before it sleeps: with more threads
// than cores each of these is a context switch.
#pragma once

#include <atomic>
#include <cstdint>

namespace weft::embedded {

class call_signal {
 public:
  enum told : std::uint32_t { nothing, lead, done };

  /// Sleeps until something was told. `lead` is forgotten with that, `done` stays. Any number of
  /// threads may wait for `done`, one for both.
  [[nodiscard]] told wait() noexcept;
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
