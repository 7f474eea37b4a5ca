// Sockets that take connections, or do not even that, and never say a word.
#pragma once

#include "support/catch.hpp"

#include "weft/core/cluster/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace weft::test {

class silent_listener {
 public:
  silent_listener() { REQUIRE(::listen(fd_, 0) == 0); }
  silent_listener(const silent_listener&) = delete;
  silent_listener& operator=(const silent_listener&) = delete;
  ~silent_listener() {
    for (const int each : waiting_)
      ::close(each);
    ::close(fd_);
  }

  [[nodiscard]] listen_address at() const { return {"127.0.0.1", ntohs(bound_.sin_port)}; }
  /// From now on whoever connects is not even refused: its queue is full.
  void fill() {
    for (int i = 0; i < 4; ++i) {
      waiting_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(::connect(waiting_.back(), address(), sizeof bound_));
    }
  }

 private:
  sockaddr* address() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the interface wants it
    return reinterpret_cast<sockaddr*>(&bound_);
  }
  sockaddr_in bind_any() {
    bound_.sin_family = AF_INET;
    bound_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_, address(), sizeof bound_) == 0);
    socklen_t size = sizeof bound_;
    REQUIRE(::getsockname(fd_, address(), &size) == 0);
    return bound_;
  }

  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in bound_{};
  sockaddr_in named_ = bind_any();
  std::vector<int> waiting_;
};

} // namespace weft::test
