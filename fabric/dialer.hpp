// Connections that this process makes to nodes: a thread of its own finds who is there, and moves
// the bytes of what it found.
//
//   WEFT_TRY(const auto by, dialer::start());
//   by->dial({"127.0.0.1", 7402}, 5s, [](result<std::shared_ptr<byte_connection>> made) {...});
//
// Whoever hangs, hangs alone: any number of addresses are tried side by side, each for its time. A
// name is looked up by a thread of its own, for which nobody waits.
// Thread-safe; but destroyed by none of the functions that it calls.
#pragma once

#include "weft/core/cluster/address.hpp"
#include "weft/fabric/byte_connection.hpp"

#include <chrono>

namespace weft::fabric {

class dialer {
 public:
  using told_function = std::function<void(result<std::shared_ptr<byte_connection>>)>;

  /// @errors overloaded: this process has no descriptors, or threads, left
  [[nodiscard]] static result<std::unique_ptr<dialer>> start();
  dialer() = default;
  dialer(const dialer&) = delete;
  dialer& operator=(const dialer&) = delete;
  /// Closes what it made, gives up what it tries, and waits for its thread.
  virtual ~dialer() = default;

  /// Returns at once. `told` is called once, by the thread of the dialer, `within` that time: with
  /// a connection that is to begin, or why there is none. @errors of told: unreachable{address};
  /// overloaded: no descriptors are left
  virtual void dial(const listen_address& at, std::chrono::milliseconds within,
                    told_function told) = 0;
};

} // namespace weft::fabric
