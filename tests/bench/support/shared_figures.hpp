// What processes of one benchmark tell each other: counters and latencies in a page they share.
//
//   const shared_page<follower> page;             // before the processes begin
//   auto child = child_process::work([&] { page->latency.add(12.5); ... });
//
// Atomics only; any process, any thread.
#pragma once

#include "support/must.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <sys/mman.h>

namespace weft::bench {

/// A T that processes share that this one starts later.
template <class T>
class shared_page {
 public:
  shared_page()
      : at_(::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    must(at_ != MAP_FAILED, "mmap");
    new (at_) T();
  }
  shared_page(const shared_page&) = delete;
  shared_page& operator=(const shared_page&) = delete;
  ~shared_page() { ::munmap(at_, sizeof(T)); }
  T* operator->() const noexcept { return static_cast<T*>(at_); }
  T& operator*() const noexcept { return *static_cast<T*>(at_); }

 private:
  void* at_;
};

/// How long things took, to within 3 %: from 1 us to an hour.
class latency_histogram {
 public:
  void add(double us) noexcept {
    const double place = std::log2(std::max(us, 1.0)) * steps;
    const auto i = std::min(static_cast<std::size_t>(place), in_.size() - 1);
    in_[i].fetch_add(1, std::memory_order_relaxed);
  }
  void clear() noexcept {
    for (auto& one : in_)
      one.store(0, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& one : in_)
      sum += one.load(std::memory_order_relaxed);
    return sum;
  }
  /// The duration below which the share `p` lies, in microseconds; 0 without any.
  [[nodiscard]] double percentile_us(double p) const noexcept {
    const auto rank = p * static_cast<double>(count());
    double so_far = 0;
    for (std::size_t i = 0; i < in_.size(); ++i) {
      so_far += static_cast<double>(in_[i].load(std::memory_order_relaxed));
      if (so_far > rank)
        return std::exp2((static_cast<double>(i) + 0.5) / steps);
    }
    return 0;
  }

 private:
  static constexpr double steps = 24; ///< of a doubling
  std::array<std::atomic<std::uint64_t>, 768> in_ = {};
};

} // namespace weft::bench
