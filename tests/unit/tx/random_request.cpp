#include "random_request.hpp"

#include "weft/core/tx/describe.hpp"

namespace weft::test {

namespace {

operand keyword(const std::string& text) {
  return value::keyword(text);
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

class builder {
 public:
  builder(const model& m, choices& c) : m_(m), c_(c), entities_(m.entities()) {
    for (const auto& [id, a] : m.attributes())
      if (id.get() >= limits::first_user_attribute)
        (a.parts.empty() ? attributes_ : composites_).push_back(&a);
    for (const auto& [e, a, v] : m.facts())
      if (a == builtin::ident && e.get() >= limits::first_user_local)
        idents_.emplace_back(v.view().as_bytes());
  }

  tx_request run() {
    tx_request out;
    do
      one(out);
    while (!c_.done() && out.operations().size() < 12);
    for (const auto& name : used_) // a tempid that nothing is stated about is an error
      if (!c_.once_in(16))
        out.add(name, "n/x", 1);
    return out;
  }

 private:
  void one(tx_request& out) {
    const auto* a = any_attribute();
    switch (c_.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      out.add(entity(), a->ident, any_value(*a));
      return;
    case 4:
    case 5:
    case 6:
    case 7:
      out.put(map_id(), map(2));
      return;
    case 8:
      retract(out);
      return;
    case 9:
      out.retract(entity(), a->ident);
      return;
    case 10:
      out.retract_entity(entity());
      return;
    case 11:
      cas(out);
      return;
    case 12:
      schema(out);
      return;
    case 13:
      flexible(out);
      return;
    case 14:
      call(out, *a);
      return;
    default:
      enums(out);
    }
  }

  std::int64_t small(std::size_t n) { return static_cast<std::int64_t>(c_.below(n)); }

  // -- facts ---

  const model_attribute* any_attribute() {
    return c_.once_in(12) ? c_.of(composites_) : c_.of(attributes_);
  }

  operand entity() {
    switch (c_.below(10)) {
    case 0:
      return a_tempid();
    case 1:
      return operand(a_tempid().text());
    case 2:
      return lookup_ref();
    case 3:
      return c_.once_in(3) ? this_transaction() : used(operand(-1 - small(2)));
    case 4:
      return c_.once_in(3) ? used(named("n" + std::to_string(c_.below(3)))) : known();
    case 5:
      return c_.once_in(16) ? wrong_entity() : known();
    case 6:
      return idents_.empty() ? known() : ident(c_.of(idents_));
    default:
      return known();
    }
  }

  operand a_tempid() { return used(tempid(c_.of(tempids_))); }

  operand used(operand x) {
    used_.push_back(x);
    return x;
  }

  operand known() { return entities_.empty() ? a_tempid() : operand(c_.of(entities_)); }

  operand wrong_entity() {
    static const std::vector<operand> wrong = {operand(entity_id(limits::first_user_local + 9999)),
                                               operand(0),
                                               operand(900),
                                               operand(1),
                                               operand(1.5),
                                               keyword("no/body"),
                                               operand(entity_id(1024))};
    return c_.of(wrong);
  }

  operand lookup_ref() {
    if (c_.once_in(30))
      return lookup(any_attribute()->ident, scalar(value_type::long_));
    std::vector<std::pair<const model_attribute*, const value*>> live;
    for (const auto& [e, id, v] : m_.facts())
      if (id.get() >= limits::first_user_attribute &&
          m_.attributes().at(id).unique != uniqueness::none)
        live.push_back({&m_.attributes().at(id), &v});
    if (live.empty())
      return known();
    const auto [a, v] = c_.of(live);
    return lookup(a->ident, v->type() == value_type::tuple ? elements_of(*v) : operand(*v));
  }

  /// A value that some entity has, if there is one.
  operand live_value(const model_attribute& a) {
    std::vector<value> live;
    for (const auto& [e, id, v] : m_.facts())
      if (id == a.id)
        live.push_back(v);
    if (live.empty() || c_.once_in(6))
      return a.parts.empty() ? one_value(a) : composite(a);
    const auto v = c_.of(live);
    return v.type() == value_type::tuple ? elements_of(v) : operand(v);
  }

  static operand elements_of(const value& tuple) {
    std::vector<operand> out;
    for (auto reader = tuple.view().as_tuple(); !reader.at_end();) {
      const auto element = reader.next();
      out.push_back(element ? operand(*element) : operand());
    }
    return list_of(std::move(out));
  }

  operand any_value(const model_attribute& a) {
    if (c_.once_in(40))
      return scalar(value_type::boolean);
    if (!a.parts.empty())
      return c_.once_in(2) ? composite(a) : live_value(a);
    if (!a.many || !c_.once_in(3))
      return one_value(a);
    std::vector<operand> items;
    for (std::size_t n = c_.below(4); n > 0; --n)
      items.push_back(one_value(a));
    return list_of(std::move(items));
  }

  operand composite(const model_attribute& a) {
    std::vector<operand> items;
    for (const auto part : a.parts)
      items.push_back(c_.once_in(4) ? operand() : one_value(m_.attributes().at(part)));
    return list_of(std::move(items));
  }

  operand one_value(const model_attribute& a) {
    if (!a.parts.empty())
      return composite(a);
    return a.type == value_type::ref ? entity() : scalar(a.type);
  }

  operand scalar(value_type type) {
    switch (type) {
    case value_type::boolean:
      return c_.below(2) == 1;
    case value_type::double_:
      return c_.once_in(2) ? operand(static_cast<double>(c_.below(3)) / 2) : operand(small(3));
    case value_type::string:
      return "s" + std::to_string(c_.below(4));
    case value_type::keyword:
      return keyword(c_.of(enums_));
    default:
      return small(5);
    }
  }

  operand map_id() {
    switch (c_.below(4)) {
    case 0:
      return {};
    case 1:
      return entity();
    default:
      return a_tempid();
    }
  }

  std::vector<map_entry> map(std::size_t depth) {
    std::vector<map_entry> out;
    for (std::size_t n = c_.below(4); n > 0; --n) {
      const auto* a = any_attribute();
      if (a->type != value_type::ref) {
        out.push_back({a->ident, any_value(*a)});
        continue;
      }
      if (c_.once_in(5)) {
        const auto slash = a->ident.find('/') + 1;
        out.push_back({a->ident.substr(0, slash) + "_" + a->ident.substr(slash), entity()});
      } else if (depth > 0 && c_.once_in(2)) {
        auto nested = map(depth - 1);
        if (a->component ? c_.once_in(4) : !c_.once_in(12))
          nested.push_back({"db/id", entity()});
        out.push_back({a->ident, a->many && c_.once_in(2) ? list_of({map_of(nested), entity()})
                                                          : map_of(nested)});
      } else {
        out.push_back({a->ident, any_value(*a)});
      }
    }
    return out;
  }

  void retract(tx_request& out) {
    const auto* a = c_.of(attributes_);
    if (c_.once_in(4)) {
      out.retract(entity(), a->ident, any_value(*a));
      return;
    }
    std::vector<const model_fact*> live;
    for (const auto& f : m_.facts())
      if (std::get<1>(f) == a->id)
        live.push_back(&f);
    if (live.empty())
      return;
    const auto& [e, id, v] = *c_.of(live);
    out.retract(e, a->ident, v);
  }

  void cas(tx_request& out) {
    const auto* a = any_attribute();
    for (int tries = 0; a->many && tries < 4; ++tries)
      a = any_attribute();
    const auto e = entity();
    operand expected = c_.once_in(6) ? one_value(*a) : operand();
    for (const auto& [fe, fa, v] : m_.facts())
      if (operand(fe) == e && fa == a->id && !c_.once_in(4))
        expected = v;
    out.cas(e, a->ident, expected, one_value(*a));
  }

  void call(tx_request& out, const model_attribute& a) {
    if (c_.once_in(16))
      out.call(c_.once_in(2) ? "fn/fail" : "fn/none", {});
    else if (!entities_.empty())
      out.call("fn/inc", {operand(c_.of(entities_)), keyword(c_.once_in(4) ? a.ident : "k/no")});
  }

  void enums(tx_request& out) {
    out.put(map_id(), {{"db/ident", keyword(c_.of(enums_))}, {"db/doc", "d"}});
  }

  // -- schema ---

  void flexible(tx_request& out) {
    const auto number = c_.below(5);
    const auto name = "f/x" + std::to_string(number);
    switch (c_.below(6)) {
    case 0:
      out.add(entity(), name, list_of({operand("s1"), operand("s2")}));
      return;
    case 1:
      out.put({{name, map_of({{"f/y", 1}})}});
      return;
    case 2:
      out.add(entity(), name, a_tempid());
      return;
    case 3:
      if (c_.once_in(4))
        out.retract(known(), name, 1);
      return;
    default:
      out.add(entity(), name, scalar(c_.once_in(12) ? c_.of(types_) : types_[number]));
    }
  }

  void schema(tx_request& out) {
    if (c_.once_in(3))
      return declare(out);
    const auto* a = c_.of(attributes_);
    const auto e = keyword(a->ident);
    switch (c_.below(10)) {
    case 0:
      out.add(e, "db/cardinality",
              keyword(c_.once_in(2) ? "db.cardinality/many" : "db.cardinality/one"));
      return;
    case 1:
    case 2:
      out.add(e, "db/unique", keyword(c_.once_in(2) ? "db.unique/identity" : "db.unique/value"));
      return;
    case 3:
      out.retract(e, "db/unique");
      return;
    case 4:
      out.add(e, "db/isComponent", c_.below(2) == 0);
      return;
    case 5:
      out.add(e, "db/index", c_.below(2) == 0);
      return;
    case 6:
      out.add(e, "weft/check", constraint());
      return;
    case 7:
      out.retract(e, "weft/check");
      return;
    case 8:
      out.add(e, "db/ident", keyword("x/y" + std::to_string(c_.below(6))));
      return;
    default:
      out.put({{"db/ident", e}, {"db/doc", "d" + std::to_string(c_.below(3))}});
    }
  }

  operand constraint() {
    switch (c_.below(6)) {
    case 0:
      return list_of({keyword("enum"), keyword(c_.of(enums_)), keyword(c_.of(enums_))});
    case 1:
      return list_of({keyword("enum"), operand(small(3)), operand(small(5))});
    case 2:
      return list_of({keyword("enum"), operand("s" + std::to_string(small(4))), operand("s0")});
    case 3:
      return list_of({keyword("length"), operand(small(4)), operand(small(4))});
    case 4:
      return list_of({keyword("regex"), operand(c_.once_in(2) ? "s[0-3]" : "s[1-2]")});
    default:
      return list_of({keyword("range"), operand(small(3)), operand(small(6))});
    }
  }

  void declare(tx_request& out) {
    const auto name = "x/y" + std::to_string(c_.below(6));
    std::vector<map_entry> more;
    if (c_.once_in(3))
      more.push_back(many);
    if (c_.once_in(3))
      more.push_back(c_.once_in(2) ? identity : unique_value);
    if (c_.once_in(4))
      more.push_back({"db/index", c_.below(2) == 0});
    if (c_.once_in(5))
      more.push_back({"weft/check", constraint()});
    if (!c_.once_in(3)) {
      const std::string type(name_of(c_.of(types_)));
      out.put(c_.once_in(3) ? a_tempid() : operand(), attribute_map(name, type, more));
      return;
    }
    more.push_back({"db/tupleAttrs", list_of({keyword(c_.of(attributes_)->ident),
                                              keyword(c_.of(attributes_)->ident)})});
    out.put(attribute_map(name, "tuple", more));
  }

  const model& m_;
  choices& c_;
  std::vector<entity_id> entities_;
  std::vector<const model_attribute*> attributes_;
  std::vector<const model_attribute*> composites_;
  std::vector<std::string> idents_; // of entities that are no attributes
  std::vector<operand> used_;       // names of entities, so far
  std::vector<std::string> tempids_ = {"a", "b", "c"};
  std::vector<std::string> enums_ = {"e/a", "e/b", "x/y0"};
  std::vector<value_type> types_ = {value_type::long_,   value_type::string,  value_type::ref,
                                    value_type::double_, value_type::keyword, value_type::boolean};
};

} // namespace

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
      .put(attribute_map("n/mood", "keyword",
                         {{"weft/check", list_of({keyword("enum"), keyword("e/a")})}}))
      .put(attribute_map("n/x", "double"))
      .put(attribute_map("r/friend", "ref"))
      .put(attribute_map("r/likes", "ref", {many}))
      .put(attribute_map("c/head", "ref", {component}))
      .put(attribute_map("c/parts", "ref", {component, many}))
      .put(attribute_map("t/a", "long"))
      .put(attribute_map("t/b", "string"))
      .put(attribute_map("t/r", "ref"))
      .put(attribute_map("t/ab", "tuple",
                         {identity, {"db/tupleAttrs", list_of({keyword("t/a"), keyword("t/b")})}}))
      .put(attribute_map("t/ra", "tuple",
                         {identity, {"db/tupleAttrs", list_of({keyword("t/r"), keyword("t/a")})}}))
      .put(attribute_map(
          "t/rf", "tuple",
          {unique_value, {"db/tupleAttrs", list_of({keyword("t/b"), keyword("r/friend")})}}));
}

tx_request random_request(const model& m, choices& c) {
  return builder(m, c).run();
}

std::string describe(const tx_request& request) {
  static const std::map<operation::kind, std::string> names = {
      {operation::kind::add, ":db/add"}, {operation::kind::retract, ":db/retract"},
      {operation::kind::cas, ":db/cas"}, {operation::kind::retract_entity, ":db/retractEntity"},
      {operation::kind::call, ":call"},  {operation::kind::put, ":put"}};
  std::string out = "[";
  for (const auto& op : request.operations()) {
    out += "[" + names.at(op.what) + " " + tx::edn_of(op.entity) + " :" + op.attribute + " ";
    for (const auto& x : op.arguments)
      out += tx::edn_of(x) + " ";
    out += tx::edn_of(op.value) + "]\n ";
  }
  return out + "]";
}

} // namespace weft::test
