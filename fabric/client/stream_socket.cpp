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
  std::swap(fd_, other.fd_); // which closes ours
  return *this;
}

stream_socket::~stream_socket() {
  if (fd_ >= 0)
    ::close(fd_);
}

// -- on the way ---

result<dialing> dialing::begin(const endpoint& to) {
  dialing out(to);
  number one;
  if (const auto* path = std::get_if<socket_path>(&to.at)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path->path.size() >= sizeof name.sun_path)
      return failed(to, ENAMETOOLONG);
    std::copy(path->path.begin(), path->path.end(), name.sun_path);
    std::memcpy(&one.at, &name, sizeof name);
    one.size = sizeof name;
    out.numbers_.push_back(one);
    return out;
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
  for (const auto* at = all.get(); at != nullptr; at = at->ai_next) {
    std::memcpy(&one.at, at->ai_addr, at->ai_addrlen);
    one.size = at->ai_addrlen;
    out.numbers_.push_back(one);
  }
  return out;
}

/// Begins to connect to the next number; 0: it is connected; else an errno, EINPROGRESS among them.
int dialing::try_next() {
  const auto& to = numbers_[next_++];
  const int family = to.at.ss_family;
  now_ = stream_socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (now_.fd_ < 0)
    return errno;
  if (family != AF_UNIX) {
    const int yes = 1;
    static_cast<void>(::setsockopt(now_.fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes));
  }
  return ::connect(now_.fd_, reinterpret_cast<const sockaddr*>(&to.at), to.size) == 0 ? 0 : errno;
}

/// 0 or an errno; nothing: not yet.
std::optional<int> dialing::finished(instant until) const {
  pollfd what{now_.fd_, POLLOUT, 0};
  const auto n = ::poll(&what, 1, left_ms(until));
  if (n == 0 || (n < 0 && errno == EINTR))
    return std::nullopt;
  int code = 0;
  socklen_t size = sizeof code;
  return n > 0 && ::getsockopt(now_.fd_, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

std::optional<result<stream_socket>> dialing::go_on(instant until) {
  for (;;) {
    if (now_.fd_ < 0) {
      if (next_ == numbers_.size())
        return failed(to_, code_ == 0 ? EHOSTUNREACH : code_);
      code_ = try_next();
    } else {
      const auto known = finished(until);
      if (!known)
        return std::nullopt;
      code_ = *known;
    }
    if (code_ == 0)
      return std::move(now_);
    if (code_ != EINPROGRESS)
      now_ = stream_socket(-1);
  }
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
