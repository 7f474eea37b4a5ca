// What the parts of a node count while they work, for telemetry. Counting is a relaxed atomic
// addition: nothing waits for it, and no order between two figures is promised.
//
//   figures->committed.add();                       // any thread
//   figures->sync_ns.observe(ns);
//   const auto now = figures->sync_ns.read();       // any thread
#pragma once

#include "weft/actors/stage_times.hpp"
#include "weft/core/base/errc.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::actors {

/// Only grows.
class counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t read() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// The last that was said.
class gauge {
 public:
  void set(std::uint64_t x) noexcept { value_.store(x, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t read() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// How long something took, by powers of two from 16 us to 8.4 s.
class duration_counts {
 public:
  static constexpr std::size_t bounds = 20;
  /// Durations up to this are in bucket i or one before it; the last bucket has no bound.
  [[nodiscard]] static constexpr std::uint64_t bound_ns(std::size_t i) noexcept {
    return 16'000ULL << i;
  }
  struct reading {
    std::array<std::uint64_t, bounds + 1> in = {}; ///< each bucket on its own
    std::uint64_t sum_ns = 0;
  };

  /// Cost: O(1), two relaxed additions.
  void observe(std::uint64_t ns) noexcept {
    std::size_t i = 0;
    while (i < bounds && ns > bound_ns(i))
      ++i;
    in_[i].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(ns, std::memory_order_relaxed);
  }
  [[nodiscard]] reading read() const noexcept {
    reading out;
    for (std::size_t i = 0; i < in_.size(); ++i)
      out.in[i] = in_[i].load(std::memory_order_relaxed);
    out.sum_ns = sum_ns_.load(std::memory_order_relaxed);
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, bounds + 1> in_ = {};
  std::atomic<std::uint64_t> sum_ns_ = 0;
};

/// What is asked of the database for a connection.
enum class query_kind : std::uint8_t { view, read, status };
inline constexpr std::array<std::string_view, 3> query_kinds = {"view", "read", "status"};

/// Of one node. Shared by its parts, whatever restarts.
class node_figures {
 public:
  counter committed;         ///< transactions
  counter committed_bytes;   ///< of their records
  duration_counts commit_ns; ///< from resolving a transaction to its answer
  duration_counts sync_ns;   ///< of the log
  counter log_bytes;         ///< written
  stage_times stages;        ///< CPU time of commits
  counter elections;         ///< that the replica began
  /// By query_kind: from taking a question to its answer.
  std::array<duration_counts, query_kinds.size()> query_ns;
  gauge subscribers; ///< streams of the log that are open
  gauge recovery_ns; ///< of the last opening, and what it found
  gauge recovered_transactions;
  gauge recovered_datoms;

  void answered(query_kind what, std::uint64_t ns) noexcept {
    query_ns[static_cast<std::size_t>(what)].observe(ns);
  }
  void rejected(errc why) noexcept { rejections_.at(place_of(why)).add(); }
  [[nodiscard]] std::uint64_t rejections(errc why) const noexcept {
    return rejections_.at(place_of(why)).read();
  }

 private:
  /// More than there are rows in errc.def.
  static constexpr std::size_t errors_max = 128;
  [[nodiscard]] static std::size_t place_of(errc why) noexcept {
    return static_cast<std::size_t>(&info(why) - all_errc().data());
  }
  std::array<counter, errors_max> rejections_;
};

} // namespace weft::actors
