#include "weft/persistence/embedded/call_signal.hpp"

#include "support/catch.hpp"

#include <thread>
#include <vector>

using weft::embedded::call_signal;

TEST_CASE("who waits is told to lead, as often as they are, and then that it is done") {
  constexpr std::uint32_t times = 200;
  call_signal signal;
  std::atomic<std::uint32_t> led = 0;
  std::thread waiter([&] {
    while (signal.wait() == call_signal::lead) {
      led.fetch_add(1);
      led.notify_one();
    }
  });
  for (std::uint32_t n = 0; n < times; ++n) {
    signal.tell(call_signal::lead);
    led.wait(n);
  }
  signal.tell(call_signal::done);
  waiter.join();
  CHECK(led == times);
  CHECK(signal.wait() == call_signal::done); // for ever
}

TEST_CASE("everybody who waits is told that it is done, whether they sleep or come later") {
  call_signal signal;
  std::atomic<int> told = 0;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 8; ++i)
    waiters.emplace_back([&] { told += signal.wait() == call_signal::done ? 1 : 0; });
  signal.tell(call_signal::done);
  for (auto& waiter : waiters)
    waiter.join();
  CHECK(told == 8);
}
