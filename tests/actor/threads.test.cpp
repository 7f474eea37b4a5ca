// The same actors on real threads and a real disk: what stepping cannot show.

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/actors/router.hpp"
#include "weft/actors/shard.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/system.hpp"

#include <future>
#include <map>
#include <set>

using namespace weft;

namespace {

struct config : caf::actor_system_config {
  config() { configure(*this); }
};

class real_shard {
 public:
  explicit real_shard(const std::string& folder) : system_(config_) {
    door_ = actors::spawn(system_, actors::router, actors::router_options{});
    actors::shard_options how;
    how.storage = {.folder = folder, .disk = &disk_, .clock = persistence::wall_clock_us};
    how.transactions = {.clock = persistence::wall_clock_us,
                        .steady = persistence::steady_clock_us};
    how.streams = {.steady = persistence::steady_clock_us};
    how.restarts_max = 100;
    top_ = actors::spawn_shard(system_, std::move(how), door_);
    static_cast<void>(ask<actors::started>(actors::start_up{}));
  }
  real_shard(const real_shard&) = delete;
  real_shard& operator=(const real_shard&) = delete;
  ~real_shard() {
    actors::ask_to_end(actors::untyped(top_));
    actors::ask_to_end(actors::untyped(door_));
  }

  template <class Reply, class Message>
  Reply ask(const Message& what) {
    caf::scoped_actor self(system_);
    std::optional<Reply> out;
    self->request(actors::untyped(top_), std::chrono::seconds(20), what)
        .receive([&](const Reply& r) { out = r; },
                 [](const caf::error& e) { FAIL(actors::from_caf(e).to_string()); });
    return *out;
  }

  actors::actor find(const std::string& name) {
    return find(ask<actors::tree>(actors::ask_tree{}), name);
  }

  std::future<result<transacted>> submit(const tx_request& request, const request_id& id) {
    const auto promised = std::make_shared<std::promise<result<transacted>>>();
    actors::send_from_outside(
        door_,
        actors::submit{std::make_shared<actors::call>(
            std::make_shared<const tx_request>(request), id, actors::take_credit(credit, 1).value(),
            [promised](result<transacted> x) { promised->set_value(std::move(x)); })});
    return promised->get_future();
  }

  std::shared_ptr<actors::byte_credit> credit = std::make_shared<actors::byte_credit>(64U << 20U);

 private:
  static actors::actor find(const actors::tree& in, const std::string& name) {
    for (const auto& child : in.children) {
      if (child.name == name)
        return child.who;
      if (auto below = find(child, name))
        return below;
    }
    return {};
  }

  config config_;
  actors::actor_system system_;
  persistence::posix_disk disk_;
  actors::router_actor door_;
  actors::supervisor_actor top_;
};

} // namespace

TEST_CASE("threads: killing any child under load loses nothing and doubles nothing") {
  const test::temp_folder folder;
  constexpr int requests = 1000;
  std::vector<request_id> ids;
  for (int i = 0; i < requests; ++i)
    ids.push_back(persistence::make_id(persistence::wall_clock_us(), persistence::random64(),
                                       persistence::random64()));
  std::map<int, tx_number> done;
  {
    real_shard shard(folder / "data");
    for (const auto* victim :
         {"log_writer", "log_reader", "applier", "raft_election", "replication", "wal_publisher",
          "transactor", "shard_door", "storage"}) {
      std::map<int, std::future<result<transacted>>> waiting;
      for (int i = 0; i < requests; ++i)
        waiting[i] = shard.submit(tx_request{}.add(tempid("x"), "item/number", i),
                                  ids[static_cast<std::size_t>(i)]);
      actors::kill(shard.find(victim));
      for (auto& [i, outcome] : waiting) {
        REQUIRE(outcome.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
        const auto got = outcome.get();
        if (!got)
          CHECK(info(got.error().code).retryable);
        else if (const auto [it, fresh] = done.emplace(i, got->t); !fresh)
          CHECK(it->second == got->t);
      }
      CHECK(shard.credit->in_use() == 0);
    }
    for (int i = 0; i < requests; ++i)
      if (!done.contains(i)) {
        const auto last = shard
                              .submit(tx_request{}.add(tempid("x"), "item/number", i),
                                      ids[static_cast<std::size_t>(i)])
                              .get();
        REQUIRE(last);
        done.emplace(i, last->t);
      }
  }
  std::set<tx_number> ts;
  for (const auto& [i, t] : done)
    ts.insert(t);
  CHECK(ts.size() == requests);
  CHECK(*ts.begin() == tx_number(1));
  CHECK(*ts.rbegin() == tx_number(requests));
}
