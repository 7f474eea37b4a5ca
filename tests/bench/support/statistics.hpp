// Medians and percentiles of small samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace weft::bench {

/// The value below which the share `p` (0 .. 1) of the samples lies; 0 without samples.
[[nodiscard]] inline double percentile(std::vector<double> samples, double p) {
  if (samples.empty())
    return 0;
  const auto at = static_cast<std::size_t>(p * static_cast<double>(samples.size() - 1) + 0.5);
  const auto nth = samples.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(samples.begin(), nth, samples.end());
  return *nth;
}

[[nodiscard]] inline double median(std::vector<double> samples) {
  return percentile(std::move(samples), 0.5);
}

} // namespace weft::bench
