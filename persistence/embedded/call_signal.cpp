#include "weft/persistence/embedded/call_signal.hpp"

#include "weft/persistence/system.hpp"

#include <thread>

namespace weft::embedded {

void sleepers::sleep(std::uint32_t turn) noexcept {
  auto expected = turn;
  if (word_.compare_exchange_strong(expected, turn | somebody) || expected == (turn | somebody))
    persistence::sleep_while(word_, turn | somebody);
}

void sleepers::wake() noexcept {
  auto was = word_.load();
  while (!word_.compare_exchange_weak(was, (was & ~somebody) + one_turn)) {
  }
  if ((was & somebody) != 0)
    persistence::wake_all(word_);
}

call_signal::told call_signal::wait(unsigned yields, sleepers* company) noexcept {
  for (;;) {
    const auto turn = company != nullptr ? company->turn() : 0;
    auto now = word_.load(std::memory_order_acquire);
    if (now == done)
      return done;
    if (now == lead) {
      if (word_.compare_exchange_strong(now, nothing, std::memory_order_acquire))
        return lead;
    } else if (yields != 0) {
      --yields;
      std::this_thread::yield();
    } else if (company != nullptr) {
      company->sleep(turn);
    } else if (now == asleep || word_.compare_exchange_strong(now, asleep)) {
      persistence::sleep_while(word_, asleep);
    }
  }
}

void call_signal::tell(told what) noexcept {
  if (word_.exchange(what, std::memory_order_acq_rel) == asleep)
    persistence::wake_all(word_);
}

} // namespace weft::embedded
