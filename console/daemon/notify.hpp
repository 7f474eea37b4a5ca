// Tells the service manager how the daemon is (sd_notify(3), without its library): datagrams to
// the socket that NOTIFY_SOCKET names. Without it nothing is told. Thread-safe.
//
//   const service_manager manager(environment_text("NOTIFY_SOCKET"), ...);
//   manager.tell("READY=1\nSTATUS=serving");
#pragma once

#include "weft/core/base/result.hpp"

#include <chrono>
#include <optional>

namespace weft::console {

class service_manager {
 public:
  /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of this process say.
  service_manager();

  /// Lines of NAME=VALUE. Cost: a system call, or none. @errors io_error{socket}
  [[nodiscard]] result<void> tell(const std::string& lines) const;
  /// How often "WATCHDOG=1" is wanted; none: never.
  [[nodiscard]] std::optional<std::chrono::milliseconds> watchdog() const noexcept {
    return watchdog_;
  }

 private:
  std::string socket_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

} // namespace weft::console
