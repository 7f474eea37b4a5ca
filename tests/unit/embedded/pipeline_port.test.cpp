// The commit pipeline against a port whose events a test tells: when, from which thread, how many
// batches by one. What must hold for every port: one outcome for each transaction, and the right
// one; dense t, in order; nothing visible before its event.
#include "piped_fixture.hpp"

#include <algorithm>
#include <set>

namespace {

using namespace weft;
using embedded::commit_pipeline;
using test::code_of;
using test::outcome;
using test::t_of;

using fixture = test::piped_fixture;

tx_request add_user(const std::string& name) {
  return tx_request{}.put({{"user/name", name}});
}

const error full{errc::disk_full, "no room"};
const error broken{errc::io_error, "the cable"};

} // namespace

TEST_CASE("port: committed at once, by the thread that carries") {
  fixture f;
  f.commit_at_once();
  for (std::uint64_t t = 1; t <= 5; ++t) {
    CHECK(t_of(f.run(add_user("Ada"))) == t);
    CHECK(f.pipeline->current().position == f.port.position(t));
  }
  CHECK(f.port.asked() == 5);
  CHECK(f.leaders.empty());
  CHECK(f.pipeline->times().syncs == 5);
}

TEST_CASE("port: committed later, from another thread; nothing is visible before") {
  fixture f;
  auto ada = f.start(add_user("Ada"));
  f.port.await_accepted(1);
  CHECK(f.pipeline->under_way() == 1);
  CHECK(f.index.open().basis() == tx_number(0));
  CHECK(f.pipeline->current().now.basis() == tx_number(0));
  f.port.commit_all();
  const auto done = ada.get();
  CHECK(t_of(done) == 1);
  CHECK(done->before.basis() == tx_number(0));
  CHECK(done->after.basis() == tx_number(1));
  CHECK(f.pipeline->current().position == f.port.position(1));
}

TEST_CASE("port: one event commits two batches, each with its own position") {
  fixture f;
  for (std::uint64_t t = 1; t < 100; t += 2) {
    const auto run = [&f](const char* name) {
      auto done = f.run(add_user(name));
      const auto now = f.pipeline->current();
      return std::pair(std::move(done), f.port.position(now.now.basis().get()) == now.position);
    };
    auto first = std::async(std::launch::async, run, "Ada");
    f.port.await_accepted(t);
    auto second = std::async(std::launch::async, run, "Bob");
    f.port.await_accepted(t + 1);
    f.port.commit_through(t + 1);
    const auto [ada, ada_agrees] = first.get();
    const auto [bob, bob_agrees] = second.get();
    CHECK(t_of(ada) == t);
    CHECK(ada_agrees);
    CHECK(t_of(bob) == t + 1);
    CHECK(bob_agrees);
    CHECK(bob->before.basis() == ada->t);
  }
  CHECK(f.pipeline->current().position == f.port.position(100));
}

TEST_CASE("port: an event ends what it names; what was accepted after waits for the next") {
  fixture f;
  auto ada = f.start(add_user("Ada"));
  f.port.await_accepted(1);
  auto bob = f.start(add_user("Bob"));
  f.port.await_accepted(2);
  f.port.commit_through(1);
  CHECK(t_of(ada.get()) == 1);
  CHECK(f.index.open().basis() == tx_number(1));
  CHECK(f.pipeline->under_way() == 1);
  f.port.commit_through(2);
  CHECK(t_of(bob.get()) == 2);
}

TEST_CASE("port: a carrier hands over the lead while its batch waits for an event") {
  fixture f;
  const auto ada = *f.pipeline->queue(add_user("Ada"), {});
  f.port.await_accepted(1);
  const auto bob = *f.pipeline->queue(add_user("Bob"), {});
  f.port.await_accepted(2);
  f.port.commit_all();
  CHECK(t_of(commit_pipeline::take(*ada)) == 1);
  CHECK(t_of(commit_pipeline::take(*bob)) == 2);
}

TEST_CASE("port: what is lost before it was written is refused, and t goes on where it was") {
  const auto why = GENERATE(errc::disk_full, errc::overloaded);
  fixture f;
  auto ada = f.start(add_user("Ada"));
  f.port.await_accepted(1);
  f.port.lose({why, "not now"});
  CHECK(code_of(ada.get()) == why);
  CHECK_FALSE(f.pipeline->failure());
  CHECK(f.index.open().basis() == tx_number(0));
  f.commit_at_once(); // there is room again
  CHECK(t_of(f.run(add_user("Bob"))) == 1);
}

