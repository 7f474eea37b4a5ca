// A descriptor that lines are written to, and that may be stuck: a pipe that nobody reads. Whoever
// writes waits for it once, and only so long; lines that do not go out then are counted and left
// out, until it takes something again. (A terminal, or a pipe that others fill, may take longer.)
//
//   bounded_output out(STDERR_FILENO, 1s);
//   if (const auto lost = out.take_lost()) out.write(line_about(lost));
//   out.write(line);
//
// Its mode is not changed: others may have the same file. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace weft::console {

class bounded_output {
 public:
  bounded_output(int descriptor, std::chrono::milliseconds patience) noexcept
      : descriptor_(descriptor), patience_(patience) {}

  /// Cost: a system call or two for each 4 KiB; at most `patience` when it is stuck, and nothing
  /// more while it stays so. @return whether all of it was written
  bool write(std::string_view line);
  /// Lines that were left out, once it takes something again; else 0.
  [[nodiscard]] std::uint64_t take_lost();

 private:
  using clock = std::chrono::steady_clock;
  [[nodiscard]] bool is_writable(clock::time_point until) const;
  bool give_up(bool in_the_middle);

  int descriptor_;
  std::chrono::milliseconds patience_;
  bool is_stuck_ = false;
  bool is_cut_ = false; ///< the last line has no end
  std::uint64_t lost_ = 0;
};

} // namespace weft::console
