#include "support/clients.hpp"

#include "support/machine.hpp"
#include "support/statistics.hpp"

#include <latch>
#include <thread>

namespace weft::bench {

round run_clients(std::size_t clients, double seconds, const std::function<commit()>& make) {
  std::latch ready(static_cast<std::ptrdiff_t>(clients) + 1);
  std::vector<std::vector<double>> latencies(clients);
  std::vector<std::thread> threads;
  clock::time_point end;
  for (std::size_t i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      const commit once = make();
      auto& mine = latencies[i];
      mine.reserve(static_cast<std::size_t>(seconds * 20'000));
      ready.arrive_and_wait();
      for (auto begin = clock::now(); begin < end;) {
        once();
        const auto done = clock::now();
        mine.push_back(std::chrono::duration<double, std::micro>(done - begin).count());
        begin = done;
      }
    });
  round result;
  const double cpu_before = cpu_seconds();
  const auto begin = clock::now();
  end = begin + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  ready.arrive_and_wait();
  for (auto& thread : threads)
    thread.join();
  result.seconds = seconds_since(begin);
  result.cpu_seconds = cpu_seconds() - cpu_before;
  for (const auto& of_thread : latencies)
    result.latencies_us.insert(result.latencies_us.end(), of_thread.begin(), of_thread.end());
  result.commits = result.latencies_us.size();
  return result;
}

summary summarise(const std::vector<round>& rounds) {
  std::vector<double> rates;
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> cpu;
  for (const round& r : rounds) {
    rates.push_back(r.rate());
    p50.push_back(percentile(r.latencies_us, 0.50));
    p99.push_back(percentile(r.latencies_us, 0.99));
    cpu.push_back(r.cpu_us());
  }
  return {median(rates), median(p50), median(p99), median(cpu)};
}

} // namespace weft::bench
