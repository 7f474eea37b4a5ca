// What the example applications have in common: an actor system, a database of
// another process that may not be there yet, and an end when somebody sends SIGTERM or SIGINT.
#pragma once

#include "weft/fabric/connect.hpp"

#include <chrono>
#include <string>

namespace example {

/// Leaves SIGTERM and SIGINT to wait_for_end(). Before any thread starts.
void keep_end_signals();
/// Until SIGTERM or SIGINT came.
void wait_for_end();

struct settings : caf::actor_system_config {
  settings() { weft::configure(*this); }
};

struct place {
  std::string cluster = "single";
  std::string endpoint = "127.0.0.1:7402"; ///< peer address of a node
};

/// Connects, and goes on trying while nobody is there. @errors as weft::connect
[[nodiscard]] weft::result<weft::fabric::remote_database>
connect_patiently(weft::actors::actor_system& system, const place& where, std::string principal,
                  std::chrono::seconds patience = std::chrono::seconds(30));

/// Prints "NAME: error" on standard error; the exit code for it.
int failed(const char* name, const weft::error& why);

} // namespace example
