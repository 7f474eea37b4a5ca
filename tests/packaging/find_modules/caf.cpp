// Two actors exchange a message; io and openssl are linked and loaded.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>

#include <iostream>

int main() {
  caf::actor_system_config config;
  config.load<caf::io::middleman>().load<caf::openssl::manager>();
  caf::actor_system system(config);
  auto twice = system.spawn([]() -> caf::behavior { return {[](int x) { return 2 * x; }}; });
  caf::scoped_actor self(system);
  int exit_code = 1;
  self->request(twice, caf::infinite, 21)
      .receive(
          [&](int answer) {
            std::cout << "caf " << answer << '\n';
            exit_code = 0;
          },
          [](const caf::error&) {});
  return exit_code;
}
