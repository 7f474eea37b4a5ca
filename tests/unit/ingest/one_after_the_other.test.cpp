// Items through a batcher against the same items transacted one after the other: same outcomes,
// same facts. No item gives an entity another unique value (see core/ingest/batcher.hpp).
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/datom/edn_value.hpp"
#include "weft/core/ingest/batcher.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <map>
#include <random>
#include <set>

using namespace weft;
using ingest::batcher;

namespace {

constexpr std::string_view declared = R"([
  {:db/ident :item/key :db/valueType :db.type/string :db/cardinality :db.cardinality/one
   :db/unique :db.unique/identity}
  {:db/ident :item/n :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
  {:db/ident :item/tag :db/valueType :db.type/string :db/cardinality :db.cardinality/many}
  {:db/ident :item/mail :db/valueType :db.type/string :db/cardinality :db.cardinality/one
   :db/unique :db.unique/value}
  {:db/ident :item/next :db/valueType :db.type/ref :db/cardinality :db.cardinality/one}])";

class generator {
 public:
  explicit generator(std::uint64_t seed) : random_(seed) {}

  tx_request next() {
    tx_request made;
    for (std::size_t i = 0, n = 1 + pick(2); i < n; ++i)
      add_to(made);
    return made;
  }
  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  std::string key() { return "k" + std::to_string(pick(5)); }
  operand entity() { return pick(2) == 0 ? operand() : tempid("t" + std::to_string(pick(4))); }
  void add_to(tx_request& to) {
    switch (pick(12)) {
    case 0:
      to.retract(lookup("item/key", key()), "item/n");
      return;
    case 1:
      to.retract_entity(lookup("item/key", key()));
      return;
    case 2:
      to.cas(lookup("item/key", key()), "item/n", std::int64_t(pick(3)), std::int64_t(pick(3)));
      return;
    case 3:
      to.add(lookup("item/key", key()), "item/next", lookup("item/key", key()));
      return;
    case 4:
      to.add(tempid("t1"), "item/key", key());
      return;
    case 5:
      to.add(lookup("item/key", key()), "item/n", std::int64_t(pick(3)));
      return;
    default: {
      const auto k = pick(5);
      std::vector<map_entry> facts = {{"item/key", "k" + std::to_string(k)}};
      if (pick(2) == 0)
        facts.push_back({"item/n", std::int64_t(pick(3))});
      if (pick(3) == 0)
        facts.push_back({"item/tag", "tag" + std::to_string(pick(4))});
      if (pick(4) == 0)
        facts.push_back({"item/mail", "mail" + std::to_string(k % 3)});
      if (pick(6) == 0)
        facts.push_back({"item/next", map_of({{"item/key", key()}})});
      to.put(entity(), std::move(facts));
    }
    }
  }

  std::mt19937_64 random_;
};

/// Facts of all items, entities by their keys.
std::set<std::string> facts_of(const view& db) {
  std::vector<datom> all;
  auto read = db.datoms(index_order::eavt, {}).value();
  for (const auto& d : read)
    all.push_back(d.to_datom());
  std::map<entity_id, std::string> keys;
  const auto name = [&](const datom& d) { return db.schema().find(d.attribute)->ident; };
  for (const auto& d : all)
    if (name(d) == "item/key")
      keys[d.entity] = std::string(d.value.view().as_bytes());
  std::set<std::string> said;
  for (const auto& d : all)
    if (name(d).starts_with("item/"))
      said.insert(
          keys[d.entity] + " " + name(d) + " " +
          (name(d) == "item/next" ? keys[d.value.view().as_ref()] : to_edn(d.value.view())));
  return said;
}

} // namespace

TEST_CASE("batcher: the effect is that of the items one after the other") {
  const auto seed = GENERATE(take(4, random(0, 1'000'000)));
  INFO("seed " << seed);
  const test::temp_folder folder;
  auto alone = embedded::database::open({.folder = folder.path() + "/alone"}).value();
  auto together = embedded::database::open({.folder = folder.path() + "/together"}).value();
  REQUIRE(alone.transact(declared));
  REQUIRE(together.transact(declared));

  generator items(static_cast<std::uint64_t>(seed));
  std::vector<std::optional<errc>> expected;
  std::vector<std::shared_ptr<const tx_request>> all;
  for (int i = 0; i < 400; ++i) {
    all.push_back(std::make_shared<const tx_request>(items.next()));
    const auto done = alone.transact(*all.back());
    expected.push_back(done ? std::nullopt : std::optional(done.error().code));
  }

  batcher machine({.batch_facts = 12, .delay_us = 0});
  batcher::effects said;
  std::size_t tried = 0;
  std::size_t offered = 0;
  while (offered < all.size() || !machine.is_idle()) {
    const auto moment = [&] { return batcher::moment{0, together.make_request_id()}; };
    for (std::size_t n = items.pick(20); n > 0 && offered < all.size(); --n, ++offered)
      machine.step(batcher::offered{offered, all[offered], {}, 1}, moment(), said);
    if (tried == said.attempts.size())
      continue;
    const auto attempt = said.attempts[tried++];
    auto done = together.transact(*attempt.request, attempt.id);
    machine.step(
        batcher::answered{attempt.number, done ? result<transacted>(transacted{done->t, {}, {}, {}})
                                               : fail(done.error())},
        moment(), said);
  }

  REQUIRE(said.settled.size() == all.size());
  std::size_t committed = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    INFO("item " << i);
    CHECK(said.settled[i].ticket == i);
    const auto& outcome = said.settled[i].outcome;
    REQUIRE((outcome ? std::nullopt : std::optional(outcome.error().code)) == expected[i]);
    committed += outcome.has_value() ? 1U : 0U;
  }
  CHECK(facts_of(together.view().value()) == facts_of(alone.view().value()));
  CHECK(machine.counts().transactions < committed); // it did put items together
  CHECK(committed < all.size());                    // and took some apart
  CHECK(machine.counts().splits > 0);
}
