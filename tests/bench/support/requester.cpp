#include "support/requester.hpp"

#include "support/must.hpp"
#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace weft::bench {
namespace {

/// Waits for whoever has an answer.
class listener {
 public:
  explicit listener(const requesters& all) : all_(&all), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    must(epoll_ >= 0, "epoll_create1");
    for (std::size_t i = 0; i < all.size(); ++i) {
      epoll_event what{};
      what.events = EPOLLIN;
      what.data.u64 = i;
      must(::epoll_ctl(epoll_, EPOLL_CTL_ADD, all[i]->descriptor(), &what) == 0, "epoll_ctl");
    }
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener() { ::close(epoll_); }

  /// Calls `on_answers(place, how many)` for each that had some.
  template <class OnAnswers>
  void wait(std::chrono::nanoseconds within, round& into, OnAnswers on_answers) {
    std::array<epoll_event, 64> ready; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const auto n = wait_events(ready, std::max(within, std::chrono::nanoseconds(0)));
    for (int i = 0; i < n; ++i) {
      const auto place = ready[static_cast<std::size_t>(i)].data.u64;
      const auto before = into.latencies_us.size();
      (*all_)[place]->hear(into.latencies_us);
      on_answers(place, into.latencies_us.size() - before);
    }
  }

 private:
  int wait_events(std::array<epoll_event, 64>& ready, std::chrono::nanoseconds within) const {
    pollfd one{epoll_, POLLIN, 0}; // of epoll_wait only milliseconds can be said
    timespec time{};
    time.tv_sec = within.count() / 1'000'000'000;
    time.tv_nsec = within.count() % 1'000'000'000;
    if (::ppoll(&one, 1, &time, nullptr) <= 0)
      return 0;
    return ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 0);
  }

  const requesters* all_;
  int epoll_;
};

/// After this time without an answer, none will come.
constexpr double patience_s = 30;

} // namespace

round run_closed_loop(requesters& all, std::size_t in_flight, double seconds, pid_t server) {
  listener ears(all);
  round result;
  const double cpu_before = cpu_seconds_of(server);
  const auto begin = clock::now();
  std::size_t under_way = 0;
  for (; under_way < in_flight; ++under_way)
    all[under_way % all.size()]->ask();
  for (auto heard = clock::now(); under_way != 0;) {
    ears.wait(std::chrono::milliseconds(100), result, [&](std::size_t place, std::size_t n) {
      heard = clock::now();
      const bool goes_on = seconds_since(begin) < seconds;
      for (std::size_t i = 0; goes_on && i < n; ++i)
        all[place]->ask();
      under_way -= goes_on ? 0 : n;
    });
    must(seconds_since(heard) < patience_s, "a server: to answer");
  }
  result.seconds = seconds_since(begin);
  result.cpu_seconds = cpu_seconds_of(server) - cpu_before;
  result.commits = result.latencies_us.size();
  return result;
}

round run_paced(requesters& all, double rate, std::size_t in_flight_max, double seconds,
                pid_t server) {
  listener ears(all);
  round result;
  const double cpu_before = cpu_seconds_of(server);
  const auto begin = clock::now();
  const auto total = static_cast<std::size_t>(rate * seconds);
  std::size_t asked = 0;
  const auto due = [&](std::size_t n) {
    return begin +
           std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / rate));
  };
  while (result.latencies_us.size() < total) {
    while (asked < total && asked - result.latencies_us.size() < in_flight_max &&
           clock::now() >= due(asked))
      all[asked++ % all.size()]->ask();
    const bool waits = asked == total || asked - result.latencies_us.size() >= in_flight_max;
    ears.wait(waits ? std::chrono::milliseconds(100) : due(asked) - clock::now(), result,
              [](std::size_t, std::size_t) {});
    must(seconds_since(begin) < seconds * 20 + patience_s, "a server: to keep up");
  }
  result.seconds = seconds_since(begin);
  result.cpu_seconds = cpu_seconds_of(server) - cpu_before;
  result.commits = result.latencies_us.size();
  return result;
}

} // namespace weft::bench
