// A listening TCP socket that can be told to end.
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/cluster/address.hpp"

#include <optional>

namespace weft::console {

class listener {
 public:
  /// The first address of the host that can be had.
  /// @errors address_in_use{address}; access_denied; not_found for a host without an address;
  /// io_error
  [[nodiscard]] static result<listener> open(const listen_address& at);
  listener(listener&& other) noexcept;
  listener& operator=(listener&&) = delete;
  ~listener();

  /// The next connection; none when wake() was called. Waits while the process has no descriptor
  /// left.
  [[nodiscard]] std::optional<int> accept();
  /// accept() returns none from now on. Any thread.
  void wake() noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  listener(int socket, int end, std::uint16_t port) : socket_(socket), end_(end), port_(port) {}

  int socket_;
  int end_; ///< eventfd
  std::uint16_t port_;
};

} // namespace weft::console
