#include "weft/actors/supervisor.hpp"

#include "support/catch.hpp"
#include "support/stepped_system.hpp"

using namespace weft;
using namespace std::chrono_literals;
using actors::child_actor;
using actors::child_spec;
using test::stepped_system;

namespace {

/// What children do is written down here.
using diary = std::shared_ptr<std::vector<std::string>>;

struct noted_end {
  static inline const char* name = "test.child";
  ~noted_end() {
    if (notes)
      notes->push_back("end " + title);
  }
  diary notes;
  std::string title;
};

child_actor::behavior_type child(actors::pointer<child_actor, noted_end> self, std::string title,
                                 diary notes) {
  self->state.notes = std::move(notes);
  self->state.title = std::move(title);
  return {[self](const actors::start_up&) {
    self->state.notes->push_back("begin " + self->state.title);
    return actors::started{};
  }};
}

child_actor::behavior_type deaf_child(child_actor::pointer self, int /*unused*/) {
  self->set_exit_handler([](const caf::exit_msg&) {});
  return {[](const actors::start_up&) { return actors::started{}; }};
}

/// Never says how its children are.
actors::supervisor_actor::behavior_type silent_supervisor(actors::supervisor_actor::pointer self,
                                                          int /*unused*/) {
  return {[](const actors::start_up&) { return actors::started{}; },
          [self](const actors::ask_tree&) {
            return self->make_response_promise<actors::promise<actors::tree>>();
          },
          [](const actors::deadline_passed&) {}};
}

child_actor::behavior_type failing_child(child_actor::pointer /*self*/, errc why) {
  return {[why](const actors::start_up&) -> actors::reply<actors::started> {
    return actors::to_caf(error{why, "no room to begin"});
  }};
}

/// Is never ready.
child_actor::behavior_type slow_child(child_actor::pointer self, int /*unused*/) {
  return {[self](const actors::start_up&) {
    return self->make_response_promise<actors::promise<actors::started>>();
  }};
}

struct tree_fixture {
  explicit tree_fixture(std::uint64_t seed) : world(seed) {}

  child_spec spec(const std::string& name) {
    return {.rule = {.name = name}, .start = [this, name]() -> child_actor {
              return actors::spawn(world.system, child, name, notes);
            }};
  }
  void watch(const actors::actor& who) {
    world.watch(who, [this](std::optional<error> why) {
      ended = true;
      reason = std::move(why);
    });
  }
  actors::supervisor_actor start(std::vector<child_spec> children,
                                 actors::supervision_options how = {}) {
    auto top = actors::spawn_supervisor(world.system, "top", how, std::move(children));
    watch(actors::untyped(top));
    actors::spawn(
        world.system,
        [](caf::event_based_actor* self, actors::actor whom, tree_fixture* to) {
          actors::request(
              self, whom, actors::forever, actors::start_up{},
              [to](const actors::started&) { to->up = true; },
              [to](const error& why) { to->refused = why; });
        },
        actors::untyped(top), this);
    world.run();
    return top;
  }

  stepped_system world;
  diary notes = std::make_shared<std::vector<std::string>>();
  bool up = false;
  bool ended = false;
  std::optional<error> refused;
  std::optional<error> reason;
};

} // namespace

TEST_CASE("supervisor: starts in order, stops in reverse") {
  tree_fixture node(GENERATE(1U, 2U, 3U));
  auto top = node.start({node.spec("a"), node.spec("b"), node.spec("c")});
  CHECK(node.up);
  actors::ask_to_end(actors::untyped(top));
  top = nullptr;
  node.world.run();
  CHECK(*node.notes ==
        std::vector<std::string>{"begin a", "begin b", "begin c", "end c", "end b", "end a"});
  CHECK(node.ended);
  CHECK(!node.reason);
}

TEST_CASE("supervisor: a child that does not end in time is killed") {
  tree_fixture node(2);
  auto top =
      node.start({node.spec("a"),
                  {.rule = {.name = "deaf", .stop_within = 300ms}, .start = [&]() -> child_actor {
                     return actors::spawn(node.world.system, deaf_child, 0);
                   }}});
  REQUIRE(node.up);
  actors::ask_to_end(actors::untyped(top));
  top = nullptr;
  node.world.run();
  CHECK(!node.ended);
  node.world.pass(299ms);
  CHECK(!node.ended);
  node.world.pass(1ms);
  CHECK(node.ended);
  CHECK(node.notes->back() == "end a");
}

TEST_CASE("supervisor: a child that cannot begin is reported to who started it") {
  tree_fixture node(3);
  auto top = node.start({node.spec("a"), {.rule = {.name = "b"}, .start = [&]() -> child_actor {
                                            return actors::spawn(node.world.system, failing_child,
                                                                 errc::disk_full);
                                          }}});
  CHECK(!node.up);
  REQUIRE(node.refused);
  CHECK(node.refused->code == errc::disk_full);
  CHECK(node.refused->detail == "b: no room to begin");
  CHECK(node.ended);
  CHECK(*node.notes == std::vector<std::string>{"begin a", "end a"});
}

