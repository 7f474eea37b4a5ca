#include "application.hpp"

#include <csignal>
#include <cstdio>
#include <thread>

namespace example {

namespace {

sigset_t end_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

} // namespace

void keep_end_signals() {
  const sigset_t set = end_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_end() {
  const sigset_t set = end_signals();
  int got = 0;
  sigwait(&set, &got);
}

weft::result<weft::fabric::remote_database> connect_patiently(weft::actors::actor_system& system,
                                                              const place& where,
                                                              std::string principal,
                                                              std::chrono::seconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  WEFT_TRY(const auto address, weft::parse_address(where.endpoint));
  for (;;) {
    auto db =
        weft::connect(system, where.cluster, {.endpoints = {address}, .principal = principal});
    if (db || !weft::info(db.error().code).retryable || std::chrono::steady_clock::now() > until)
      return db;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

int failed(const char* name, const weft::error& why) {
  std::fprintf(stderr, "%s: %s\n", name, why.to_string().c_str());
  return weft::info(why.code).exit_code;
}

} // namespace example
