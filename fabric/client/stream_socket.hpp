// A connected TCP or Unix socket that never waits longer than it is told. Blocking, confined to one
// thread.
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/time.hpp"
#include "weft/fabric/client/endpoint.hpp"

#include <optional>
#include <span>
#include <sys/socket.h>
#include <vector>

namespace weft::client {

class stream_socket {
 public:
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
  friend class dialing;
  explicit stream_socket(int fd) noexcept : fd_(fd) {}

  int fd_ = -1;
};

/// A socket on its way to an endpoint: it may be left and come back to. An address with several
/// numbers is tried one by one.
class dialing {
 public:
  /// Finds the numbers of an address: a name that is no number is asked of the system's resolver,
  /// which takes as long as it takes. @errors unreachable{endpoint}
  [[nodiscard]] static result<dialing> begin(const endpoint& to);

  /// The connected socket, or why there is none; nothing: at `until` it is not known yet.
  /// @errors unreachable{endpoint}; access_denied, overloaded (no descriptors)
  [[nodiscard]] std::optional<result<stream_socket>> go_on(instant until);

 private:
  struct number {
    sockaddr_storage at = {};
    socklen_t size = 0;
  };
  explicit dialing(endpoint to) : to_(std::move(to)) {}
  [[nodiscard]] int try_next();
  [[nodiscard]] std::optional<int> finished(instant until) const;

  endpoint to_;
  std::vector<number> numbers_;
  std::size_t next_ = 0;
  stream_socket now_{-1};
  int code_ = 0; ///< why the last one failed
};

} // namespace weft::client
