#include "weft/core/datom/schema.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <map>

using namespace weft;

namespace {

attribute make_attribute(std::uint32_t id, std::string ident) {
  attribute a;
  a.id = attribute_id(id);
  a.ident = std::move(ident);
  return a;
}

/// The first said value of each attribute of one entity.
std::map<attribute_id, value> said_about(entity_id e) {
  std::map<attribute_id, value> out;
  for (const auto& d : bootstrap_datoms())
    if (d.entity == e)
      out.emplace(d.attribute, d.value);
  return out;
}

std::vector<attribute_id> ids(std::span<const attribute_id> in) {
  return {in.begin(), in.end()};
}

} // namespace

TEST_CASE("the bootstrap facts describe the bootstrap schema, themselves included") {
  const auto s = schema::bootstrap();
  REQUIRE(s->attributes().size() == 14);
  for (const auto* a : s->attributes()) {
    CAPTURE(a->ident);
    const auto said = said_about(entity::of_attribute(a->id));
    CHECK(said.at(builtin::ident) == value::keyword(a->ident));
    CHECK(said.at(builtin::value_type_) ==
          value::keyword("db.type/" + std::string(name_of(a->type))));
    CHECK(said.at(builtin::cardinality) == value::keyword("db.cardinality/one"));
    CHECK(a->cardinality == cardinality::one);
    CHECK(said.contains(builtin::unique) == (a->unique == uniqueness::identity));
    CHECK(said.contains(builtin::doc));
  }
}

TEST_CASE("the bootstrap facts obey the schema and are in index order at t = 0") {
  const auto& facts = bootstrap_datoms();
  const auto s = schema::bootstrap();
  for (const auto& d : facts) {
    CAPTURE(d.entity.get(), d.attribute.get());
    const auto* a = s->find(d.attribute);
    REQUIRE(a != nullptr);
    CHECK(a->type == d.value.type());
    CHECK(check(d.value.view()));
    CHECK(d.t == tx_number(0));
    CHECK(d.added);
    CHECK(s->find(*entity::to_attribute(d.entity)) != nullptr);
  }
  CHECK(std::ranges::is_sorted(facts, [](const datom& x, const datom& y) {
    return std::pair(x.entity, x.attribute) < std::pair(y.entity, y.attribute);
  }));
}

TEST_CASE("the ids of built-in attributes are fixed for ever") {
  const auto s = schema::bootstrap();
  const std::vector<std::pair<std::uint32_t, std::string_view>> expected = {
      {1, "db/ident"},      {2, "db/valueType"},   {3, "db/cardinality"}, {4, "db/unique"},
      {5, "db/index"},      {6, "db/isComponent"}, {7, "db/doc"},         {8, "db/noHistory"},
      {9, "db/tupleAttrs"}, {10, "db/tupleTypes"}, {11, "db/tupleType"},  {12, "weft/check"},
      {13, "db/txInstant"}, {14, "weft/name"}};
  for (const auto& [id, ident] : expected) {
    REQUIRE(s->find(ident) != nullptr);
    CHECK(s->find(ident)->id == attribute_id(id));
    CHECK(s->find(attribute_id(id)) == s->find(ident));
  }
  CHECK(s->find(attribute_id(0)) == nullptr);
  CHECK(s->find(attribute_id(15)) == nullptr);
  CHECK(s->find("db/nothing") == nullptr);
}

TEST_CASE("a schema with one more attribute leaves the old one as it was") {
  const auto before = schema::bootstrap();
  const auto after = before->with(make_attribute(1024, "user/name"));
  CHECK(before->find("user/name") == nullptr);
  CHECK(before->find(attribute_id(1024)) == nullptr);
  REQUIRE(after->find("user/name") != nullptr);
  CHECK(after->find(attribute_id(1024)) == after->find("user/name"));
  CHECK(after->attributes().size() == before->attributes().size() + 1);
  CHECK(after->attributes().back()->ident == "user/name");
}

TEST_CASE("a renamed attribute gives its old ident back") {
  const auto first = schema::bootstrap()->with(make_attribute(1024, "user/nmae"));
  const auto renamed = first->with(make_attribute(1024, "user/name"));
  CHECK(renamed->find("user/nmae") == nullptr);
  REQUIRE(renamed->find("user/name") != nullptr);
  const auto reused = renamed->with(make_attribute(1025, "user/nmae"));
  CHECK(reused->find("user/nmae")->id == attribute_id(1025));
  CHECK(reused->find("user/name")->id == attribute_id(1024));
}

TEST_CASE("attributes know the composite tuples they are part of") {
  auto both = make_attribute(1026, "reg/course+student");
  both.tuple_of = {attribute_id(1024), attribute_id(1025)};
  auto other = make_attribute(1027, "reg/course+term");
  other.tuple_of = {attribute_id(1024), attribute_id(1028)};
  const auto s = schema::bootstrap()->with(both)->with(other)->with(both);
  CHECK(ids(s->composites_of(attribute_id(1024))) ==
        std::vector{attribute_id(1026), attribute_id(1027)});
  CHECK(ids(s->composites_of(attribute_id(1025))) == std::vector{attribute_id(1026)});
  CHECK(s->composites_of(attribute_id(1026)).empty());
  both.tuple_of = {attribute_id(1025), attribute_id(1028)};
  const auto changed = s->with(both);
  CHECK(ids(changed->composites_of(attribute_id(1024))) == std::vector{attribute_id(1027)});
  CHECK(ids(s->composites_of(attribute_id(1024))).size() == 2);
}

TEST_CASE("a misspelt ident finds the nearest one, or none") {
  const auto s = schema::bootstrap()
                     ->with(make_attribute(1024, "user/name"))
                     ->with(make_attribute(1025, "user/age"));
  CHECK(s->nearest("user/nmae") == "user/name"); // a swap
  CHECK(s->nearest("user/names") == "user/name");
  CHECK(s->nearest("user/ame") == "user/name");
  CHECK(s->nearest("usr/agee") == "user/age");
  CHECK(s->nearest("user/name") == "user/name");
  CHECK(s->nearest("db/identt") == "db/ident");
  CHECK(s->nearest("completely/different").empty());
  CHECK(s->nearest("").empty());
}

TEST_CASE("how far near is: a quarter of the letters and one") {
  const auto s = schema::bootstrap()->with(make_attribute(1024, "abcdefgh"));
  CHECK(s->nearest("abcdexyz") == "abcdefgh"); // three of eight
  CHECK(s->nearest("abcdwxyz").empty());       // four of eight
}

TEST_CASE("a unique attribute is in the value index whatever it says") {
  auto a = make_attribute(1024, "user/mail");
  CHECK(a.in_avet());
  a.indexed = false;
  CHECK_FALSE(a.in_avet());
  a.unique = uniqueness::value;
  CHECK(a.in_avet());
}
