#include "weft/console/http/listener.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weft::console {

namespace {

constexpr int backlog = 64;
constexpr int pause_ms = 50; // while accept() cannot have a descriptor

error failure(const listen_address& at, int problem) {
  const auto address = at.to_string();
  const auto reason = std::generic_category().message(problem);
  switch (problem) {
  case EADDRINUSE:
    return {errc::address_in_use, "another process listens at " + address, {{"address", address}}};
  case EACCES:
    return {
        errc::access_denied, "cannot listen at " + address + ": " + reason, {{"address", address}}};
  default:
    return {errc::io_error, "cannot listen at " + address + ": " + reason, {{"address", address}}};
  }
}

/// A socket that listens there, or minus the errno.
int listen_at(const addrinfo& where) {
  const int socket = ::socket(where.ai_family, where.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                              where.ai_protocol);
  if (socket < 0)
    return -errno;
  const int yes = 1; // a restart does not wait for connections of the process before
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(socket, where.ai_addr, where.ai_addrlen) == 0 && ::listen(socket, backlog) == 0)
    return socket;
  const int problem = errno;
  ::close(socket);
  return -problem;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage at{};
  socklen_t size = sizeof(at);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size); // NOLINT: the system's interface
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(reinterpret_cast<sockaddr*>(&at), size, nullptr, 0, port.data(), // NOLINT: likewise
                port.size(), NI_NUMERICSERV);
  return static_cast<std::uint16_t>(std::stoi(port.data()));
}

} // namespace

result<listener> listener::open(const listen_address& at) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int told = ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &wanted, &found);
  if (told != 0)
    return fail(errc::not_found, at.host + " has no address: " + ::gai_strerror(told),
                {{"address", at.to_string()}});
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  int problem = 0;
  for (const auto* one = all.get(); one != nullptr; one = one->ai_next) {
    const int socket = listen_at(*one);
    if (socket >= 0)
      return listener(socket, ::eventfd(0, EFD_CLOEXEC), port_of(socket));
    problem = -socket;
  }
  return fail(failure(at, problem));
}

listener::listener(listener&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), end_(std::exchange(other.end_, -1)),
      port_(other.port_) {}

listener::~listener() {
  if (socket_ >= 0)
    ::close(socket_);
  if (end_ >= 0)
    ::close(end_);
}

std::optional<int> listener::accept() {
  for (;;) {
    std::array<pollfd, 2> asked = {pollfd{.fd = socket_, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = end_, .events = POLLIN, .revents = 0}};
    ::poll(asked.data(), asked.size(), -1);
    if ((asked[1].revents & POLLIN) != 0)
      return std::nullopt;
    const int made = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (made >= 0)
      return made;
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
      ::poll(&asked[1], 1, pause_ms);
  }
}

void listener::wake() noexcept {
  ::eventfd_write(end_, 1);
}

} // namespace weft::console
