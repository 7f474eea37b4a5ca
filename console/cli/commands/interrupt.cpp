#include "weft/console/cli/commands/interrupt.hpp"

#include <csignal>

namespace weft::console {

namespace {

volatile std::sig_atomic_t arrived = 0; // the only type a handler may write

void remember(int) {
  arrived = 1;
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  // The first signal puts the usual end of the process back. Sleeps and reads are not restarted.
  action.sa_flags = handler == SIG_DFL ? 0 : static_cast<int>(SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  struct sigaction hangup {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) // as nohup wants it
    ::sigaction(SIGHUP, &action, nullptr);
}

} // namespace

interrupt_guard::interrupt_guard() {
  arrived = 0;
  install(&remember);
}

interrupt_guard::~interrupt_guard() {
  install(SIG_DFL);
}

bool interrupted() noexcept {
  return arrived != 0;
}

} // namespace weft::console
