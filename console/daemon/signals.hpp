// The signals a daemon takes, as a descriptor to wait for: TERM and INT (stop), HUP (read the
// configuration again), QUIT (say how you are). Make it before any thread: all of them inherit
// that these signals are blocked.
#pragma once

#include "weft/core/base/result.hpp"

#include <optional>

namespace weft::console {

class signal_source {
 public:
  signal_source();
  signal_source(const signal_source&) = delete;
  signal_source& operator=(const signal_source&) = delete;
  ~signal_source();

  /// Readable when a signal arrived.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// The number of one that arrived; none when there is none.
  [[nodiscard]] std::optional<int> take() const;

 private:
  int descriptor_;
};

/// "TERM".
[[nodiscard]] std::string_view signal_name(int number) noexcept;

} // namespace weft::console
