// Where the CPU time of commits goes, by stage. One in so many turns of a thread is measured and
// stands for those that were not: asking the system for the CPU time of a thread costs about as
// much as a small stage.
//
//   const stage_times::span here(figures->stages, commit_stage::apply);   // until the end of scope
//
// A span inside another one takes its time away from it: what comes of a small batch is done in the
// thread of the log, in the middle of its writing (docs/decisions/0145).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::actors {

/// In the order in which a transaction passes them.
enum class commit_stage : std::uint8_t {
  receive, ///< bytes of a connection become requests
  resolve, ///< a request becomes datoms and a record
  write,   ///< records are appended to the log and synced: CPU, not waiting
  apply,   ///< datoms go into the index
  publish, ///< records go to who subscribed
  answer,  ///< who asked is told, its socket is written
};
inline constexpr std::array<std::string_view, 6> commit_stages = {"receive", "resolve", "write",
                                                                  "apply",   "publish", "answer"};

/// Any thread may use it.
class stage_times {
 public:
  /// CPU time of the calling thread, in ns.
  using cpu_clock = std::uint64_t (*)();
  static constexpr std::uint32_t one_in_default = 32;

  stage_times();
  /// One turn in `one_in`, not 0, is measured.
  stage_times(cpu_clock clock, std::uint32_t one_in);

  /// CPU time of a stage, in ns: an estimate from the turns that were measured.
  [[nodiscard]] std::uint64_t read(commit_stage of) const noexcept {
    return ns_[static_cast<std::size_t>(of)].load(std::memory_order_relaxed);
  }

  /// A turn of this thread, or a part of one: what it does while this lives is of that stage.
  /// Spans of a thread end in the reverse order of their beginning.
  /// Cost: some ns; if the turn is measured, one question for the CPU time at each end, and one
  /// more for what a question takes.
  class span {
   public:
    span(stage_times& into, commit_stage what) noexcept;
    span(const span&) = delete;
    span& operator=(const span&) = delete;
    ~span();

   private:
    stage_times* into_;
    commit_stage before_; ///< what this thread was doing
    stage_times* before_of_;
  };

 private:
  void add(commit_stage to, std::uint64_t ns) noexcept;

  const cpu_clock clock_;
  const std::uint32_t one_in_;
  std::array<std::atomic<std::uint64_t>, commit_stages.size()> ns_ = {};
};

} // namespace weft::actors