TEST_CASE("port: a proposal that finds the disk full is made again when there is room") {
  fixture f;
  f.commit_at_once();
  std::size_t looked = 0;
  f.port.on_look = [&] { ++looked; };
  f.port.refuse(full);
  CHECK(t_of(f.run(add_user("Ada"))) == 1);
  CHECK(looked == 1);
  f.port.on_look = [&] { f.port.refuse(full); };
  f.port.refuse(full);
  CHECK(code_of(f.run(add_user("Bob"))) == errc::disk_full);
  f.port.on_look = {};
  CHECK(t_of(f.run(add_user("Bob"))) == 2);
}

TEST_CASE("port: after an error of the storage the outcome is unknown, and nothing is proposed") {
  fixture f;
  auto ada = f.start(add_user("Ada"));
  f.port.await_accepted(1);
  f.port.lose(broken);
  const auto unknown = ada.get();
  CHECK(code_of(unknown) == errc::outcome_unknown);
  CHECK(unknown.error().detail.find("the cable") != std::string::npos);
  f.commit_at_once();
  for (int i = 0; i < 3; ++i)
    CHECK(code_of(f.run(add_user("Bob"))) == errc::storage_failed);
  CHECK(f.port.asked() == 1);
  REQUIRE(f.pipeline->failure());
  CHECK(f.pipeline->failure()->detail.find("the cable") != std::string::npos);
}

TEST_CASE("port: a loss that is not the storage's leaves its outcome unknown and nothing else") {
  fixture f;
  auto ada = f.start(add_user("Ada"));
  f.port.await_accepted(1);
  f.port.lose({errc::closed, "another leads"});
  CHECK(code_of(ada.get()) == errc::outcome_unknown);
  CHECK_FALSE(f.pipeline->failure());
  f.commit_at_once();
  CHECK(t_of(f.run(add_user("Bob"))) == 1);
}

TEST_CASE("port: a loss ends every batch on its way but those that were told") {
  fixture f;
  std::vector<std::future<outcome>> all;
  for (std::size_t n = 1; n <= 4; ++n) {
    all.push_back(f.start(add_user("Ada")));
    f.port.await_accepted(n);
  }
  f.port.commit_through(2);
  f.port.lose(full);
  CHECK(t_of(all[0].get()) == 1);
  CHECK(t_of(all[1].get()) == 2);
  CHECK(code_of(all[2].get()) == errc::disk_full);
  CHECK(code_of(all[3].get()) == errc::disk_full);
  f.commit_at_once();
  CHECK(t_of(f.run(add_user("Bob"))) == 3);
}

TEST_CASE("port: what it refuses for now is refused with its reason, and writing goes on") {
  for (const auto code : {errc::overloaded, errc::closed}) {
    fixture f;
    f.commit_at_once();
    f.port.refuse({code, "later"});
    const auto refused = f.run(add_user("Ada"));
    CHECK(code_of(refused) == code);
    CHECK(refused.error().detail == "later");
    CHECK_FALSE(f.pipeline->failure());
    CHECK(t_of(f.run(add_user("Bob"))) == 1);
  }
}

TEST_CASE("port: what it refuses for good is not asked again") {
  fixture f;
  f.commit_at_once();
  f.port.refuse({errc::storage_failed, "the cable"});
  for (int i = 0; i < 3; ++i) {
    const auto refused = f.run(add_user("Ada"));
    CHECK(code_of(refused) == errc::storage_failed);
    CHECK(refused.error().detail.find("the cable") != std::string::npos);
  }
  CHECK(f.port.asked() == 1);
}

TEST_CASE("port: what fails beside it refuses the next transaction") {
  fixture f;
  f.commit_at_once();
  CHECK(t_of(f.run(add_user("Ada"))) == 1);
  f.port.fail_beside(broken);
  const auto refused = f.run(add_user("Bob"));
  CHECK(code_of(refused) == errc::storage_failed);
  CHECK(refused.error().detail.find("the cable") != std::string::npos);
  CHECK(f.port.asked() == 1);
}

TEST_CASE("port: a refused batch waits for those before it, and takes back what is on top of it") {
  for (int i = 0; i < 20; ++i) {
    std::promise<void> resolved;
    std::vector<std::uint64_t> saw;
    fixture f([&](const function_call& call) {
      saw.push_back(call.before.basis().get());
      if (saw.size() == 1)
        resolved.set_value();
      return tx_request{}.put({{"user/name", "Eve"}});
    });
    auto ada = f.start(add_user("Ada"));
    f.port.await_accepted(1);
    f.port.refuse({errc::overloaded, "later"});
    auto bob = f.start(add_user("Bob"));
    f.port.await_asked(2);
    auto eve = f.start(tx_request{}.call("test/run", {}));
    resolved.get_future().wait(); // on top of Bob's, or when that was refused already
    f.commit_at_once();
    f.port.commit_all();
    CHECK(t_of(ada.get()) == 1);
    CHECK(code_of(bob.get()) == errc::overloaded);
    CHECK(t_of(eve.get()) == 2);
    CHECK(saw.back() == 1);
    CHECK_FALSE(f.pipeline->failure());
  }
}

