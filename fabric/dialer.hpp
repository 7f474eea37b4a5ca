// Connections that this process makes to nodes: a thread of its own finds who is there, and moves
// the bytes of what it found.
//
//   const auto by = dialer::start();
//   by->dial({"127.0.0.1", 7402}, 5s, [](result<std::shared_ptr<byte_connection>> made) {...});
//
// Whoever hangs, hangs alone: any number of addresses are tried side by side, each for its time.
// Thread-safe; but destroyed by none of the functions that it calls.
#pragma once

#include "weft/core/cluster/address.hpp"
#include "weft/fabric/byte_connection.hpp"

#include <chrono>

namespace weft::fabric {

class dialer {
 public:
  using told_function = std::function<void(result<std::shared_ptr<byte_connection>>)>;

  [[nodiscard]] static std::unique_ptr<dialer> start();
  dialer() = default;
  dialer(const dialer&) = delete;
  dialer& operator=(const dialer&) = delete;
  /// Closes what it made, and gives up what it tries; waits for its thread, and while a name is
  /// looked up.
  virtual ~dialer() = default;

  /// Returns at once. `told` is called once, by the thread of the dialer, `within` that time: with
  /// a connection that is to begin, or why there is none. @errors of told: unreachable{address}
  virtual void dial(const listen_address& at, std::chrono::milliseconds within,
                    told_function told) = 0;
};

} // namespace weft::fabric
