#include "weft/persistence/system.hpp"

#include "weft/core/base/assert.hpp"

#include <array>
#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace weft::persistence {

namespace {

std::uint64_t read_ns(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

/// How often this process is a child of one that ran this code.
std::atomic<std::uint32_t> forks = 0;

/// Random words of this thread: the kernel is asked once for all of them. A child of fork(2) has
/// its parent's, and must not use them.
class random_words {
 public:
  random_words() {
    [[maybe_unused]] static const int once =
        pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  }
  std::uint64_t take() {
    if (left_ == 0 || of_ != forks.load(std::memory_order_relaxed))
      fill();
    return std::exchange(words_[--left_], 0); // nobody finds it here later
  }

 private:
  void fill() {
    // Up to 256 bytes are never cut short once the kernel's generator is seeded (getrandom(2)).
    static_assert(sizeof words_ <= 256);
    WEFT_ASSERT(getrandom(words_.data(), sizeof words_, 0) == static_cast<ssize_t>(sizeof words_));
    left_ = words_.size();
    of_ = forks.load(std::memory_order_relaxed);
  }

  std::array<std::uint64_t, 32> words_ = {};
  std::size_t left_ = 0;
  std::uint32_t of_ = 0;
};

} // namespace

instant wall_clock_us() {
  return instant(static_cast<std::int64_t>(read_ns(CLOCK_REALTIME) / 1000));
}

instant steady_clock_us() {
  return instant(static_cast<std::int64_t>(read_ns(CLOCK_BOOTTIME) / 1000));
}

std::uint64_t steady_ns() {
  return read_ns(CLOCK_MONOTONIC);
}

std::uint64_t thread_cpu_ns() {
  return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

std::uint64_t random64() {
  thread_local random_words mine;
  return mine.take();
}

std::string process_id() {
  return std::to_string(getpid());
}

void sleep_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void wake_all(const std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

request_id make_id(instant now, std::uint64_t random_high, std::uint64_t random_low) noexcept {
  request_id out;
  auto& octets = out.id.octets;
  const auto ms = static_cast<std::uint64_t>(now.get() / 1000);
  for (unsigned i = 0; i < 6; ++i)
    octets[i] = static_cast<std::uint8_t>(ms >> (40U - 8U * i));
  for (unsigned i = 0; i < 2; ++i)
    octets[6 + i] = static_cast<std::uint8_t>(random_high >> (8U * i));
  for (unsigned i = 0; i < 8; ++i)
    octets[8 + i] = static_cast<std::uint8_t>(random_low >> (8U * i));
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0FU) | 0x70U);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3FU) | 0x80U);
  return out;
}

} // namespace weft::persistence
