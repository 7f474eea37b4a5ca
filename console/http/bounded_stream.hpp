// A connection as cpp-httplib reads and writes it, with an end to everything: bytes and time of a
// request, time of an answer. A client that is slow, or stops, costs no more than these.
// Confined to the thread that answers the connection. Includes httplib: for sources only.
#pragma once

#include "weft/core/base/limits.hpp"

#include <array>
#include <chrono>
#include <httplib.h>

namespace weft::console {

class bounded_stream final : public httplib::Stream {
 public:
  using clock = std::chrono::steady_clock;

  explicit bounded_stream(int socket) : socket_(socket) {}

  /// Another request may be read now: new bounds.
  void begin_request();
  /// Something was read and not used yet.
  [[nodiscard]] bool has_buffered() const noexcept { return begin_ != end_; }
  /// Why reading ended before the request did.
  [[nodiscard]] bool was_too_large() const noexcept { return too_large_; }
  [[nodiscard]] bool was_too_slow() const noexcept { return too_slow_; }

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* into, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  [[nodiscard]] bool fill();

  int socket_;
  std::array<char, 4096> buffer_ = {};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t read_ = 0; ///< of this request
  clock::time_point read_by_ = {};
  clock::time_point written_by_ = {}; ///< epoch: nothing was written yet
  bool too_large_ = false;
  bool too_slow_ = false;
};

/// Waits until `socket` has any of `events`, or hung up. False when the time is over.
[[nodiscard]] bool wait_for(int socket, short events, bounded_stream::clock::time_point until);

} // namespace weft::console
