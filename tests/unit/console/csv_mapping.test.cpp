#include "weft/console/cli/transfer/csv_mapping.hpp"

#include "support/catch.hpp"

using namespace weft;
using namespace weft::console;

namespace {

using texts = std::vector<std::string>;

csv_mapping mapping(const texts& header, const texts& map = {}, const std::string& id = "") {
  const auto how = csv_settings_of(map, id);
  REQUIRE(how);
  auto made = csv_mapping::of(header, *how);
  REQUIRE(made);
  return *std::move(made);
}

error refused(const texts& header, const texts& map = {}, const std::string& id = "") {
  const auto how = csv_settings_of(map, id);
  REQUIRE(how);
  const auto made = csv_mapping::of(header, *how);
  REQUIRE_FALSE(made);
  return made.error();
}

std::shared_ptr<const schema> typed_schema() {
  auto s = schema::bootstrap();
  std::uint32_t id = 2000;
  for (const auto type : {value_type::long_, value_type::double_, value_type::boolean,
                          value_type::instant_, value_type::keyword, value_type::uuid_,
                          value_type::bytes_, value_type::ref, value_type::string})
    s = s->with(
        {.id = attribute_id(id++), .ident = "x/" + std::string(name_of(type)), .type = type});
  return s;
}

} // namespace

TEST_CASE("a header names attributes, with types where nobody declared them") {
  const auto m = mapping({"user/name", ":user/age:long", "plain"});
  REQUIRE(m.columns().size() == 3);
  CHECK(m.columns()[0].attribute == "user/name");
  CHECK_FALSE(m.columns()[0].type);
  CHECK(m.columns()[1].attribute == "user/age");
  CHECK(m.columns()[1].type == value_type::long_);
  CHECK(m.columns()[2].attribute == "plain");
  CHECK_FALSE(m.is_fact_list());
}

TEST_CASE("columns are mapped, left out, or name the row") {
  const auto m = mapping({"id", "email", "note", "user/name"}, {"email=user/email", "note="}, "id");
  CHECK(m.columns()[0].attribute.empty());
  CHECK(m.columns()[0].names_row);
  CHECK(m.columns()[1].attribute == "user/email");
  CHECK(m.columns()[2].attribute.empty());
  CHECK_FALSE(m.columns()[2].names_row);
  CHECK(m.columns()[3].attribute == "user/name");

  SECTION("a column can be an attribute and name the row") {
    const auto both = mapping({"email"}, {"email=user/email"}, "email");
    CHECK(both.columns()[0].attribute == "user/email");
    CHECK(both.columns()[0].names_row);
    CHECK(mapping({"user/email"}, {}, "user/email").columns()[0].attribute == "user/email");
  }
}

TEST_CASE("e,a,v is a list of facts") {
  CHECK(mapping({"e", "a", "v"}).is_fact_list());
  CHECK_FALSE(mapping({"e", "a", "v"}, {"e=x/e"}).is_fact_list());
}

TEST_CASE("a header that cannot be meant is refused") {
  CHECK(refused({"full name"}).code == errc::malformed_csv);
  CHECK(refused({"user/age:lnog"}).code == errc::malformed_csv);
  CHECK(refused({"user/age", ":user/age:long"}).detail == "two columns are :user/age");
  CHECK(refused({"email"}, {"emial=user/email"}).field("nearest") == "email");
  CHECK(refused({"email"}, {}, "id").code == errc::usage);
  CHECK_FALSE(csv_settings_of({"email"}, ""));
  CHECK_FALSE(csv_settings_of({"=x"}, ""));
}

TEST_CASE("fields are read by the type of their attribute") {
  const auto s = typed_schema();
  const auto read = [&](std::string_view text, const std::string& attribute) {
    auto made = csv_operand(text, attribute, {}, *s);
    REQUIRE(made);
    return *std::move(made);
  };
  CHECK(read("36", "x/long") == operand(36));
  CHECK(read("1.5", "x/double") == operand(1.5));
  CHECK(read("true", "x/boolean") == operand(true));
  CHECK(read("1970-01-01T00:00:01Z", "x/instant") == operand(instant(1'000'000)));
  CHECK(read(":color/red", "x/keyword") == operand(value::keyword("color/red")));
  CHECK(read("color/red", "x/keyword") == operand(value::keyword("color/red")));
  CHECK(read("AQI=", "x/bytes") == operand(value::bytes("\x01\x02")));
  CHECK(read("a, \"b\"", "x/string") == operand("a, \"b\""));
  CHECK(read("36", "x/unknown") == operand("36"));
  CHECK(read("17", "x/ref") == operand("17")); // a name of the file
  CHECK(read(":color/red", "x/ref") == ident("color/red"));
  CHECK(read("[:x/string \"a\"]", "x/ref") == lookup("x/string", "a"));
  CHECK(*csv_operand("36", "x/unknown", value_type::long_, *s) == operand(36));
}

TEST_CASE("a field that is no value of its attribute is refused by name") {
  const auto s = typed_schema();
  for (const auto* attribute :
       {"x/long", "x/double", "x/boolean", "x/instant", "x/uuid", "x/bytes"}) {
    const auto made = csv_operand("what?", attribute, {}, *s);
    INFO(attribute);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::invalid_value);
    CHECK(made.error().field("attribute") == ":" + std::string(attribute));
  }
}
