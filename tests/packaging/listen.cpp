// The example of README.md for applications of actors, which quotes it.
#include "weft/fabric/database.hpp"

#include <cstdio>

using namespace weft;

/// A plain actor: one message for each commit, in order, after it is durable.
caf::behavior telemetry(caf::event_based_actor* self, std::uint64_t commits) {
  return {[self, commits](const wal_batch& commit) {
    for (const auto facts = commit.datoms(); const datom_view& fact : facts.value())
      if (commit.name_of(fact.attribute) == "user/name")
        std::printf("%llu user/name %.*s\n", commit.t().get() + 0ULL,
                    static_cast<int>(fact.value.as_bytes().size()), fact.value.as_bytes().data());
    if (commit.t() == tx_number(commits))
      self->quit();
  }};
}

result<void> run(caf::actor_system& system) {
  WEFT_TRY(auto db, start_local(system, "users", {.folder = "streamed"}));
  const auto sidecar = actors::spawn(system, telemetry, 2);
  WEFT_TRY(const auto stream, db.subscribe_wal(sidecar));
  WEFT_TRY(const auto ada, db.transact(R"([{:user/name "Ada"}])"));
  WEFT_TRY(const auto grace, db.transact(R"([{:user/name "Grace"}])"));
  caf::scoped_actor self(system);
  self->wait_for(sidecar);
  return {};
}

int main() {
  caf::actor_system_config config;
  configure(config); // before the system is made
  caf::actor_system system(config);
  if (const auto done = run(system); !done)
    return std::puts(done.error().to_string().c_str()), 1;
}
