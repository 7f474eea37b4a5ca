#include "weft/actors/connector.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weft::actors {

namespace {

/// A socket that closes itself.
class probe_socket {
 public:
  explicit probe_socket(const addrinfo& of)
      : fd_(::socket(of.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, of.ai_protocol)) {}
  probe_socket(const probe_socket&) = delete;
  probe_socket& operator=(const probe_socket&) = delete;
  ~probe_socket() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

/// 0, or the errno that says why not.
int try_one(const addrinfo& where, std::chrono::milliseconds within) {
  const probe_socket probe(where);
  if (probe.get() < 0)
    return errno;
  if (::connect(probe.get(), where.ai_addr, where.ai_addrlen) == 0)
    return 0;
  if (errno != EINPROGRESS)
    return errno;
  pollfd waiting{.fd = probe.get(), .events = POLLOUT, .revents = 0};
  const auto ready = ::poll(&waiting, 1, static_cast<int>(within.count()));
  if (ready < 0)
    return errno;
  if (ready == 0)
    return ETIMEDOUT;
  int why = 0;
  socklen_t size = sizeof why;
  return ::getsockopt(probe.get(), SOL_SOCKET, SO_ERROR, &why, &size) == 0 ? why : errno;
}

tl::unexpected<error> nobody(const listen_address& at, const std::string& why) {
  return fail(errc::unreachable,
              "nobody answers at " + at.to_string() + " (" + why +
                  "); is the node running, and is this its peer address?",
              {{"address", at.to_string()}});
}

} // namespace

result<void> look(const listen_address& at, std::chrono::milliseconds within) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(at.port);
  if (const auto failed = ::getaddrinfo(at.host.c_str(), port.c_str(), &hints, &found); failed != 0)
    return nobody(at, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  int why = 0;
  for (const auto* one = all.get(); one != nullptr; one = one->ai_next) {
    why = try_one(*one, within);
    if (why == 0)
      return {};
  }
  return nobody(at, std::generic_category().message(why));
}

reply<node_reached> connector_state::find(const reach_node& what) {
  if (const auto there = look(what.at, what.within); !there)
    return to_caf(there.error());
  auto door = reach(*system, what.at.host, what.at.port);
  if (!door)
    return to_caf(door.error());
  return node_reached{std::move(*door)};
}

connector_actor::behavior_type connector(pointer<connector_actor, connector_state> self,
                                         actor_system* system) {
  auto& state = self->state;
  state.system = system;
  return {[&state](const reach_node& m) { return state.find(m); }};
}

} // namespace weft::actors
