#include "random_schema.hpp"

#include "random_value.hpp"

namespace weft::test {

namespace {

using known_attributes = std::vector<const model_attribute*>;

operand keyword(const std::string& text) {
  return value::keyword(text);
}

operand keywords(const std::vector<std::string>& texts) {
  std::vector<operand> out;
  out.reserve(texts.size());
  for (const auto& text : texts)
    out.push_back(keyword(text));
  return list_of(std::move(out));
}

std::vector<map_entry> attribute_map(const std::string& ident, const std::string& type,
                                     std::vector<map_entry> more = {}) {
  more.push_back({"db/ident", keyword(ident)});
  more.push_back({"db/valueType", keyword("db.type/" + type)});
  return more;
}

const map_entry many = {"db/cardinality", keyword("db.cardinality/many")};
const map_entry identity = {"db/unique", keyword("db.unique/identity")};
const map_entry unique_value = {"db/unique", keyword("db.unique/value")};
const map_entry component = {"db/isComponent", true};
const map_entry no_history = {"db/noHistory", true};

map_entry parts(const std::vector<std::string>& idents) {
  return {"db/tupleAttrs", keywords(idents)};
}

map_entry elements(const std::vector<std::string>& types) {
  return {"db/tupleTypes", keywords(types)};
}

const map_entry strings = {"db/tupleType", keyword("db.type/string")};

operand constraint(choices& c) {
  const auto small = [&](std::size_t n) { return static_cast<std::int64_t>(c.below(n)); };
  const std::vector<std::string> enums = {"e/a", "e/b", "x/y0"};
  switch (c.below(6)) {
  case 0:
    return keywords({"enum", c.of(enums), c.of(enums)});
  case 1:
    return list_of({keyword("enum"), operand(small(3)), operand(small(5))});
  case 2:
    return list_of({keyword("enum"), operand("s" + std::to_string(small(4))), operand("s0")});
  case 3:
    return list_of({keyword("length"), operand(small(4)), operand(small(4))});
  case 4:
    return list_of({keyword("regex"), operand(c.once_in(2) ? "s[0-3]" : "s[1-2]")});
  default:
    return list_of({keyword("range"), operand(small(3)), operand(small(6))});
  }
}

void declare(tx_request& out, const known_attributes& known, const operand& id, choices& c) {
  const auto name = "x/y" + std::to_string(c.below(6));
  std::vector<map_entry> more;
  if (c.once_in(3))
    more.push_back(many);
  if (c.once_in(3))
    more.push_back(c.once_in(2) ? identity : unique_value);
  if (c.once_in(4))
    more.push_back({"db/index", c.below(2) == 0});
  if (c.once_in(4))
    more.push_back({"db/noHistory", c.below(2) == 0});
  if (c.once_in(5))
    more.push_back({"weft/check", constraint(c)});
  std::string type(name_of(c.of(random_types())));
  if (c.once_in(3)) {
    type = "tuple";
    more.push_back(parts({c.of(known)->ident, c.of(known)->ident}));
  } else if (type == "tuple" && !c.once_in(6)) {
    more.push_back(c.once_in(2) ? strings : elements({"db.type/long", "db.type/bytes"}));
  }
  out.put(id, attribute_map(name, type, more));
}

} // namespace

void random_declaration(tx_request& out, const known_attributes& known, const operand& id,
                        choices& c) {
  if (c.once_in(3))
    return declare(out, known, id, c);
  const auto* a = c.of(known);
  const auto e = keyword(a->ident);
  switch (c.below(12)) {
  case 0:
    out.add(e, "db/cardinality",
            keyword(c.once_in(2) ? "db.cardinality/many" : "db.cardinality/one"));
    return;
  case 1:
  case 2:
    out.add(e, "db/unique", keyword(c.once_in(2) ? "db.unique/identity" : "db.unique/value"));
    return;
  case 3:
    out.retract(e, "db/unique");
    return;
  case 4:
    out.add(e, "db/isComponent", c.below(2) == 0);
    return;
  case 5:
    out.add(e, "db/index", c.below(2) == 0);
    return;
  case 6:
    out.add(e, "weft/check", constraint(c));
    return;
  case 7:
    out.retract(e, "weft/check");
    return;
  case 8:
    out.add(e, "db/ident", keyword("x/y" + std::to_string(c.below(6))));
    return;
  case 9:
    out.add(e, "db/noHistory", !a->no_history);
    return;
  case 10:
    if (c.once_in(4)) // never allowed
      out.add(e, "db/tupleType", keyword("db.type/long"));
    else
      out.retract(e, "db/noHistory");
    return;
  default:
    out.put({{"db/ident", e}, {"db/doc", "d" + std::to_string(c.below(3))}});
  }
}

tx_request first_request() {
  return tx_request{}
      .put(attribute_map("k/id", "string", {identity}))
      .put(attribute_map("k/no", "long", {identity}))
      .put(attribute_map("k/of", "ref", {identity}))
      .put(attribute_map("v/badge", "long", {unique_value}))
      .put(attribute_map("v/keys", "string", {unique_value, many}))
      .put(attribute_map("n/age", "long", {{"weft/check", list_of({keyword("range"), 0, 3})}}))
      .put(attribute_map("n/tags", "string", {many}))
      .put(attribute_map("n/mark", "string",
                         {{"weft/check", list_of({keyword("regex"), operand("s[0-2]")})}}))
      .put(attribute_map("n/mood", "keyword", {{"weft/check", keywords({"enum", "e/a"})}}))
      .put(attribute_map("n/x", "double"))
      .put(attribute_map("r/friend", "ref"))
      .put(attribute_map("r/likes", "ref", {many}))
      .put(attribute_map("c/head", "ref", {component}))
      .put(attribute_map("c/parts", "ref", {component, many}))
      .put(attribute_map("t/a", "long"))
      .put(attribute_map("t/b", "string"))
      .put(attribute_map("t/r", "ref"))
      .put(attribute_map("t/ab", "tuple", {identity, parts({"t/a", "t/b"})}))
      .put(attribute_map("t/ra", "tuple", {identity, parts({"t/r", "t/a"})}))
      .put(attribute_map("t/rf", "tuple", {unique_value, parts({"t/b", "r/friend"})}))
      .put(attribute_map("u/id", "uuid", {identity}))
      .put(attribute_map("u/at", "instant"))
      .put(attribute_map("u/raw", "bytes", {unique_value}))
      .put(attribute_map("u/raws", "bytes", {many}))
      .put(attribute_map("u/vector", "vector"))
      .put(attribute_map("u/vectors", "vector", {many}))
      .put(attribute_map("u/pair", "tuple",
                         {identity, elements({"db.type/keyword", "db.type/long"})}))
      .put(attribute_map("u/names", "tuple", {many, strings}))
      .put(attribute_map("u/who", "tuple",
                         {elements({"db.type/ref", "db.type/double", "db.type/instant"})}))
      .put(attribute_map("h/seen", "long", {no_history}))
      .put(attribute_map("h/tags", "string", {no_history, many}))
      .put(attribute_map("h/last", "ref", {no_history}))
      .put(attribute_map("h/key", "string", {no_history, identity}))
      .put(attribute_map("h/of", "tuple", {parts({"h/seen", "t/a"})}))
      .put(attribute_map("h/own", "tuple", {no_history, parts({"t/a", "u/at"})}));
}

} // namespace weft::test
