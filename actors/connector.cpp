#include "weft/actors/connector.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

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

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// Null when there are none; `failed` says why.
addresses addresses_of(const listen_address& at, int* failed = nullptr) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found);
  if (failed != nullptr)
    *failed = code;
  return {code == 0 ? found : nullptr, &::freeaddrinfo};
}

/// Whether this is a socket whose other end is there. (Both ends of one that was shut down are
/// not.)
bool is_connected(int fd, const addrinfo& to) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the interface wants it
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return false;
  return size == to.ai_addrlen && std::memcmp(&peer, to.ai_addr, size) == 0;
}

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
  int failed = 0;
  const auto all = addresses_of(at, &failed);
  if (failed != 0)
    return nobody(at, ::gai_strerror(failed));
  int why = 0;
  for (const auto* one = all.get(); one != nullptr; one = one->ai_next) {
    why = try_one(*one, within);
    if (why == 0)
      return {};
  }
  return nobody(at, std::generic_category().message(why));
}

void cut_connections(const listen_address& to) {
  const auto all = addresses_of(to);
  std::vector<int> cut;
  std::error_code unreadable;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd", unreadable)) {
    const int fd = std::atoi(each.path().filename().c_str());
    for (const auto* one = all.get(); one != nullptr; one = one->ai_next)
      if (is_connected(fd, *one) && ::shutdown(fd, SHUT_RDWR) == 0)
        cut.push_back(fd);
  }
  constexpr int tries = 500;
  const auto is_there = [&](int fd) {
    for (const auto* one = all.get(); one != nullptr; one = one->ai_next)
      if (is_connected(fd, *one))
        return true;
    return false;
  };
  for (int i = 0; i < tries && std::ranges::any_of(cut, is_there); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

reply<node_reached> connector_state::find(const reach_node& what) {
  if (what.afresh)
    cut_connections(what.at);
  if (!what.at.is_loopback())
    if (const auto there = look(what.at, what.within); !there)
      return to_caf(there.error());
  auto door = reach(*system, what.at.host, what.at.port);
  if (!door)
    return to_caf(nobody(what.at, door.error().detail).value());
  return node_reached{std::move(*door)};
}

connector_actor::behavior_type connector(pointer<connector_actor, connector_state> self,
                                         actor_system* system) {
  auto& state = self->state;
  state.system = system;
  return {[&state](const reach_node& m) { return state.find(m); }};
}

} // namespace weft::actors
