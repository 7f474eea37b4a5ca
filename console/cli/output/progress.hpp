// Progress of long work on stderr: a bar on a terminal (redrawn at most 10 times a second), one
// line per 10 seconds elsewhere.
//
//   progress bar(where, {"import packages.edn", file_bytes, "facts"});
//   bar.update({bytes_done, facts}, now_us);   // as often as you like
//   bar.clear();                               // before other talk on stderr
//
// The clock is the caller's. Confined to one thread.
#pragma once

#include "weft/console/cli/output/terminal.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace weft::console {

/// What is being done.
struct progress_task {
  std::string label;
  std::uint64_t bytes_total = 0; ///< 0: unknown, there is no bar and no ETA
  std::string unit = "facts";
};

/// How far it is.
struct progress_state {
  std::uint64_t bytes_done = 0;
  std::uint64_t units_done = 0;
  std::string_view waits_for = {}; ///< "the node": nothing moves; "": it goes on
};

/// Rate of the last seconds and time left.
class progress_meter {
 public:
  static constexpr std::int64_t window_us = 5'000'000;

  void add(const progress_state& state, std::int64_t now_us);
  /// Units a second over the window; 0 while unknown.
  [[nodiscard]] double units_per_second() const noexcept;
  /// Seconds until `bytes_total` at the rate of the window.
  [[nodiscard]] std::optional<double> seconds_left(std::uint64_t bytes_total) const noexcept;

 private:
  struct sample {
    std::int64_t at_us;
    progress_state state;
  };
  std::deque<sample> samples_;
};

class progress {
 public:
  static constexpr std::int64_t redraw_us = 100'000;
  static constexpr std::int64_t line_us = 10'000'000;

  /// Draws to `descriptor`; nothing at all when `quiet`.
  progress(const terminal& where, progress_task task, int descriptor, bool quiet = false);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { clear(); }

  void update(const progress_state& state, std::int64_t now_us);
  /// Takes the bar off the terminal.
  void clear();

 private:
  void write(std::string_view text) const;

  terminal where_;
  progress_task task_;
  int descriptor_;
  bool quiet_;
  bool drawn_ = false;
  std::optional<std::int64_t> last_us_;
  progress_meter meter_;
};

/// The share `done` of `total` as parts of `progress_parts`: for work whose total is known only
/// once it goes on. More than the total is the total.
inline constexpr std::uint64_t progress_parts = 1'000'000;
[[nodiscard]] std::uint64_t progress_part(std::uint64_t done, std::uint64_t total) noexcept;

/// The text of one moment, at most `columns` wide: the label is shortened first, then the bar, so
/// that the time left is seen. Exposed for tests.
[[nodiscard]] std::string progress_line(const progress_task& task, const progress_state& state,
                                        const progress_meter& meter, std::size_t columns);

/// 75 as "1:15", 3700 as "1:01:40".
[[nodiscard]] std::string human_seconds(double seconds);

} // namespace weft::console
