#include "weft/persistence/embedded/call_signal.hpp"

#include "weft/persistence/embedded/system.hpp"

#include <thread>

namespace weft::embedded {

call_signal::told call_signal::wait(unsigned yields) noexcept {
  for (;;) {
    auto now = word_.load(std::memory_order_acquire);
    if (now == done)
      return done;
    if (now == lead) {
      if (word_.compare_exchange_strong(now, nothing, std::memory_order_acquire))
        return lead;
    } else if (yields != 0) {
      --yields;
      std::this_thread::yield();
    } else if (now == asleep || word_.compare_exchange_strong(now, asleep)) {
      sleep_while(word_, asleep);
    }
  }
}

void call_signal::tell(told what) noexcept {
  if (word_.exchange(what, std::memory_order_acq_rel) == asleep)
    wake_all(word_);
}

} // namespace weft::embedded
