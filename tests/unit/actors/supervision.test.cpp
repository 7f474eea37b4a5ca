#include "weft/actors/supervision.hpp"

#include "support/catch.hpp"

#include <sstream>

using namespace weft;
using namespace std::chrono_literals;
using actors::child_rule;
using actors::restart;
using actors::strategy;
using actors::supervision;
using actors::supervision_options;

namespace {

/// A supervision whose effects are told in words.
class told {
 public:
  explicit told(supervision_options how, std::vector<child_rule> children = three())
      : rules(how, std::move(children)) {}

  static std::vector<child_rule> three() { return {{.name = "a"}, {.name = "b"}, {.name = "c"}}; }

  std::string step(const supervision::event& what) {
    std::ostringstream out;
    for (const auto& effect : rules.step(what, now)) {
      if (out.tellp() > 0)
        out << ", ";
      std::visit([&](const auto& e) { tell(out, e); }, effect);
    }
    return out.str();
  }
  /// All children up.
  void begin() {
    static_cast<void>(step(supervision::begin{}));
    for (std::size_t i = 0; i < rules.size(); ++i)
      static_cast<void>(step(supervision::started{i}));
  }
  std::string fail(std::size_t which) {
    return step(supervision::ended{which, error{errc::no_leader, "killed"}});
  }

  supervision rules;
  supervision::time now{1000};
  std::uint64_t last_stop = 0;

 private:
  void tell(std::ostream& out, const supervision::start_child& e) const {
    out << "start " << rules.rule(e.which).name;
  }
  void tell(std::ostream& out, const supervision::stop_child& e) {
    out << (e.kill ? "kill " : "stop ") << rules.rule(e.which).name;
    last_stop = e.stop;
  }
  static void tell(std::ostream& out, const supervision::ready& /*e*/) { out << "ready"; }
  static void tell(std::ostream& out, const supervision::finished& e) {
    out << "finished" << (e.why ? ": " + std::string(info(e.why->code).name) : "");
  }
};

} // namespace

TEST_CASE("supervision: what fails on its way out is the reason of the end") {
  const auto fail_with = [](told& node, std::size_t which, errc why) {
    return node.step(supervision::ended{which, error{why, "the disk"}});
  };
  for (const bool was_told : {true, false}) {
    told node({});
    node.begin();
    CHECK(node.step(supervision::stop{}) == "stop c");
    const std::size_t failing = was_told ? 2 : 0; // c was told, a not yet
    if (!was_told) {
      CHECK(fail_with(node, failing, errc::storage_failed).empty());
      CHECK(node.step(supervision::ended{2, {}}) == "stop b");
      CHECK(node.step(supervision::ended{1, {}}) == "finished: storage_failed");
    } else {
      CHECK(fail_with(node, failing, errc::storage_failed) == "stop b");
      CHECK(node.step(supervision::ended{1, {}}) == "stop a");
      CHECK(node.step(supervision::ended{0, {}}) == "finished: storage_failed");
    }
  }
}

TEST_CASE("supervision: storage that fails while others are restarted is not started again") {
  told node({.how = strategy::rest_for_one});
  node.begin();
  CHECK(node.fail(0) == "stop c");
  CHECK(node.step(supervision::ended{2, error{errc::storage_failed, "the disk"}}) == "stop b");
  CHECK(node.step(supervision::ended{1, {}}) == "finished: storage_failed");
}

TEST_CASE("supervision: storage that fails before it hears that it is killed, has failed") {
  told node({.how = strategy::rest_for_one});
  node.begin();
  CHECK(node.fail(0) == "stop c");
  CHECK(node.step(supervision::deadline{2, node.last_stop}) == "kill c");
  CHECK(node.step(supervision::ended{2, error{errc::storage_failed, "the disk"}}) == "stop b");
  CHECK(node.step(supervision::ended{1, {}}) == "finished: storage_failed");
}

TEST_CASE("supervision: failed storage is the reason, whatever came before it") {
  told node({.how = strategy::one_for_all, .restarts_max = 0});
  node.begin();
  CHECK(node.fail(0) == "stop c");
  CHECK(node.step(supervision::ended{2, error{errc::storage_failed, "the disk"}}) == "stop b");
  CHECK(node.step(supervision::ended{1, error{errc::no_leader, "the rest"}}) ==
        "finished: storage_failed");
}

TEST_CASE("supervision: what had to be killed to end is no failure") {
  told node({}, {{.name = "a"}});
  node.begin();
  CHECK(node.step(supervision::stop{}) == "stop a");
  CHECK(node.step(supervision::deadline{0, node.last_stop}) == "kill a");
  CHECK(node.fail(0) == "finished");
}

TEST_CASE("supervision: children start in order, each when the one before is up") {
  told node({});
  CHECK(node.step(supervision::begin{}) == "start a");
  CHECK(node.step(supervision::started{0}) == "start b");
  CHECK(node.step(supervision::started{1}) == "start c");
  CHECK(node.step(supervision::started{2}) == "ready");
}

TEST_CASE("supervision: children stop in reverse, one at a time, within a deadline") {
  told node({});
  node.begin();
  CHECK(node.step(supervision::stop{}) == "stop c");
  CHECK(node.step(supervision::ended{2, {}}) == "stop b");
  const auto asked = node.last_stop;
  CHECK(node.step(supervision::deadline{1, asked}) == "kill b");
  CHECK(node.step(supervision::deadline{1, asked}).empty()); // that one is over
  CHECK(node.step(supervision::ended{1, {}}) == "stop a");
  CHECK(node.step(supervision::ended{0, {}}) == "finished");
  CHECK(node.step(supervision::stop{}).empty());
}