namespace {

/// While Ada's batch is being carried, Bob's is resolved on top of it, and Eve is rejected because
/// of both: by a function that tells what it saw. Then Ada's batch is lost.
struct on_top_of_a_loss {
  std::promise<void> bob_resolved;
  std::promise<void> eve_rejected;
  std::promise<void> both;
  std::vector<std::uint64_t> bob_saw; ///< the basis of each call
  std::vector<std::uint64_t> eve_saw;
  fixture f{[this](const function_call& call) { return function(call); }};
  outcome ada;
  outcome bob;
  outcome eve;

  explicit on_top_of_a_loss(const error& why)
      : ada(fail(errc::not_found, "")), bob(fail(errc::not_found, "")),
        eve(fail(errc::not_found, "")) {
    f.port.on_carry = [this, &why, first = true]() mutable {
      if (!std::exchange(first, false))
        return static_cast<void>(f.port.commit_all());
      both.get_future().wait();
      f.port.lose(why);
    };
    auto first = f.start(add_user("Ada"));
    f.port.await_accepted(1);
    auto second = f.start(tx_request{}.call("test/run", {}));
    bob_resolved.get_future().wait();
    auto third = f.start(tx_request{}.call("test/run", {"Eve"}));
    eve_rejected.get_future().wait();
    both.set_value();
    ada = first.get();
    bob = second.get();
    eve = third.get();
  }

  result<tx_request> function(const function_call& call) {
    const auto basis = call.before.basis().get();
    auto& saw = call.arguments.empty() ? bob_saw : eve_saw;
    saw.push_back(basis);
    if (saw.size() == 1)
      (call.arguments.empty() ? bob_resolved : eve_rejected).set_value();
    if (!call.arguments.empty() && saw.size() == 1)
      return fail(errc::cas_failed, "Ada is there");
    return tx_request{}.put({{"seen/basis", static_cast<std::int64_t>(basis)}});
  }
};

} // namespace

TEST_CASE("port: what was resolved on top of a lost batch is resolved again") {
  const on_top_of_a_loss done(full);
  CHECK(code_of(done.ada) == errc::disk_full);
  REQUIRE(done.bob_saw.size() == 2);
  REQUIRE(done.eve_saw.size() == 2);
  CHECK(done.bob_saw[0] == 1);
  CHECK(done.eve_saw[0] == 2);
  CHECK(std::set{t_of(done.bob), t_of(done.eve)} == std::set<std::uint64_t>{1, 2});
  CHECK(done.bob->before.basis().get() == done.bob_saw[1]);
  CHECK(done.eve->before.basis().get() == done.eve_saw[1]);
  CHECK(done.f.index.open().basis() == tx_number(2));
}

TEST_CASE("port: what was resolved on top of a failed batch is refused, with the reason of that") {
  const on_top_of_a_loss done(broken);
  CHECK(code_of(done.ada) == errc::outcome_unknown);
  CHECK(code_of(done.bob) == errc::storage_failed);
  CHECK(code_of(done.eve) == errc::storage_failed); // not with what it read and nobody wrote
  CHECK(done.bob_saw == std::vector<std::uint64_t>{1});
  CHECK(done.eve_saw == std::vector<std::uint64_t>{2});
}

TEST_CASE("port: many callers, events from elsewhere, now and then a loss: t is dense") {
  constexpr int callers = 6;
  constexpr int each = 60;
  fixture f;
  std::thread teller([&] {
    for (int n = 1; f.port.await_untold(); ++n)
      if (n % 5 == 0)
        f.port.lose(full);
      else
        f.port.commit_all();
  });
  std::vector<std::future<std::vector<outcome>>> all;
  all.reserve(callers);
  for (int i = 0; i < callers; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      std::vector<outcome> out;
      out.reserve(each);
      for (int n = 0; n < each; ++n)
        out.push_back(f.run(add_user("Ada")));
      return out;
    }));
  std::vector<std::uint64_t> ts;
  std::size_t refused = 0;
  for (auto& one : all)
    for (const auto& done : one.get())
      if (done)
        ts.push_back(done->t.get());
      else if (code_of(done) == errc::disk_full)
        ++refused;
  f.port.stop();
  teller.join();
  CHECK(ts.size() + refused == callers * each);
  CHECK(refused > 0);
  std::ranges::sort(ts);
  for (std::size_t i = 0; i < ts.size(); ++i)
    REQUIRE(ts[i] == i + 1);
  const auto now = f.pipeline->current();
  CHECK(now.now.basis().get() == ts.size());
  CHECK(now.position == f.port.position(ts.size()));
  CHECK_FALSE(f.pipeline->failure());
}
