#include "random_request.hpp"

#include "random_schema.hpp"
#include "random_value.hpp"

#include "weft/core/tx/describe.hpp"

namespace weft::test {

namespace {

operand keyword(const std::string& text) {
  return value::keyword(text);
}

class builder {
 public:
  builder(const model& m, choices& c) : m_(m), c_(c), entities_(m.entities()) {
    for (const auto& [id, a] : m.attributes())
      if (id.get() >= limits::first_user_attribute)
        (a.parts.empty() ? attributes_ : composites_).push_back(&a);
    for (const auto* a : attributes_)
      if (a->no_history)
        forgetful_.push_back(a);
    for (const auto& [e, a, v] : m.facts()) {
      const auto& said = m.attributes().at(a);
      if (a.get() >= limits::first_user_attribute && said.parts.empty())
        used_attributes_.push_back(&said); // as often as it has facts
      if (a == builtin::ident && e.get() >= limits::first_user_local)
        idents_.emplace_back(v.view().as_bytes());
    }
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
      random_declaration(
          out, c_.once_in(2) && !used_attributes_.empty() ? used_attributes_ : attributes_,
          c_.once_in(9) ? a_tempid() : operand(), c_);
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
    if (c_.once_in(4) && !forgetful_.empty())
      return c_.of(forgetful_);
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
    if (c_.once_in(60))
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
    if (a.type == value_type::tuple)
      return c_.once_in(4) ? whole_tuple(a) : tuple(a);
    return a.type == value_type::ref ? entity() : scalar(a.type);
  }

  std::vector<value_type> element_types(const model_attribute& a) {
    return a.elements.size() == 1 ? std::vector(2 + c_.below(2), a.elements[0]) : a.elements;
  }

  operand tuple(const model_attribute& a) {
    std::vector<operand> items;
    for (const auto type : element_types(a))
      items.push_back(c_.once_in(6)             ? operand()
                      : type == value_type::ref ? entity()
                                                : scalar(type));
    if (c_.once_in(20))
      items.pop_back();
    return list_of(std::move(items));
  }

  operand whole_tuple(const model_attribute& a) {
    std::vector<std::optional<value>> elements;
    for (const auto type : element_types(a))
      if (type != value_type::ref)
        elements.emplace_back(random_value(type, c_));
      else if (entities_.empty())
        elements.emplace_back();
      else
        elements.emplace_back(value::of(c_.of(entities_)));
    return value::tuple(elements);
  }

  operand scalar(value_type type) {
    if (type == value_type::ref)
      return small(5);
    if (type == value_type::double_ && c_.once_in(2))
      return small(3);
    auto v = random_value(type, c_);
    if (type != value_type::vector || !c_.once_in(2))
      return v;
    std::vector<operand> components;
    for (std::size_t i = 0; i < v.view().vector_size(); ++i)
      components.emplace_back(v.view().vector_at(i));
    return list_of(std::move(components));
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
    const auto number = c_.below(types_.size());
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

  const model& m_;
  choices& c_;
  std::vector<entity_id> entities_;
  std::vector<const model_attribute*> attributes_;
  std::vector<const model_attribute*> composites_;
  std::vector<const model_attribute*> forgetful_;
  std::vector<const model_attribute*> used_attributes_;
  std::vector<std::string> idents_; // of entities that are no attributes
  std::vector<operand> used_;       // names of entities, so far
  std::vector<std::string> tempids_ = {"a", "b", "c"};
  std::vector<std::string> enums_ = {"e/a", "e/b", "x/y0"};
  std::vector<value_type> types_ = random_types();
};

} // namespace

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
