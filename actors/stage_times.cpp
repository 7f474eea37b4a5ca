#include "weft/actors/stage_times.hpp"

#include "weft/persistence/system.hpp"

#include <algorithm>

namespace weft::actors {

namespace {

/// What this thread does now.
struct turn_of_thread {
  std::uint32_t depth = 0; ///< spans that live
  bool is_measured = false;
  stage_times* of = nullptr; ///< whose stage it is
  commit_stage stage = commit_stage::receive;
  std::uint64_t since = 0;              ///< by the CPU clock
  std::uint64_t asking = 0;             ///< what one question for the time takes now
  std::uint32_t random = 2'463'534'242; ///< not 0
};
thread_local turn_of_thread mine;

/// Marsaglia's xorshift: which turns are measured must not follow a rhythm of the work.
std::uint32_t next_random() noexcept {
  auto& x = mine.random;
  x ^= x << 13U;
  x ^= x >> 17U;
  x ^= x << 5U;
  return x;
}

} // namespace

stage_times::stage_times() : stage_times(persistence::thread_cpu_ns, one_in_default) {}

stage_times::stage_times(cpu_clock clock, std::uint32_t one_in) : clock_(clock), one_in_(one_in) {}

void stage_times::add(commit_stage to, std::uint64_t ns) noexcept {
  ns_[static_cast<std::size_t>(to)].fetch_add((ns - std::min(ns, mine.asking)) * one_in_,
                                              std::memory_order_relaxed);
}

stage_times::span::span(stage_times& into, commit_stage what) noexcept
    : into_(&into), before_(mine.stage), before_of_(mine.of) {
  if (mine.depth++ == 0)
    mine.is_measured = next_random() % into.one_in_ == 0;
  if (!mine.is_measured)
    return;
  auto now = into.clock_();
  if (mine.depth > 1) {
    before_of_->add(before_, now - mine.since);
  } else {
    const auto first = now;
    now = into.clock_();
    mine.asking = now - first;
  }
  mine.of = into_;
  mine.stage = what;
  mine.since = now;
}

stage_times::span::~span() {
  --mine.depth;
  if (!mine.is_measured)
    return;
  const auto now = into_->clock_();
  into_->add(mine.stage, now - mine.since);
  mine.of = before_of_;
  mine.stage = before_;
  mine.since = now;
}

} // namespace weft::actors
