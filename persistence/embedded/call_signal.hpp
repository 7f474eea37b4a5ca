// What somebody who waits for a transaction is told, and how they sleep until then.
//
// Who tells something makes a system call only when the waiter sleeps. A few yields before sleeping
// are worth it while few wait; with many, each is a context switch for nothing, so the waiter says
// how many (std::atomic::wait always yields four times).
//
// Waiters that will be answered together sleep together: one system call wakes them all, where one
// for each would cost as much as the rest of a transaction.
//
//   who.signal.wait(0, &company);                                    // each of them
//   for (auto& who : batch) who.signal.tell(call_signal::done);      // who answers
//   company.wake();
#pragma once

#include <atomic>
#include <cstdint>

namespace weft::embedded {

/// Threads that sleep on one word. Any number of sleepers, any number of who wake them.
class sleepers {
 public:
  /// How often they were woken: taken before looking whether there is a reason to sleep.
  [[nodiscard]] std::uint32_t turn() const noexcept { return word_.load() & ~somebody; }
  /// Sleeps, unless they were woken since `turn`. May return early.
  void sleep(std::uint32_t turn) noexcept;
  /// Wakes all who sleep, and keeps awake who is about to sleep with an older turn. A system call
  /// when somebody sleeps.
  void wake() noexcept;

 private:
  static constexpr std::uint32_t somebody = 1; ///< sleeps, or is about to
  static constexpr std::uint32_t one_turn = 2;

  std::atomic<std::uint32_t> word_ = 0;
};

class call_signal {
 public:
  enum told : std::uint32_t { nothing, lead, done };

  /// Waits until something was told, asleep after so many yields; with `company`, if there is one:
  /// then who tells something wakes the company, too. `lead` is forgotten with that, `done` stays.
  /// Any number of threads may wait for `done`, one for both.
  [[nodiscard]] told wait(unsigned yields = 4, sleepers* company = nullptr) noexcept;
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
