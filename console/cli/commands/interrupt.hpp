// Ctrl-C as a question: work that can stop between two steps asks whether it should.
#pragma once

namespace weft::console {

/// While it lives, SIGINT, SIGTERM and SIGHUP (unless it is ignored) are remembered instead of
/// ending the process; a second one ends it as usual. One at a time, on the main thread.
class interrupt_guard {
 public:
  interrupt_guard();
  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;
  ~interrupt_guard();
};

/// Whether a signal arrived since the guard was made. Any thread.
[[nodiscard]] bool interrupted() noexcept;

} // namespace weft::console
