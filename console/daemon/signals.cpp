#include "weft/console/daemon/signals.hpp"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace weft::console {

signal_source::signal_source() {
  sigset_t all;
  ::sigemptyset(&all);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    ::sigaddset(&all, number);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  descriptor_ = ::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  struct sigaction ignored {}; // a connection that is gone is an error of write()
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, nullptr);
}

signal_source::~signal_source() {
  ::close(descriptor_);
}

std::optional<int> signal_source::take() const {
  signalfd_siginfo arrived{};
  if (::read(descriptor_, &arrived, sizeof(arrived)) != sizeof(arrived))
    return std::nullopt;
  return static_cast<int>(arrived.ssi_signo);
}

std::string_view signal_name(int number) noexcept {
  switch (number) {
  case SIGTERM:
    return "TERM";
  case SIGINT:
    return "INT";
  case SIGHUP:
    return "HUP";
  case SIGQUIT:
    return "QUIT";
  default:
    return "unknown";
  }
}

} // namespace weft::console
