// A connected TCP or Unix socket that never waits longer than it is told. Blocking, confined to one
// thread.
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/time.hpp"
#include "weft/fabric/client/endpoint.hpp"

#include <span>

namespace weft::client {

class stream_socket {
 public:
  /// Connects before `deadline`, of the steady clock. An address with several numbers is tried one
  /// by one. @errors unreachable{endpoint}; access_denied, overloaded (no descriptors)
  [[nodiscard]] static result<stream_socket> connect(const endpoint& to, instant deadline);

  stream_socket(stream_socket&& other) noexcept;
  stream_socket& operator=(stream_socket&& other) noexcept;
  ~stream_socket();

  /// What came of a wait.
  struct ready {
    bool to_read = false;
    bool to_write = false;
  };
  /// Waits until bytes are there, or (if `writing`) can be sent, or it is `deadline`.
  [[nodiscard]] ready wait(bool writing, instant deadline);
  /// What is there, at most so much; 0 when nothing is. @errors unreachable when it is closed
  [[nodiscard]] result<std::size_t> read(std::span<char> into);
  /// Sends what the system takes now; how much. @errors unreachable when it is closed
  [[nodiscard]] result<std::size_t> write(bytes_view from);
  /// To wait for it beside other things.
  [[nodiscard]] int descriptor() const noexcept { return fd_; }

 private:
  explicit stream_socket(int fd) noexcept : fd_(fd) {}

  int fd_ = -1;
};

} // namespace weft::client
