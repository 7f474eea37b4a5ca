// What a benchmark prints: one row per figure, for people or (--json) one JSON object per line:
//   {"name":"commit.rate","parameters":{"in_flight":64},"value":61000,"unit":"tx/s",
//    "baseline":170000,"baseline_name":"bare log","ratio":0.36,"target":">= 0.30x","reached":true}
// Absent baselines and targets are null. Rows appear as they are measured.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace weft::bench {

struct parameter {
  std::string name;
  std::string value; ///< shown as a number when it is one
};

/// The same thing done by something else, in the same unit, in the same run.
struct baseline {
  std::string name;
  double value;
};

/// A bound on the value, or on value / baseline.
struct target {
  enum class of : std::uint8_t { value, ratio };
  enum class side : std::uint8_t { at_most, at_least };
  of what;
  side bound;
  double limit;
};
[[nodiscard]] constexpr target ratio_at_most(double x) {
  return {target::of::ratio, target::side::at_most, x};
}
[[nodiscard]] constexpr target ratio_at_least(double x) {
  return {target::of::ratio, target::side::at_least, x};
}
[[nodiscard]] constexpr target at_most(double x) {
  return {target::of::value, target::side::at_most, x};
}
[[nodiscard]] constexpr target at_least(double x) {
  return {target::of::value, target::side::at_least, x};
}

struct figure {
  std::string name; ///< "commit.latency_p50"
  std::vector<parameter> parameters = {};
  double value = 0;
  std::string unit; ///< "us", "tx/s", "facts/s", "bytes"
  std::optional<bench::baseline> against = {};
  std::vector<target> aims = {};

  /// value / baseline, or nothing.
  [[nodiscard]] std::optional<double> ratio() const noexcept;
  /// Whether all aims are met; nothing without aims, or with one for a ratio and no baseline.
  [[nodiscard]] std::optional<bool> reached() const noexcept;
};

/// "<= 5, <= 1.5x".
[[nodiscard]] std::string to_string(const std::vector<target>& aims);
/// Three digits and a unit prefix: "83.2", "1.25M".
[[nodiscard]] std::string short_number(double x);

class report {
 public:
  explicit report(bool json) : json_(json) {}
  /// A line of context, for people only.
  void note(const std::string& line) const;
  void add(const figure& row);
  /// Says how many targets were missed. The exit code of a benchmark: always 0, figures are no
  /// tests.
  void finish() const;

 private:
  bool json_;
  std::size_t aimed_ = 0;
  std::size_t missed_ = 0;
};

} // namespace weft::bench
