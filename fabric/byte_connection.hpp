// A connection with another process, as who talks over it sees it: bytes in order, both ways.
#pragma once

#include "weft/actors/carrier.hpp"
#include "weft/core/base/bytes.hpp"
#include "weft/core/base/result.hpp"

#include <functional>
#include <memory>
#include <string>

namespace weft::fabric {

/// Its functions may be called by any thread, and never block.
class byte_connection {
 public:
  byte_connection() = default;
  byte_connection(const byte_connection&) = delete;
  byte_connection& operator=(const byte_connection&) = delete;
  virtual ~byte_connection() = default;

  /// Who takes its bytes, hears of its end, once, and each time that what waited was sent. Called
  /// by the thread of the sockets; they never block. Begins to read. Call it once. Who hung up
  /// before that hears nothing.
  virtual void begin(
      std::function<void(bytes)> on_bytes, std::function<void(error)> on_broken,
      std::function<void()> on_sent = [] {}) = 0;
  /// Bytes for the other end, in order.
  virtual void write(bytes what) = 0;
  /// Bytes that wait to be sent.
  [[nodiscard]] virtual std::size_t unsent() const = 0;
  /// So many bytes of what it read are done with: it reads on.
  virtual void taken(std::size_t count) = 0;
  /// Closes it when what waits is written, or after a while.
  virtual void hang_up() = 0;
  /// Where the other end is, for logs: "127.0.0.1:52114", "unix".
  [[nodiscard]] virtual std::string peer() const = 0;
};

/// What an actor knows of it.
[[nodiscard]] inline actors::carrier carrier_of(const std::shared_ptr<byte_connection>& socket) {
  return {.write = [socket](bytes what) { socket->write(std::move(what)); },
          .hang_up = [socket] { socket->hang_up(); },
          .taken = [socket](std::size_t count) { socket->taken(count); },
          .unsent = [socket] { return socket->unsent(); },
          .peer = socket->peer()};
}

} // namespace weft::fabric
