#include "weft/persistence/embedded/call_signal.hpp"

#include "support/catch.hpp"

#include <array>
#include <thread>
#include <vector>

using weft::embedded::call_signal;
using weft::embedded::sleepers;

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
  constexpr int count = 8;
  std::vector<std::thread> waiters;
  waiters.reserve(count);
  for (int i = 0; i < count; ++i)
    waiters.emplace_back([&] { told += signal.wait() == call_signal::done ? 1 : 0; });
  signal.tell(call_signal::done);
  for (auto& waiter : waiters)
    waiter.join();
  CHECK(told == count);
}

TEST_CASE("a company is woken together, and who was not told anything sleeps on") {
  constexpr std::size_t size = 12;
  std::array<call_signal, size> signals;
  sleepers company;
  std::atomic<int> told = 0;
  std::vector<std::thread> waiters;
  for (std::size_t i = 0; i < size; ++i)
    waiters.emplace_back(
        [&, i] { told += signals[i].wait(0, &company) == call_signal::done ? 1 : 0; });
  for (const std::size_t first : {0U, 4U, 8U}) {
    for (std::size_t i = first; i < first + 4; ++i)
      signals[i].tell(call_signal::done);
    company.wake();
    for (std::size_t i = first; i < first + 4; ++i)
      waiters[i].join();
    CHECK(told == static_cast<int>(first) + 4);
  }
}

TEST_CASE("one of a company is told to lead, over and over, while the others wait") {
  constexpr std::uint32_t times = 200;
  call_signal leader;
  call_signal other;
  sleepers company;
  std::atomic<std::uint32_t> led = 0;
  std::thread waits([&] { static_cast<void>(other.wait(0, &company)); });
  std::thread leads([&] {
    while (leader.wait(0, &company) == call_signal::lead) {
      led.fetch_add(1);
      led.notify_one();
    }
  });
  for (std::uint32_t n = 0; n < times; ++n) {
    leader.tell(call_signal::lead);
    company.wake();
    led.wait(n);
  }
  CHECK(led == times);
  leader.tell(call_signal::done);
  other.tell(call_signal::done);
  company.wake();
  leads.join();
  waits.join();
  CHECK(other.is_done());
}

TEST_CASE("who took a turn before it was over does not sleep") {
  sleepers company;
  const auto turn = company.turn();
  company.wake();
  company.sleep(turn); // returns
  CHECK(company.turn() != turn);
  CHECK(company.turn() == company.turn());
}
