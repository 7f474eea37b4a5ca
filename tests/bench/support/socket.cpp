#include "support/socket.hpp"

#include "support/machine.hpp"
#include "support/must.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace weft::bench {
namespace {

constexpr double patience_s = 30;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

int connect_patiently(int family, const sockaddr* to, socklen_t size, const std::string& name) {
  const auto begin = clock::now();
  for (;;) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0, "socket");
    if (::connect(fd, to, size) == 0) {
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
      return fd;
    }
    ::close(fd);
    must(seconds_since(begin) < patience_s, "to connect to " + name);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void wait_for(int fd, short what) {
  pollfd one{fd, what, 0};
  must(::poll(&one, 1, static_cast<int>(patience_s * 1000)) > 0, "a server: to answer");
}

} // namespace

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto at = loopback(0);
  socklen_t size = sizeof at;
  must(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
           ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0,
       "to find a port");
  ::close(fd);
  return ntohs(at.sin_port);
}

local_socket local_socket::tcp(std::uint16_t port) {
  const auto at = loopback(port);
  local_socket made(connect_patiently(AF_INET, reinterpret_cast<const sockaddr*>(&at), sizeof at,
                                      "port " + std::to_string(port)));
  const int yes = 1;
  ::setsockopt(made.fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return made;
}

local_socket local_socket::unix_path(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  must(path.size() < sizeof at.sun_path, "a socket path: too long, use --folder");
  std::copy(path.begin(), path.end(), at.sun_path);
  return local_socket(
      connect_patiently(AF_UNIX, reinterpret_cast<const sockaddr*>(&at), sizeof at, path));
}

local_socket::local_socket(local_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

local_socket& local_socket::operator=(local_socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

local_socket::~local_socket() {
  if (fd_ >= 0)
    ::close(fd_);
}

void local_socket::send(std::string_view what) {
  while (!what.empty()) {
    const auto n = ::send(fd_, what.data(), what.size(), MSG_NOSIGNAL);
    must(n > 0 || errno == EAGAIN || errno == EINTR, "send");
    if (n > 0)
      what.remove_prefix(static_cast<std::size_t>(n));
    else
      wait_for(fd_, POLLOUT);
  }
}

bool local_socket::read_into(std::string& buffer) {
  std::array<char, 256U << 10U> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto n = ::recv(fd_, piece.data(), piece.size(), 0);
  must(n != 0, "a server: it hung up; it");
  must(n > 0 || errno == EAGAIN || errno == EINTR, "recv");
  if (n > 0)
    buffer.append(piece.data(), static_cast<std::size_t>(n));
  return n > 0;
}

void local_socket::wait() const {
  wait_for(fd_, POLLIN);
}

std::string http_page(std::uint16_t port, const std::string& path) {
  auto socket = local_socket::tcp(port);
  socket.send("GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  std::string page;
  std::array<char, 64U << 10U> piece; // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (;;) {
    socket.wait();
    const auto n = ::recv(socket.descriptor(), piece.data(), piece.size(), 0);
    if (n <= 0)
      break;
    page.append(piece.data(), static_cast<std::size_t>(n));
  }
  const auto body = page.find("\r\n\r\n");
  return body == std::string::npos ? std::string() : page.substr(body + 4);
}

} // namespace weft::bench
