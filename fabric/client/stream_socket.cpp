#include "weft/fabric/client/stream_socket.hpp"

#include "weft/persistence/system.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weft::client {

namespace {

tl::unexpected<error> failed(const endpoint& to, const std::string& reason,
                             errc code = errc::unreachable) {
  return fail(code, "cannot connect to " + to.to_string() + ": " + reason,
              {{"endpoint", to.to_string()}});
}

tl::unexpected<error> failed(const endpoint& to, int code) {
  auto kind = errc::unreachable;
  if (code == EACCES || code == EPERM)
    kind = errc::access_denied;
  else if (code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS)
    kind = errc::overloaded;
  return failed(to, std::system_category().message(code), kind);
}

tl::unexpected<error> broken(int code) {
  return fail(errc::unreachable, "the connection broke: " + std::system_category().message(code));
}

int left_ms(instant deadline) {
  const auto left_us = deadline.get() - persistence::steady_clock_us().get();
  constexpr std::int64_t most_ms = 60'000;
  return static_cast<int>(std::clamp<std::int64_t>((left_us + 999) / 1000, 0, most_ms));
}

struct resolved_deleter {
  void operator()(addrinfo* all) const noexcept { ::freeaddrinfo(all); }
};

} // namespace

stream_socket::stream_socket(stream_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

stream_socket& stream_socket::operator=(stream_socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

stream_socket::~stream_socket() {
  if (fd_ >= 0)
    ::close(fd_);
}

namespace {

/// Waits until the connection is there; 0 or an errno.
int finish(int fd, instant deadline) {
  for (;;) {
    pollfd what{fd, POLLOUT, 0};
    const auto n = ::poll(&what, 1, left_ms(deadline));
    if (n == 0)
      return ETIMEDOUT;
    if (n > 0)
      break;
    if (errno != EINTR)
      return errno;
  }
  int code = 0;
  socklen_t size = sizeof code;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

/// A connected socket, or the negative errno.
int connected(int family, const sockaddr* to, socklen_t size, instant deadline) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -errno;
  int code = 0;
  if (::connect(fd, to, size) != 0)
    code = errno == EINPROGRESS ? finish(fd, deadline) : errno;
  if (code != 0) {
    ::close(fd);
    return -code;
  }
  if (family != AF_UNIX) {
    const int yes = 1;
    static_cast<void>(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes));
  }
  return fd;
}

} // namespace

result<stream_socket> stream_socket::connect(const endpoint& to, instant deadline) {
  if (const auto* path = std::get_if<socket_path>(&to.at)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path->path.size() >= sizeof name.sun_path)
      return failed(to, ENAMETOOLONG);
    std::copy(path->path.begin(), path->path.end(), name.sun_path);
    const int fd =
        connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&name), sizeof name, deadline);
    if (fd < 0)
      return failed(to, -fd);
    return stream_socket(fd);
  }
  const auto& address = std::get<listen_address>(to.at);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(address.port);
  if (const int code = ::getaddrinfo(address.host.c_str(), port.c_str(), &wanted, &found);
      code != 0)
    return failed(to, ::gai_strerror(code));
  const std::unique_ptr<addrinfo, resolved_deleter> all(found);
  int code = EHOSTUNREACH;
  for (const auto* one = all.get(); one != nullptr; one = one->ai_next) {
    const int fd = connected(one->ai_family, one->ai_addr, one->ai_addrlen, deadline);
    if (fd >= 0)
      return stream_socket(fd);
    code = -fd;
  }
  return failed(to, code);
}

stream_socket::ready stream_socket::wait(bool writing, instant deadline) {
  pollfd what{fd_, static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0};
  if (::poll(&what, 1, left_ms(deadline)) <= 0)
    return {};
  // An error shows when it is read.
  return {(what.revents & ~POLLOUT) != 0, (what.revents & POLLOUT) != 0};
}

result<std::size_t> stream_socket::read(std::span<char> into) {
  const auto n = ::recv(fd_, into.data(), into.size(), 0);
  if (n > 0)
    return static_cast<std::size_t>(n);
  if (n == 0)
    return fail(errc::unreachable, "the connection was closed by the other side");
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    return 0;
  return broken(errno);
}

result<std::size_t> stream_socket::write(bytes_view from) {
  const auto n = ::send(fd_, from.data(), from.size(), MSG_NOSIGNAL);
  if (n >= 0)
    return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
    return 0;
  return broken(errno);
}

} // namespace weft::client