TEST_CASE("supervision: what does not end when it is killed is given up, and told") {
  told node({});
  node.begin();
  CHECK(node.step(supervision::stop{}) == "stop c");
  CHECK(node.step(supervision::deadline{2, node.last_stop}) == "kill c");
  CHECK(node.step(supervision::deadline{2, node.last_stop}) == "stop b");
  CHECK(node.step(supervision::ended{1, {}}) == "stop a");
  CHECK(node.step(supervision::ended{0, {}}) ==
        "finished: " + std::string(info(errc::stop_timed_out).name));
}

TEST_CASE("supervision: one_for_one restarts the one that ended") {
  told node({.how = strategy::one_for_one});
  node.begin();
  CHECK(node.fail(1) == "start b");
  CHECK(node.step(supervision::started{1}).empty());
  CHECK(node.rules.restarts(0) == 0);
  CHECK(node.rules.restarts(1) == 1);
}

TEST_CASE("supervision: rest_for_one stops those after it, in reverse, and starts all again") {
  told node({.how = strategy::rest_for_one});
  node.begin();
  CHECK(node.fail(0) == "stop c");
  CHECK(node.step(supervision::ended{2, {}}) == "stop b");
  CHECK(node.step(supervision::ended{1, {}}) == "start a");
  CHECK(node.step(supervision::started{0}) == "start b");
  CHECK(node.step(supervision::started{1}) == "start c");
  CHECK(node.step(supervision::started{2}).empty());
  CHECK(node.fail(2) == "start c");
  CHECK(node.rules.restarts(0) == 1);
  CHECK(node.rules.restarts(2) == 2);
}

TEST_CASE("supervision: one_for_all restarts all") {
  told node({.how = strategy::one_for_all});
  node.begin();
  CHECK(node.fail(1) == "stop c");
  CHECK(node.step(supervision::ended{2, {}}) == "stop a");
  CHECK(node.step(supervision::ended{0, {}}) == "start a");
}

TEST_CASE("supervision: a second one that ends while others stop is not forgotten") {
  told node({.how = strategy::rest_for_one});
  node.begin();
  CHECK(node.fail(1) == "stop c");
  CHECK(node.fail(0).empty()); // c is still stopping
  CHECK(node.step(supervision::ended{2, {}}) == "start a");
  CHECK(node.step(supervision::started{0}) == "start b");
}

TEST_CASE("supervision: more restarts than allowed end it, with the last reason") {
  told node({.restarts_max = 2, .restarts_within = 1000ms});
  node.begin();
  for (int i = 0; i < 2; ++i) {
    CHECK(node.fail(0) == "start a");
    CHECK(node.step(supervision::started{0}).empty());
  }
  CHECK(node.fail(0) == "stop c");
  CHECK(node.step(supervision::ended{2, {}}) == "stop b");
  CHECK(node.step(supervision::ended{1, {}}) == "finished: restarts_exceeded");
}

TEST_CASE("supervision: restarts of long ago do not count") {
  told node({.restarts_max = 1, .restarts_within = 1000ms});
  node.begin();
  for (int i = 0; i < 5; ++i) {
    CHECK(node.fail(0) == "start a");
    static_cast<void>(node.step(supervision::started{0}));
    node.now += 1000ms;
  }
  CHECK(node.fail(0) == "start a");
  node.now += 999ms;
  CHECK(node.fail(0) == "stop c");
}

TEST_CASE("supervision: a child that cannot begin ends the first start, and counts later") {
  told node({.restarts_max = 1});
  CHECK(node.step(supervision::begin{}) == "start a");
  CHECK(node.step(supervision::started{0}) == "start b");
  CHECK(node.fail(1) == "stop a");
  CHECK(node.step(supervision::ended{0, {}}) == "finished: no_leader");

  told later({.restarts_max = 1});
  later.begin();
  CHECK(later.fail(1) == "start b");
  CHECK(later.fail(1) == "stop c");
  CHECK(later.step(supervision::ended{2, {}}) == "stop a");
  CHECK(later.step(supervision::ended{0, {}}) == "finished: restarts_exceeded");
}

TEST_CASE("supervision: failed storage is not restarted") {
  told node({.how = strategy::one_for_all, .restarts_max = 100});
  node.begin();
  CHECK(node.step(supervision::ended{0, error{errc::storage_failed, "a sync failed"}}) == "stop c");
  CHECK(node.step(supervision::ended{2, {}}) == "stop b");
  CHECK(node.step(supervision::ended{1, {}}) == "finished: storage_failed");
}

TEST_CASE("supervision: transient and temporary children") {
  told node({},
            {{.name = "a", .when = restart::transient}, {.name = "b", .when = restart::temporary}});
  node.begin();
  CHECK(node.fail(1).empty());
  CHECK(node.rules.of(1) == supervision::condition::retired);
  CHECK(node.fail(0) == "start a");
  CHECK(node.step(supervision::started{0}).empty());
  CHECK(node.step(supervision::ended{0, {}}).empty());
  CHECK(node.step(supervision::stop{}) == "finished");
}

TEST_CASE("supervision: told to end while it starts") {
  told node({});
  CHECK(node.step(supervision::begin{}) == "start a");
  CHECK(node.step(supervision::stop{}) == "stop a");
  CHECK(node.step(supervision::started{0}).empty()); // it comes late
  CHECK(node.step(supervision::ended{0, {}}) == "finished");
}

TEST_CASE("supervision: without children it is ready at once") {
  told node({}, {});
  CHECK(node.step(supervision::begin{}) == "ready");
  CHECK(node.step(supervision::stop{}) == "finished");
}
