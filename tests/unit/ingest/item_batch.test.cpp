#include "weft/core/ingest/item_batch.hpp"

#include "support/catch.hpp"

using namespace weft;
using ingest::item_batch;

namespace {

std::shared_ptr<const tx_request> request(std::string_view edn) {
  return std::make_shared<const tx_request>(parse_edn_transaction(edn).value());
}

bool go_together(std::string_view a, std::string_view b) {
  item_batch both;
  both.add(request(a));
  const bool forth = both.accepts(*request(b));
  item_batch other;
  other.add(request(b));
  CHECK(other.accepts(*request(a)) == forth);
  return forth;
}

} // namespace

TEST_CASE("item_batch: facts that are stated go together") {
  CHECK(go_together(R"([{:user/name "Ada"}])", R"([{:user/name "Ada"}])"));
  CHECK(
      go_together(R"([[:db/add "ada" :user/name "Ada"]])", R"([[:db/add "bob" :user/name "x"]])"));
  CHECK(go_together(R"([[:db/add [:user/mail "a"] :user/age 3]])", R"([{:user/mail "a"}])"));
}

TEST_CASE("item_batch: a name of one item's entity must not occur in another") {
  const std::string_view ada = R"([[:db/add "ada" :user/name "Ada"]])";
  CHECK_FALSE(go_together(ada, R"([[:db/add "ada" :user/age 3]])"));
  CHECK_FALSE(go_together(ada, R"([[:db/add "bob" :user/friend "ada"]])"));
  CHECK_FALSE(go_together(ada, R"([{:user/friends ["x" "ada"]}])"));
  CHECK_FALSE(go_together(ada, R"([{:user/pet {:pet/name "ada"}}])"));
  CHECK_FALSE(go_together(ada, R"([{:user/pet {:db/id "ada" :pet/name "x"}}])"));
  CHECK_FALSE(go_together(R"([[:db/add -1 :user/age 3]])", R"([[:db/add -1 :user/age 4]])"));
  CHECK_FALSE(go_together(R"([[:db/add -1 :user/age 3]])", R"([[:db/add "x" :user/name "-1"]])"));
  CHECK(go_together(R"([{:user/age -1}])", R"([{:user/age -1}])"));
  CHECK_FALSE(go_together(R"([{:db/id "e" :user/_friend "ada"}])", R"([{:user/name "ada"}])"));
}

TEST_CASE("item_batch: what looks at the database, or speaks of its transaction, is alone") {
  const std::string_view plain = R"([{:user/name "Ada"}])";
  for (const auto* alone :
       {R"([[:db/retract 17 :user/name "x"]])", R"([[:db/retract 17 :user/name]])",
        R"([[:db/retractEntity 17]])", R"([[:db/cas 17 :user/age 1 2]])",
        R"([[:db/add "datomic.tx" :audit/by "me"]])",
        R"([[:db/add :db/current-tx :audit/by "me"]])", R"([[:my/function 1 2]])"}) {
    INFO(alone);
    CHECK_FALSE(go_together(plain, alone));
  }
}

TEST_CASE("item_batch: facts are counted, nested ones too") {
  CHECK(ingest::count_facts(*request(R"([[:db/add "x" :a/b 1]])")) == 1);
  CHECK(ingest::count_facts(*request(R"([{:a/b 1 :a/c [1 2 3] :a/d {:e/f 1 :e/g 2}}])")) == 6);
  CHECK(ingest::count_facts(*request(R"([[:db/retract 1 :a/b 1] {:a/b 1}])")) == 2);
  item_batch two;
  two.add(request(R"([{:a/b 1}])"));
  two.add(request(R"([{:a/b 1 :a/c 2}])"));
  CHECK(two.facts() == 3);
  CHECK(two.request()->operations().size() == 2);
}

TEST_CASE("item_batch: of an outcome, each item is told its own names") {
  const std::vector<resolved_tempid> all = {{"a", entity_id(1)}, {"b", entity_id(2)}};
  const auto own = ingest::own_tempids(*request(R"([[:db/add "b" :a/b "x"]])"), all);
  REQUIRE(own.size() == 1);
  CHECK(own[0].name == "b");
}
