#include "weft/console/cli/transfer/tempid_scope.hpp"

#include "support/catch.hpp"

#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/core/datom/edn_reader.hpp"

#include <algorithm>

using namespace weft;
using namespace weft::console;

namespace {

/// node/next and node/all are references, node/label is not.
std::shared_ptr<const schema> tree_schema() {
  auto s = schema::bootstrap();
  s = s->with({.id = attribute_id(2000), .ident = "node/next", .type = value_type::ref});
  s = s->with({.id = attribute_id(2001),
               .ident = "node/all",
               .type = value_type::ref,
               .cardinality = cardinality::many});
  return s->with({.id = attribute_id(2002), .ident = "node/label", .type = value_type::string});
}

form form_from(std::string_view edn_text, std::uint32_t line = 1) {
  const auto tree = read_edn(std::string(line - 1, '\n') + std::string(edn_text));
  REQUIRE(tree);
  auto made = form_of(**tree);
  REQUIRE(made);
  return *std::move(made);
}

/// Lives as long as the form.
const operation& only(const form& f) {
  REQUIRE(f.operations.size() == 1);
  return f.operations[0];
}

const operand* value_of(const operation& op, std::string_view attribute) {
  for (const auto& entry : op.value.entries())
    if (entry.attribute == attribute)
      return &entry.value;
  return nullptr;
}

class scope_test {
 public:
  std::shared_ptr<const schema> s = tree_schema();
  tempid_scope scope;

  form admit(std::string_view text, batch_number into, std::uint32_t line = 1) {
    auto f = form_from(text, line);
    REQUIRE_FALSE(scope.admit(f, *s, into));
    return f;
  }
  std::optional<batch_number> waits(std::string_view text, batch_number into) {
    auto f = form_from(text);
    return scope.admit(f, *s, into);
  }
};

} // namespace

TEST_CASE_METHOD(scope_test, "forms without tempids stay as they are") {
  const std::string_view texts[] = {
      R"({:node/label "a"})", R"({:db/id 7 :node/label "a"})", R"([:db/add 7 :node/label "x"])",
      R"({:db/id [:node/label "a"] :node/next [:node/label "b"]})", R"({:other/text "a"})"};
  for (const auto text : texts)
    CHECK(admit(text, 1).operations == form_from(text).operations);
  CHECK(scope.empty());
}

TEST_CASE_METHOD(scope_test, "names that belong to one transaction are its tempids") {
  const auto a = admit(R"({:db/id "a" :node/label "a"})", 1);
  CHECK(only(a).entity == tempid("file:a"));
  const auto b = admit(R"({:db/id "b" :node/next "a"})", 1);
  CHECK(only(b).entity == tempid("file:b"));
  CHECK(*value_of(only(b), "node/next") == tempid("file:a"));
}

TEST_CASE_METHOD(scope_test, "a text is a tempid only where a reference belongs") {
  admit(R"({:db/id "a" :node/label "a"})", 1);
  const auto b = admit(R"({:db/id "b" :node/label "a" :other/text "a"})", 1);
  CHECK(*value_of(only(b), "node/label") == operand("a"));
  CHECK(*value_of(only(b), "other/text") == operand("a"));
}

TEST_CASE_METHOD(scope_test, "names of transactions under way are waited for") {
  admit(R"({:db/id "a" :node/label "a"})", 1);
  CHECK(waits(R"({:db/id "b" :node/next "a"})", 2) == 1);
  CHECK(waits(R"({:db/id "a" :node/label "again"})", 2) == 1);
  CHECK(waits(R"([:db/add 7 :node/next "a"])", 2) == 1);
  scope.acknowledge(1, {{"file:a", entity_id(70)}, {"b", entity_id(71)}});
  const auto b = admit(R"({:db/id "b" :node/next "a"})", 2);
  CHECK(*value_of(only(b), "node/next") == operand(entity_id(70)));
  CHECK(only(b).entity == tempid("file:b")); // "b" of the report was another transaction's own
  CHECK(only(admit(R"({:db/id "a" :node/label "again"})", 2)).entity == operand(entity_id(70)));
}

TEST_CASE_METHOD(scope_test, "a reference ahead is stated when its target is described") {
  const auto a = admit(R"({:db/id "a" :node/label "a" :node/next "b"})", 1, 5);
  CHECK(value_of(only(a), "node/next") == nullptr);
  CHECK(value_of(only(a), "node/label") != nullptr);
  REQUIRE(scope.open_ends().size() == 1);
  CHECK(scope.open_ends()[0].name == "b");
  CHECK(scope.open_ends()[0].at.line == 5);
  scope.acknowledge(1, {{"file:a", entity_id(70)}});

  const auto b = admit(R"({:db/id "b" :node/label "b"})", 2);
  REQUIRE(b.operations.size() == 2);
  CHECK(b.operations[1].entity == operand(entity_id(70)));
  CHECK(b.operations[1].attribute == "node/next");
  CHECK(b.operations[1].value == tempid("file:b"));
  CHECK(b.operations[1].at.line == 5);
  CHECK(scope.open_ends().empty());
}