TEST_CASE("supervisor: a killed supervisor takes its children along") {
  tree_fixture node(4);
  auto top = node.start({node.spec("a"), node.spec("b")});
  actors::kill(actors::untyped(top));
  top = nullptr;
  node.world.run();
  CHECK(node.ended);
  CHECK(node.notes->size() == 4);
}

TEST_CASE("supervisor: how long a child may take to stop is asked when it is told to") {
  tree_fixture node(9);
  auto within = 100ms;
  const auto deaf = [&]() -> child_actor {
    return actors::spawn(node.world.system, deaf_child, 0);
  };
  auto top = node.start({{.rule = {.name = "deaf", .stop_within = 10ms},
                          .start = deaf,
                          .stop_within = [&] { return within; }}});
  REQUIRE(node.up);
  within = 400ms;
  actors::ask_to_end(actors::untyped(top));
  top = nullptr;
  node.world.run();
  node.world.pass(390ms);
  CHECK(!node.ended);
  node.world.pass(30ms);
  CHECK(node.ended);
}

TEST_CASE("supervisor: a tree is shown in time, whoever below does not answer") {
  tree_fixture node(GENERATE(6U, 7U));
  const auto silent = [&]() -> child_actor {
    return actors::spawn(node.world.system, silent_supervisor, 0);
  };
  const auto inner = [&]() -> child_actor {
    return actors::spawn_supervisor(
        node.world.system, "inner", actors::supervision_options{},
        std::vector<child_spec>{
            {.rule = {.name = "silent"}, .start = silent, .is_supervisor = true},
            node.spec("leaf")});
  };
  auto top = node.start({{.rule = {.name = "inner"}, .start = inner, .is_supervisor = true}});
  REQUIRE(node.up);
  std::optional<actors::tree> shown;
  actors::spawn(
      node.world.system,
      [](caf::event_based_actor* self, actors::actor whom, std::optional<actors::tree>* to) {
        actors::request(
            self, whom, 400ms, actors::ask_tree{400ms}, [to](const actors::tree& t) { *to = t; },
            [](const error&) {});
      },
      actors::untyped(top), &shown);
  node.world.pass(390ms);
  REQUIRE(shown);
  REQUIRE(shown->children.size() == 1);
  REQUIRE(shown->children[0].children.size() == 2); // of inner, although silent said nothing
  top = nullptr;
  node.world.run();
}

TEST_CASE("supervisor: one that is told to end while a supervisor below it begins, just ends") {
  tree_fixture node(GENERATE(1U, 2U, 3U));
  const auto inner = [&]() -> child_actor {
    return actors::spawn_supervisor(
        node.world.system, "inner", actors::supervision_options{},
        std::vector<child_spec>{{.rule = {.name = "slow"}, .start = [&]() -> child_actor {
                                   return actors::spawn(node.world.system, slow_child, 0);
                                 }}});
  };
  auto top = node.start(
      {node.spec("a"), {.rule = {.name = "inner"}, .start = inner, .is_supervisor = true}});
  CHECK(!node.up);
  actors::ask_to_end(actors::untyped(top));
  top = nullptr;
  node.world.run();
  CHECK(node.ended);
  INFO((node.reason ? node.reason->to_string() : "normally"));
  CHECK(!node.reason);
  CHECK(node.notes->back() == "end a");
}

TEST_CASE("supervisor: supervisors in supervisors give up one by one") {
  tree_fixture node(5);
  const auto inner = [&]() -> child_actor {
    return actors::spawn_supervisor(node.world.system, "inner",
                                    actors::supervision_options{.restarts_max = 0},
                                    std::vector<child_spec>{node.spec("leaf")});
  };
  auto top = node.start({{.rule = {.name = "inner"}, .start = inner, .is_supervisor = true}},
                        {.restarts_max = 1});
  const auto kill_leaf = [&] {
    std::optional<actors::tree> shown;
    actors::spawn(
        node.world.system,
        [](caf::event_based_actor* self, actors::actor whom, std::optional<actors::tree>* to) {
          actors::request(
              self, whom, actors::forever, actors::ask_tree{},
              [to](const actors::tree& t) { *to = t; }, [](const error&) {});
        },
        actors::untyped(top), &shown);
    node.world.run();
    REQUIRE(shown);
    REQUIRE(shown->children.size() == 1);
    REQUIRE(shown->children[0].children.size() == 1);
    actors::kill(shown->children[0].children[0].who);
    node.world.run();
  };
  kill_leaf();
  INFO((node.reason ? node.reason->to_string() : "normally"));
  CHECK(!node.ended); // inner was restarted, and leaf with it
  CHECK(node.notes->back() == "begin leaf");
  kill_leaf();
  CHECK(node.ended);
  REQUIRE(node.reason);
  CHECK(node.reason->code == errc::restarts_exceeded);
  CHECK(node.reason->field("child") == "inner");
  top = nullptr;
  node.world.run();
}
