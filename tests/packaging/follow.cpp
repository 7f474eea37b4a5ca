// The example of README.md for a database of another process, which quotes it.
#include "weft/fabric/connect.hpp"

#include <cstdio>

using namespace weft;

/// A plain actor; the database it hears is in another process.
caf::behavior sidecar(caf::event_based_actor* /*self*/, std::FILE* out) {
  return {[out](const wal_batch& commit) {
    std::fprintf(out, "%llu: %zu facts\n", commit.t().get() + 0ULL, commit.datoms()->size());
  }};
}

result<void> run(caf::actor_system& system) {
  WEFT_TRY(auto db, connect(system, "users")); // where: options, a config file, WEFT_ENDPOINTS
  const auto who = actors::spawn(system, sidecar, stdout);
  const auto start = stream::start_at::after_t(tx_number(0)); // or after_cursor(what was kept)
  WEFT_TRY(const auto stream, db.subscribe_wal(who, {.start = start}));
  WEFT_TRY(const auto done, db.transact(R"([{:user/name "Ada"}])"));
  std::getchar();
  actors::ask_to_end(who);
  return {};
}

int main() {
  caf::actor_system_config config;
  configure(config); // before the system is made
  caf::actor_system system(config);
  if (const auto done = run(system); !done)
    return std::puts(done.error().to_string().c_str()), 1;
}
