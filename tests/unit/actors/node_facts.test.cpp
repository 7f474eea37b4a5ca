#include "weft/actors/node_facts.hpp"

#include "support/catch.hpp"

using namespace weft;
using namespace weft::actors;

namespace {

/// Attributes that a request states something about; "db/ident" for declarations.
std::vector<std::string> attributes(const tx_request& of) {
  std::vector<std::string> out;
  for (const auto& op : of.operations())
    for (const auto& entry : op.value.entries())
      if (entry.attribute.starts_with("weft.node/") || entry.attribute == "db/ident")
        out.push_back(entry.attribute);
  return out;
}

node_sample sample(std::uint64_t term) {
  node_sample out;
  out.raft = raft_figures{.term = weft::term(term), .committed = {}, .leads = true};
  return out;
}

} // namespace

TEST_CASE("node facts: all at first, then what changed, then nothing") {
  node_facts about("n1", instant(5));
  node_figures counts;
  const auto first = about.next(sample(3), counts, *schema::bootstrap());
  REQUIRE(first);
  const auto said = attributes(*first);
  CHECK(std::count(said.begin(), said.end(), "db/ident") == 8); // declared on the way
  CHECK(said.size() == 16);
  counts.committed.add(); // the facts themselves
  about.hear_stated();
  CHECK(!about.next(sample(3), counts, *schema::bootstrap()));

  counts.committed.add(); // somebody's
  const auto second = about.next(sample(3), counts, *schema::bootstrap());
  REQUIRE(second);
  const auto changed = attributes(*second);
  CHECK(std::vector<std::string>(changed.begin() + 8, changed.end()) ==
        std::vector<std::string>{"weft.node/id", "weft.node/transactions"});
}

TEST_CASE("node facts: what was refused is stated again") {
  node_facts about("n1", instant(5));
  const node_figures counts;
  const auto first = about.next(sample(1), counts, *schema::bootstrap());
  about.hear_refused();
  const auto again = about.next(sample(1), counts, *schema::bootstrap());
  REQUIRE(again);
  CHECK(*again == *first);
}
