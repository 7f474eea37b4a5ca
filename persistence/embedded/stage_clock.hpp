// Time spent in the stages of the commit path: what `database::stages` reports.
#pragma once

#include "weft/persistence/system.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace weft::embedded {

/// CPU time of whoever does the work, but for the last: the wall of driving the port.
enum class stage : std::uint8_t { resolve, encode, append, sync, apply, wake, carry_wall };
inline constexpr std::size_t stage_count = 7;

class stage_clock {
 public:
  /// Nanoseconds by stage, and how much went through.
  struct totals {
    std::array<std::uint64_t, stage_count> ns{};
    std::uint64_t transactions = 0;
    std::uint64_t syncs = 0;
  };

  /// Adds the CPU time of this thread while it lives.
  class span {
   public:
    span(stage_clock& into, stage what)
        : into_(&into), what_(what), begin_(persistence::thread_cpu_ns()) {}
    span(const span&) = delete;
    span& operator=(const span&) = delete;
    ~span() { into_->add(what_, persistence::thread_cpu_ns() - begin_); }

   private:
    stage_clock* into_;
    stage what_;
    std::uint64_t begin_;
  };

  void add(stage what, std::uint64_t ns) noexcept {
    ns_[static_cast<std::size_t>(what)].fetch_add(ns, std::memory_order_relaxed);
  }
  void count(std::uint64_t transactions) noexcept {
    transactions_.fetch_add(transactions, std::memory_order_relaxed);
    syncs_.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] totals read() const noexcept {
    totals out;
    for (std::size_t i = 0; i < stage_count; ++i)
      out.ns[i] = ns_[i].load(std::memory_order_relaxed);
    out.transactions = transactions_.load(std::memory_order_relaxed);
    out.syncs = syncs_.load(std::memory_order_relaxed);
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, stage_count> ns_{};
  std::atomic<std::uint64_t> transactions_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
};

} // namespace weft::embedded
