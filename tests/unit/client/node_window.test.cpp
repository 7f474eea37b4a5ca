// Many transactions under way on a node: in order, each once, whatever the node refuses meanwhile.
#include "weft/console/cli/database/node_window.hpp"

#include "returning_node.hpp"

#include "weft/core/tx/request.hpp"

using namespace weft;
using namespace weft::test;
using console::node_names;
using console::node_window;

namespace {

/// A window on a node, as a command has it.
struct window_on {
  explicit window_on(const client::endpoint& at, std::size_t transactions_max,
                     std::int64_t patience_us = 5'000'000)
      : db(*client::database::open(
            {.to = to(at), .patience_us = patience_us, .retries_refusals = true})),
        window(db, names, log_bytes, transactions_max,
               [this](const error* why) { told.push_back(why == nullptr); }) {}

  client::database db;
  node_names names{db};
  std::uint64_t log_bytes = 0;
  std::vector<bool> told = {}; ///< whether it was connected
  node_window window;
};

tx_request counted(int n) {
  return tx_request{}.put({{"it/number", n}});
}

std::vector<std::int64_t> numbers_in(const view& now) {
  std::vector<std::int64_t> out;
  auto all = now.datoms(index_order::aevt, {.attribute = now.schema().find("it/number")->id});
  REQUIRE(all);
  for (const auto& d : *all)
    out.push_back(d.value.as_long());
  return out;
}

struct taken {
  std::vector<std::uint64_t> ts = {};
  std::vector<errc> refused = {};
};
taken take_all(node_window& from) {
  taken out;
  while (from.under_way() > 0)
    if (const auto one = from.take(100'000))
      one->refused ? out.refused.push_back(one->refused->code) : out.ts.push_back(one->t.get());
  return out;
}

} // namespace

TEST_CASE("what a node refuses because it ends or begins is sent again, in the same order") {
  returning_node node;
  window_on x(node.at(), 8);
  node->refusing = 5; // the others are executed, and are not executed again
  for (int i = 0; i < 8; ++i)
    x.window.submit(counted(i));
  CHECK(x.window.full());
  const auto done = take_all(x.window);
  CHECK(done.refused.empty());
  CHECK(done.ts == std::vector<std::uint64_t>{4, 5, 6, 7, 8, 1, 2, 3});
  CHECK(node->facts().status().t == tx_number(8));
  CHECK(numbers_in(*x.db.view()).size() == 8);
  CHECK(x.log_bytes > 0);
}

TEST_CASE("a node that refuses for longer than it is waited for, has refused") {
  returning_node node;
  window_on x(node.at(), 2, 150'000);
  node->refusing = 1'000'000;
  x.window.submit(counted(1));
  CHECK(take_all(x.window).refused == std::vector<errc>{errc::overloaded});
  CHECK(node->facts().status().t == tx_number(0));
}

TEST_CASE("a node that is silent is waited for once, and not for each transaction") {
  returning_node node;
  window_on x(node.at(), 16, 300'000);
  node->mute = true;
  for (int i = 0; i < 16; ++i)
    x.window.submit(counted(i));
  const auto deadline = in_us(1'200'000);
  CHECK(take_all(x.window).refused == std::vector<errc>(16, errc::outcome_unknown));
  CHECK(in_us(0) < deadline);
}

TEST_CASE("a window says whether the node is there, and goes on when it is again") {
  returning_node node;
  window_on x(node.at(), 4);
  CHECK(x.window.not_connected() == nullptr);
  node.stop();
  x.window.submit(counted(1));
  while (x.window.not_connected() == nullptr)
    CHECK_FALSE(x.window.take(1000));
  CHECK_FALSE(x.window.take(1000));
  CHECK_FALSE(x.told.back());
  node.start();
  CHECK(take_all(x.window).ts == std::vector<std::uint64_t>{1});
  CHECK(x.window.not_connected() == nullptr);
  CHECK(x.told.back());
}

TEST_CASE("what the client has no room for waits until it has") {
  returning_node node;
  window_on x(node.at(), 64);
  node.stop();
  const std::string large(1U << 20U, 'x');
  constexpr std::size_t count = (limits::connection_request_bytes_max >> 20U) + 4;
  for (std::size_t i = 0; i < count; ++i)
    x.window.submit(tx_request{}.put({{"it/text", large}}));
  node.start();
  const auto done = take_all(x.window);
  CHECK(done.refused.empty());
  CHECK(std::ranges::is_sorted(done.ts));
  CHECK(done.ts.size() == count);
}

TEST_CASE("the names of a node are followed, and asked for when somebody else wrote between") {
  returning_node node;
  window_on x(node.at(), 4);
  const auto after = [&](tx_request request) {
    x.window.submit(std::move(request));
    auto one = x.window.take(5'000'000);
    REQUIRE(one);
    REQUIRE_FALSE(one->refused);
    return *one;
  };
  REQUIRE(x.names.open_view());
  REQUIRE(x.db.status()); // behind the close of that view
  const auto asked = node->executed.load();
  const auto first = after(counted(1));
  CHECK(first.after->find("it/number") != nullptr);
  CHECK(first.facts_added == 4); // three declare the attribute
  CHECK(node->executed == asked + 1);
  REQUIRE(node->facts().transact(R"([{:other/name "x"}])"));
  CHECK(after(counted(2)).after->find("other/name") != nullptr);
}