TEST_CASE_METHOD(scope_test, "a form all of whose facts wait says nothing yet") {
  CHECK(admit(R"({:db/id "a" :node/next "b"})", 1).operations.empty());
  CHECK(admit(R"({:db/id "b" :node/next "c"})", 1).operations.empty());
  const auto c = admit(R"({:db/id "c" :node/label "c"})", 1); // sets off b, which sets off a
  REQUIRE(c.operations.size() == 3);
  CHECK(c.operations[1].entity == tempid("file:b"));
  CHECK(c.operations[2].entity == tempid("file:a"));
  CHECK(c.operations[2].value == tempid("file:b"));
  CHECK(scope.open_ends().empty());
}

TEST_CASE_METHOD(scope_test, "of several values only those that are unknown wait") {
  admit(R"({:db/id "b" :node/label "b"})", 1);
  const auto a = admit(R"({:db/id "a" :node/all ["b" "c" [:node/label "x"]]})", 1);
  const auto* all = value_of(only(a), "node/all");
  REQUIRE(all != nullptr);
  CHECK(all->items().size() == 2);
  CHECK(scope.open_ends().size() == 1);
}

TEST_CASE_METHOD(scope_test, "an entity without a name gets one when something of it waits") {
  admit(R"({:node/label "anonymous" :node/next "later"})", 1, 12);
  scope.acknowledge(1, {{"file:12:1:0", entity_id(70)}});
  const auto later = admit(R"({:db/id "later" :node/label "x"})", 2);
  REQUIRE(later.operations.size() == 2);
  CHECK(later.operations[1].entity == operand(entity_id(70)));
}

TEST_CASE_METHOD(scope_test, "nested maps take part") {
  const auto f = admit(R"({:db/id "a" :node/next {:node/label "n" :node/next "later"}})", 1, 3);
  const auto* nested = value_of(only(f), "node/next");
  REQUIRE(nested != nullptr);
  CHECK(nested->entries().size() == 2); // the label, and a name to find it again
  const auto only_waiting = admit(R"({:db/id "b" :node/next {:node/next "later"}})", 1, 4);
  CHECK(only_waiting.operations.empty());
  const auto later = admit(R"({:db/id "later" :node/label "x"})", 1);
  CHECK(later.operations.size() == 4);
  CHECK(scope.open_ends().empty());
}

TEST_CASE_METHOD(scope_test, "reverse attributes wait the other way round") {
  CHECK(admit(R"({:db/id "b" :node/_next "a"})", 1).operations.empty());
  const auto a = admit(R"({:db/id "a" :node/label "a"})", 1);
  REQUIRE(a.operations.size() == 2);
  CHECK(a.operations[1].entity == tempid("file:a"));
  CHECK(a.operations[1].attribute == "node/next");
  CHECK(a.operations[1].value == tempid("file:b"));
}

TEST_CASE_METHOD(scope_test, "the names of the transaction are no tempids") {
  admit(R"({:db/id "datomic.tx" :node/label "x"})", 1);
  admit(R"([:db/add "db/current-tx" :node/label "x"])", 1);
  CHECK(scope.empty());
}

TEST_CASE_METHOD(scope_test, "a circle without other facts is one transaction at the end") {
  CHECK(admit(R"({:db/id "a" :node/next "b"})", 1).operations.empty());
  CHECK(admit(R"({:db/id "b" :node/next "a"})", 1).operations.empty());
  const auto ends = scope.finish(2);
  CHECK(ends.size() == 2);
  CHECK(scope.open_ends().empty());
}

TEST_CASE_METHOD(scope_test, "finish leaves what nothing describes") {
  admit(R"({:db/id "a" :node/label "a" :node/next "nobody"})", 1);
  CHECK(scope.finish(2).empty());
  REQUIRE(scope.open_ends().size() == 1);
  CHECK(scope.open_ends()[0].name == "nobody");
}

TEST_CASE_METHOD(scope_test, "what did not happen is undone") {
  admit(R"({:db/id "a" :node/label "a" :node/next "b"})", 1);
  scope.acknowledge(1, {{"file:a", entity_id(70)}});
  const auto before = scope.open_ends().size();
  admit(R"({:db/id "b" :node/label "b" :node/next "c"})", 2); // takes a's reference
  admit(R"({:db/id "d" :node/next "c"})", 3);
  scope.roll_back(2);
  CHECK(scope.open_ends().size() == before);
  const auto again = admit(R"({:db/id "b" :node/label "b"})", 4);
  REQUIRE(again.operations.size() == 2);
  CHECK(again.operations[1].entity == operand(entity_id(70)));
}

TEST_CASE_METHOD(scope_test, "a later life finds names and what waits again") {
  scope.remember({"file:a", entity_id(70)});
  scope.remember({"other", entity_id(71)}); // of a transaction with tempids of its own
  scope.replay(form_from(R"({:db/id "a" :node/label "a" :node/next "b"})"), *s);
  scope.replay(form_from(R"({:db/id "bad" :node/label "refused" :node/next "b"})"), *s);
  REQUIRE(scope.open_ends().size() == 1);
  const auto b = admit(R"({:db/id "b" :node/label "b"})", 1);
  REQUIRE(b.operations.size() == 2);
  CHECK(b.operations[1].entity == operand(entity_id(70)));
  CHECK(only(admit(R"({:db/id "other" :node/label "x"})", 1)).entity == tempid("file:other"));
}
