#include "weft/actors/log_writer.hpp"

#include "support/catch.hpp"
#include "support/stepped_system.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"

#include <string>
#include <vector>

using namespace weft;
using namespace weft::actors;

namespace {

using diary = std::shared_ptr<std::vector<std::string>>;

/// Writes down what the log writer tells.
raft_election_actor::behavior_type listening(raft_election_actor::pointer /*self*/, diary notes) {
  return {[](const start_up&) { return started{}; },
          [](const lead&) { return leadership{}; },
          [](const ask_raft&) { return raft_figures{}; },
          [](const propose&) {},
          [](const propose_control&) {},
          [notes](const durable& m) {
            notes->push_back("durable " + std::to_string(m.position.index.get()));
          },
          [notes](const dropped& m) { notes->push_back(std::string(info(m.reason.code).name)); }};
}

} // namespace

TEST_CASE("log_writer: more than may wait is written, not dropped behind what was accepted") {
  persistence::simulated_disk disk;
  test::stepped_system world(1);
  const auto notes = std::make_shared<std::vector<std::string>>();
  storage_options how;
  how.folder = "data";
  how.disk = &disk;
  how.clock = [] { return instant(1); };
  how.known = std::make_shared<std::optional<database_id>>();
  const auto writer = spawn(world.system, log_writer, how);
  const auto raft = spawn(world.system, listening, notes);
  send_from_outside(writer, start_up{});
  send_from_outside(writer, attach{raft});
  world.run();
  constexpr std::size_t count = 50; // all of it waits in the mailbox before any is written
  const auto payload = std::make_shared<const bytes>(1'000'000, 'x');
  for (std::size_t i = 0; i < count; ++i)
    send_from_outside(writer, append{epoch{1, 1}, {{entry_kind::no_op, {}, payload}}});
  world.run();
  ask_to_end(untyped(writer));
  ask_to_end(untyped(raft));
  world.run();
  REQUIRE(!notes->empty());
  CHECK(notes->back() == "durable " + std::to_string(count));
  for (const auto& note : *notes)
    CHECK(note.starts_with("durable "));
}
