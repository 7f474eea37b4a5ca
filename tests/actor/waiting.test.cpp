// How many messages wait for an actor: what all of ours answer.
#include "support/catch.hpp"
#include "support/stepped_system.hpp"

#include "weft/actors/messages.hpp"

using namespace weft;
using namespace std::chrono_literals;

namespace {

actors::child_actor::behavior_type counting(actors::child_actor::pointer /*self*/, int* begun) {
  return {[begun](const actors::start_up&) {
    ++*begun;
    return actors::started{};
  }};
}

struct asked {
  std::optional<std::size_t> waiting;
  std::optional<error> refused;
};

void ask(test::stepped_system& in, const actors::actor& of, asked* to) {
  actors::spawn(
      in.system,
      [](caf::event_based_actor* self, actors::actor whom, asked* told) {
        actors::request_first(
            self, whom, actors::forever, actors::ask_waiting{},
            [told](const actors::waiting_messages& now) { told->waiting = now.count; },
            [told](const error& why) { told->refused = why; });
      },
      of, to);
}

} // namespace

TEST_CASE("waiting: an actor says what waits for it before it looks at any of that") {
  test::stepped_system world(1);
  int begun = 0;
  auto who = actors::spawn(world.system, counting, &begun);
  world.run();
  for (int i = 0; i < 5; ++i)
    actors::send_from_outside(who, actors::start_up{});
  asked told;
  // The question is put while the five wait: nothing of `who` runs until then.
  caf::scoped_actor outside(world.system);
  outside->send<caf::message_priority::high>(actors::untyped(who), actors::ask_waiting{});
  world.run();
  outside->receive([&](const actors::waiting_messages& now) { told.waiting = now.count; });
  CHECK(told.waiting == 5U);
  CHECK(begun == 5); // none was lost
  asked later;
  ask(world, actors::untyped(who), &later);
  world.run();
  CHECK(later.waiting == 0U);
}

TEST_CASE("waiting: what else an actor does not take is refused as before") {
  test::stepped_system world(2);
  int begun = 0;
  auto who = actors::spawn(world.system, counting, &begun);
  std::optional<error> refused;
  actors::spawn(
      world.system,
      [](caf::event_based_actor* self, actors::actor whom, std::optional<error>* to) {
        actors::request(
            self, whom, actors::forever, actors::ask_sample{}, [](const actors::node_sample&) {},
            [to](const error& why) { *to = why; });
      },
      actors::untyped(who), &refused);
  world.run();
  CHECK(refused);
}
