// The sockets of those who come: accepts them on TCP and Unix sockets, and moves their bytes. What
// the bytes mean, the session of each connection knows (core/protocol).
//
//   WEFT_TRY(auto door, edge::open({.address = at, .on_connection = begin_session}));
//   door->stop_listening();   // then, when the sessions have ended:
//   door.reset();             // closes what is left
//
// Bounded: so many connections; each reads on only when its session has taken what was read, and
// while what waits to be written stays below a limit; one that takes nothing for a while is cut,
// and one for which limits::connection_unread_bytes_max wait.
// One thread of its own for all sockets. Thread-safe.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/fabric/byte_connection.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weft::fabric {

class edge {
 public:
  struct options {
    std::optional<listen_address> address = {}; ///< port 0: the system picks one
    std::string socket_path = {};               ///< of a Unix socket; "": none
    std::size_t connections_max = limits::client_connections_default;
    std::size_t unsent_bytes_max = limits::connection_unsent_bytes_max;
    std::chrono::milliseconds stall{limits::connection_stall_us / 1000};
    std::string thread_name = "weft.clients"; ///< at most 15 characters
    /// A client has come. Called by the thread of the edge, does not block.
    std::function<void(std::shared_ptr<byte_connection>)> on_connection;
  };
  struct figures {
    std::size_t open = 0;
    std::uint64_t accepted = 0;
    std::uint64_t turned_away = 0; ///< too many
    std::uint64_t stalled = 0;     ///< cut, because they took nothing
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  };

  /// Opens the sockets and starts the thread. A socket file that nobody listens on any more is
  /// replaced. @errors address_in_use{address}; unreachable{address} for one that is not of this
  /// machine; access_denied; invalid_argument without an address and a path
  [[nodiscard]] static result<std::unique_ptr<edge>> open(options how);
  edge() = default;
  edge(const edge&) = delete;
  edge& operator=(const edge&) = delete;
  /// Closes all sockets; whoever has a connection hears that it broke.
  virtual ~edge() = default;

  /// Nobody is accepted any more. Returns when that is so.
  virtual void stop_listening() = 0;
  /// Where it listens, with the port that was picked.
  [[nodiscard]] virtual std::optional<listen_address> address() const = 0;
  [[nodiscard]] virtual figures counts() const = 0;
};

} // namespace weft::fabric
