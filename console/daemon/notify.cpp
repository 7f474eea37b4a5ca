#include "weft/console/daemon/notify.hpp"

#include "weft/persistence/system.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace weft::console {

namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody changes it
  return text == nullptr ? "" : text;
}

} // namespace

service_manager::service_manager() : socket_(variable("NOTIFY_SOCKET")) {
  const auto text = variable("WATCHDOG_USEC");
  const auto pid = variable("WATCHDOG_PID");
  std::int64_t us = 0;
  std::from_chars(text.data(), text.data() + text.size(), us);
  if (us > 0 && (pid.empty() || pid == persistence::process_id()))
    watchdog_ = std::max(std::chrono::milliseconds(1),
                         std::chrono::milliseconds(us / 2000)); // half of it
}

result<void> service_manager::tell(const std::string& lines) const {
  sockaddr_un at{};
  if (socket_.empty())
    return {};
  const auto failed = [this](int problem) {
    return fail(errc::io_error,
                "cannot tell the service manager at " + socket_ + ": " +
                    std::generic_category().message(problem),
                {{"socket", socket_}});
  };
  if (socket_.size() >= sizeof(at.sun_path))
    return failed(ENAMETOOLONG);
  at.sun_family = AF_UNIX;
  std::ranges::copy(socket_, at.sun_path);
  if (socket_.front() == '@') // in the abstract namespace
    at.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int from = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (from < 0)
    return failed(errno);
  const auto sent = ::sendto(from, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&at), size); // NOLINT: its interface
  const int problem = errno;
  ::close(from);
  return sent < 0 ? result<void>(failed(problem)) : result<void>{};
}

} // namespace weft::console
