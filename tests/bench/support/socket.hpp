// Sockets of this machine, for those who speak to servers of the benchmark.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::bench {

/// A port of the loopback interface that nobody listens on now.
[[nodiscard]] std::uint16_t free_port();

/// A connection that does not block; what is sent is sent whole.
class local_socket {
 public:
  /// Connects, and tries again until somebody listens there. Stops the benchmark after a while.
  [[nodiscard]] static local_socket tcp(std::uint16_t port);
  [[nodiscard]] static local_socket unix_path(const std::string& path);
  local_socket(local_socket&& other) noexcept;
  local_socket& operator=(local_socket&& other) noexcept;
  ~local_socket();

  [[nodiscard]] int descriptor() const noexcept { return fd_; }
  /// Waits while the other side takes nothing.
  void send(std::string_view what);
  /// Appends what is there; false when nothing is.
  bool read_into(std::string& buffer);
  /// Waits until something is there to read.
  void wait() const;

 private:
  explicit local_socket(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// The body of an HTTP page of this machine.
[[nodiscard]] std::string http_page(std::uint16_t port, const std::string& path);

} // namespace weft::bench
