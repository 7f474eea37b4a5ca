#include "weft/actors/port_problem.hpp"

#include "weft/core/cluster/address.hpp"

#include <cerrno>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace weft::actors {

namespace {

/// 0, or the errno of taking this port.
int try_port(const addrinfo& at) {
  const int socket = ::socket(at.ai_family, at.ai_socktype | SOCK_CLOEXEC, at.ai_protocol);
  if (socket < 0)
    return errno;
  const int yes = 1; // connections of before are no obstacle
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const bool taken = ::bind(socket, at.ai_addr, at.ai_addrlen) == 0 && ::listen(socket, 1) == 0;
  const int problem = taken ? 0 : errno;
  ::close(socket);
  return problem;
}

errc code_of(int problem) {
  switch (problem) {
  case EADDRINUSE:
    return errc::address_in_use;
  case EACCES:
    return errc::access_denied;
  default:
    return errc::unreachable;
  }
}

} // namespace

error port_problem(const std::string& host, std::uint16_t port) {
  const auto address = listen_address{host, port}.to_string();
  const auto because = [&](errc code, const std::string& why) {
    return error{code, "cannot listen at " + address + ": " + why, {{"address", address}}};
  };
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int told = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (told != 0)
    return because(errc::unreachable, ::gai_strerror(told));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  int problem = 0;
  for (const auto* one = all.get(); one != nullptr && problem == 0; one = one->ai_next)
    problem = try_port(*one);
  return because(code_of(problem), problem == 0 ? "it was in use a moment ago"
                                                : std::generic_category().message(problem));
}

} // namespace weft::actors
