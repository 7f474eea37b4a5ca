// Many transactions under way on a node: in order, each once, whatever the node refuses meanwhile.
#include "weft/console/cli/database/node_window.hpp"

#include "plain_node.hpp"

#include "weft/core/tx/request.hpp"

using namespace weft;
using namespace weft::test;
using console::node_names;
using console::node_window;

namespace {

client::database connected(const plain_node& node) {
  auto db = client::database::open(
      {.to = {.endpoints = {node.at()}, .connect_us = 2'000'000}, .patience_us = 5'000'000});
  REQUIRE(db);
  return std::move(*db);
}

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

TEST_CASE("what a node refuses because it ends or begins is submitted again, in order") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto db = connected(node);
  node_names names(db);
  std::uint64_t log_bytes = 0;
  node_window window(db, names, log_bytes, {.transactions_max = 8, .patience_us = 5'000'000});
  node.refusing = 5; // the others are executed, and are not executed again
  for (int i = 0; i < 8; ++i)
    window.submit(counted(i));
  CHECK(window.full());
  const auto done = take_all(window);
  CHECK(done.refused.empty());
  CHECK(done.ts == std::vector<std::uint64_t>{4, 5, 6, 7, 8, 1, 2, 3});
  CHECK(node.facts().status().t == tx_number(8));
  CHECK(numbers_in(*db.view()).size() == 8);
  CHECK(log_bytes > 0);
}

TEST_CASE("a node that refuses for longer than it is waited for, has refused") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto db = connected(node);
  node_names names(db);
  std::uint64_t log_bytes = 0;
  node_window window(db, names, log_bytes, {.transactions_max = 2, .patience_us = 150'000});
  node.refusing = 1'000'000;
  window.submit(counted(1));
  CHECK(take_all(window).refused == std::vector<errc>{errc::overloaded});
  CHECK(node.facts().status().t == tx_number(0));
}

TEST_CASE("the names of a node are followed, and asked for when somebody else wrote between") {
  const temp_folder folder;
  plain_node node(folder / "data", {});
  auto db = connected(node);
  node_names names(db);
  std::uint64_t log_bytes = 0;
  node_window window(db, names, log_bytes, {.transactions_max = 4, .patience_us = 1'000'000});
  const auto after = [&](tx_request request) {
    window.submit(std::move(request));
    auto one = window.take(5'000'000);
    REQUIRE(one);
    REQUIRE_FALSE(one->refused);
    return *one;
  };
  REQUIRE(names.open_view());
  REQUIRE(db.status()); // behind the close of that view
  const auto asked = node.executed.load();
  const auto first = after(counted(1));
  CHECK(first.after->find("it/number") != nullptr);
  CHECK(first.facts_added == 4); // three declare the attribute
  CHECK(node.executed == asked + 1);
  REQUIRE(node.facts().transact(R"([{:other/name "x"}])"));
  CHECK(after(counted(2)).after->find("other/name") != nullptr);
}
