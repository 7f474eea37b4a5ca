// A shard on a disk in memory, stepped, and who asks it for transactions.
#pragma once

#include "support/stepped_system.hpp"

#include "weft/actors/gateway.hpp"
#include "weft/actors/router.hpp"
#include "weft/actors/shard.hpp"
#include "weft/persistence/disk/simulated_disk.hpp"
#include "weft/persistence/system.hpp"

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weft::test {

/// A request, and what came of it.
struct asked {
  std::shared_ptr<const tx_request> request;
  request_id id;
  std::vector<result<transacted>> outcomes = {};
};

class shard_world {
 public:
  explicit shard_world(std::uint64_t seed) : world(seed) {
    router = actors::spawn(world.system, actors::router, actors::router_options{});
    door = actors::spawn(world.system, actors::gateway, credit, router);
  }
  shard_world(const shard_world&) = delete;
  shard_world& operator=(const shard_world&) = delete;
  ~shard_world() {
    close();
    actors::ask_to_end(actors::untyped(door));
    door = nullptr;
    actors::ask_to_end(actors::untyped(router));
    router = nullptr;
    world.run();
  }

  /// Opens the shard; the answer to start_up.
  result<void> open() {
    actors::shard_options how;
    how.storage = {.folder = "data", .disk = &disk, .clock = [this] { return now(); }};
    how.transactions = {.functions = functions,
                        .clock = [this] { return now(); },
                        .steady = [this] { return instant(clock_us); }};
    how.streams = {.steady = [this] { return instant(clock_us); }, .streams = streams};
    how.on_index = [this](std::shared_ptr<memory_index> made) { index = std::move(made); };
    top = actors::spawn_shard(world.system, std::move(how), router);
    return ask<actors::started>(actors::untyped(top), actors::start_up{}).map([](auto) {});
  }

  /// Ends the shard, in order.
  void close() {
    if (!top)
      return;
    actors::ask_to_end(actors::untyped(top));
    top = nullptr;
    world.run();
  }

  /// Asks and runs until there is an answer.
  template <class Reply, class Message>
  result<Reply> ask(const actors::actor& of, Message message) {
    std::optional<result<Reply>> out;
    actors::spawn(
        world.system,
        [](caf::event_based_actor* self, actors::actor whom, Message what,
           std::optional<result<Reply>>* to) {
          actors::request(
              self, whom, actors::forever, what, [to](const Reply& r) { *to = r; },
              [to](const error& e) { *to = fail(e); });
        },
        of, message, &out);
    world.run([&] { return out.has_value(); });
    return out ? *out : fail(errc::outcome_unknown, "no answer, and nothing left to do");
  }

  /// The tree of the shard: names joined by "/".
  std::map<std::string, actors::tree> children() {
    std::map<std::string, actors::tree> out;
    collect(ask<actors::tree>(actors::untyped(top), actors::ask_tree{}).value(), "", out);
    return out;
  }

  /// The publisher of now.
  actors::actor publisher() { return children().at("wal_publisher").who; }

  /// Asks for a transaction, again with the same id if it was asked for before.
  void submit(asked& what) {
    auto permit = actors::take_credit(credit, 1).value();
    actors::send_from_outside(
        router, actors::submit{std::make_shared<actors::call>(
                    what.request, what.id, std::move(permit), [&what](result<transacted> outcome) {
                      what.outcomes.push_back(std::move(outcome));
                    })});
  }

  request_id make_id() {
    return persistence::make_id(now(), persistence::random64(), persistence::random64());
  }
  asked make(std::string_view edn) {
    return {std::make_shared<const tx_request>(parse_edn_transaction(edn).value()), make_id()};
  }
  result<transacted> transact(std::string_view edn) {
    auto one = make(edn);
    submit(one);
    world.run([&] { return !one.outcomes.empty(); });
    return one.outcomes.empty() ? fail(errc::outcome_unknown, "no answer") : one.outcomes[0];
  }

  instant now() { return instant(1'790'000'000'000'000 + ++clock_us); }

  persistence::simulated_disk disk;
  std::int64_t clock_us = 0;
  std::shared_ptr<tx_functions> functions = std::make_shared<tx_functions>();
  std::shared_ptr<actors::byte_credit> credit = std::make_shared<actors::byte_credit>(64U << 20U);
  std::shared_ptr<memory_index> index;
  stream::publisher::options streams;
  stepped_system world;
  actors::router_actor router;
  actors::gateway_actor door;
  actors::supervisor_actor top;

 private:
  static void collect(const actors::tree& of, const std::string& above,
                      std::map<std::string, actors::tree>& out) {
    for (const auto& child : of.children) {
      out[above + child.name] = child;
      collect(child, above + child.name + "/", out);
    }
  }
};

/// Text that does not get smaller when it is compressed.
inline std::string noise(std::size_t size) {
  static std::mt19937 random(1);
  std::string out(size, ' ');
  for (auto& c : out)
    c = static_cast<char>('a' + random() % 26);
  return out;
}

/// Facts of an attribute in a view.
inline std::size_t count_facts(const view& in, std::string_view attribute) {
  const auto a = in.schema().find(attribute);
  if (a == nullptr)
    return 0;
  auto facts = in.datoms(index_order::aevt, {.attribute = a->id}).value();
  std::size_t out = 0;
  for ([[maybe_unused]] const auto& d : facts)
    ++out;
  return out;
}

} // namespace weft::test
