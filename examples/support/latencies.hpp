// Durations, kept as counts: percentiles to 3 %, whatever the number of samples. Not thread-safe.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace example {

class latencies {
 public:
  void add(std::int64_t us) {
    ++counts_[bucket_of(us < 0 ? 0 : static_cast<std::uint64_t>(us))];
    ++count_;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Microseconds that this share of the samples did not exceed; 0 when there are none.
  [[nodiscard]] std::uint64_t percentile_us(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == count_ && seen > 0))
        return value_of(i);
    }
    return 0;
  }

 private:
  static constexpr unsigned fine_bits = 5; ///< buckets of one power of two: 2^5

  static std::size_t bucket_of(std::uint64_t us) {
    constexpr std::uint64_t fine = 1U << fine_bits;
    if (us < fine)
      return us;
    const auto power = static_cast<unsigned>(std::bit_width(us)) - 1 - fine_bits;
    return (static_cast<std::size_t>(power) << fine_bits) + (us >> power);
  }
  static std::uint64_t value_of(std::size_t bucket) {
    constexpr std::size_t fine = 1U << fine_bits;
    if (bucket < 2 * fine)
      return bucket;
    const auto power = (bucket >> fine_bits) - 1;
    return ((bucket & (fine - 1)) + fine) << power;
  }

  std::array<std::uint64_t, (64U << fine_bits)> counts_ = {};
  std::uint64_t count_ = 0;
};

} // namespace example
