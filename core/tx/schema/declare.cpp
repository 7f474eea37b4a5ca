#include "weft/core/tx/schema/declare.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace weft::tx {

namespace {

/// What one entity is told to be.
struct told {
  std::vector<const statement*> facts;
  bool is_attribute = false; ///< something only attributes have is stated
};

class declarer {
 public:
  declarer(schema_draft& draft, statement_list& statements, resolver& resolve,
           tempid_table& tempids)
      : draft_(draft), statements_(statements), resolve_(resolve), tempids_(tempids) {}

  result<void> run();

 private:
  void collect();
  result<void> check_idents() const;
  result<void> place(entity_id e, const told& t);
  result<void> place_known(entity_id e, const told& t);
  result<std::optional<value_view>> ident_of(const told& t) const;
  result<void> read_all();
  result<attribute> read(attribute_id id);
  result<declaration> declaration_of(attribute_id id) const;
  result<void> check_unchanged(const attribute& a) const;
  result<void> read_parts();
  void imply();
  void say(attribute_id about, attribute_id key, value v);

  schema_draft& draft_;
  statement_list& statements_;
  resolver& resolve_;
  tempid_table& tempids_;
  std::vector<std::pair<entity_id, told>> entities_; // in the order of the request
  std::map<attribute_id, told> attributes_;
  std::map<attribute_id, declaration> declarations_;
  std::map<std::string, attribute_id, std::less<>> new_names_;
};

result<void> declarer::run() {
  collect();
  WEFT_CHECK(check_idents());
  for (const auto& [e, t] : entities_)
    if (auto placed = place(e, t); !placed)
      return fail(located(t.facts.front()->at, std::move(placed).error()));
  if (attributes_.empty())
    return {};
  WEFT_CHECK(read_all());
  WEFT_CHECK(read_parts());
  imply();
  return {};
}

void declarer::collect() {
  std::unordered_map<entity_id, std::size_t> index;
  for (const auto& s : statements_.facts) {
    if (!describes_attributes(s.about->id))
      continue;
    const auto [it, inserted] = index.try_emplace(s.entity, entities_.size());
    if (inserted)
      entities_.push_back({s.entity, {}});
    auto& t = entities_[it->second].second;
    t.facts.push_back(&s);
    t.is_attribute |= makes_attribute(s.about->id);
  }
}

/// Some names belong to the database, whatever they are to be given to.
result<void> declarer::check_idents() const {
  for (const auto& [e, t] : entities_)
    for (const auto* s : t.facts)
      if (s->about->id == builtin::ident && s->what == verb::add &&
          is_reserved_name(s->value.as_bytes()))
        return fail(located(
            s->at, {errc::reserved_attribute,
                    fmt::format("{} is a name that belongs to the database", text_of(s->value)),
                    {{"attribute", text_of(s->value)}}}));
  return {};
}

result<std::optional<value_view>> declarer::ident_of(const told& t) const {
  std::optional<value_view> out;
  for (const auto* s : t.facts) {
    if (s->about->id != builtin::ident || s->what != verb::add)
      continue;
    if (out && *out != s->value)
      return fail(
          errc::datoms_conflict,
          fmt::format("one entity is called {} and {}", text_of(*out), text_of(s->value)),
          {{"attribute", ":db/ident"}, {"value", text_of(*out)}, {"other", text_of(s->value)}});
    out = s->value;
  }
  return out;
}

/// Finds out which attribute an entity is, if it is one.
result<void> declarer::place(entity_id e, const told& t) {
  if (const auto known = tempids_.find(e); !provisional::is(known))
    return place_known(known, t);
  WEFT_TRY(const auto ident, ident_of(t));
  const auto* known = ident ? draft_.before->find(ident->as_bytes()) : nullptr;
  if (known == nullptr && (!ident || !t.is_attribute)) {
    draft_.unplaced.push_back(e);
    if (t.is_attribute && !draft_.nameless)
      draft_.nameless =
          located(t.facts.front()->at,
                  invalid_declaration(":db/ident", "", "an attribute needs :db/ident, its name"));
    return {};
  }
  const auto name = ident->as_bytes();
  std::optional<attribute_id> id;
  if (known != nullptr) {
    id = known->id;
  } else if (const auto other = new_names_.find(name); other != new_names_.end()) {
    id = other->second;
  } else if (resolve_.holder(*draft_.before->find(builtin::ident), *ident)) {
    return fail(
        invalid_declaration(":db/ident", std::string(name),
                            fmt::format("{} is an entity that is no attribute", text_of(*ident))));
  } else {
    WEFT_TRY(id, allocate_attribute(draft_));
    new_names_.emplace(name, *id);
  }
  WEFT_CHECK(tempids_.bind(e, entity::of_attribute(*id)));
  auto& all = attributes_[*id];
  all.facts.insert(all.facts.end(), t.facts.begin(), t.facts.end());
  return {};
}

result<void> declarer::place_known(entity_id e, const told& t) {
  const auto id = entity::to_attribute(e);
  if (!id && t.is_attribute)
    return fail(invalid_declaration(
        ":db/ident", "", fmt::format("entity {} is no attribute and cannot become one", e.get())));
  if (!id)
    return {};
  auto& all = attributes_[*id];
  all.facts.insert(all.facts.end(), t.facts.begin(), t.facts.end());
  return {};
}

/// Retractions first, whatever the order of the request.
result<declaration> declarer::declaration_of(attribute_id id) const {
  const auto* before = draft_.before->find(id);
  auto out = before != nullptr ? declaration(*before, *draft_.before) : declaration();
  std::map<attribute_id, value_view> added;
  const auto& facts = attributes_.at(id).facts;
  for (const auto* s : facts)
    if (s->what == verb::retract)
      out.retract(s->about->id, s->value);
    else if (s->what == verb::retract_all)
      out.retract(s->about->id);
  for (const auto* s : facts) {
    if (s->what != verb::add)
      continue;
    const auto [it, inserted] = added.try_emplace(s->about->id, s->value);
    if (!inserted && it->second != s->value)
      return fail(errc::datoms_conflict,
                  fmt::format("{} is {} and {}", name_of(*s->about), text_of(it->second),
                              text_of(s->value)),
                  {{"attribute", name_of(*s->about)},
                   {"entity", resolve_.name(entity::of_attribute(id))},
                   {"value", text_of(it->second)},
                   {"other", text_of(s->value)}});
    out.add(s->about->id, s->value);
  }
  return out;
}

result<attribute> declarer::read(attribute_id id) {
  if (id.get() < limits::first_user_attribute)
    return fail(errc::reserved_attribute, "built-in attributes cannot be altered",
                {{"attribute", name_of(*draft_.before->find(id))}});
  WEFT_TRY(auto said, declaration_of(id));
  WEFT_TRY(auto a, said.read(id));
  const auto* before = draft_.before->find(id);
  if (before != nullptr && !said[builtin::cardinality])
    return fail(invalid_declaration(":db/cardinality", a.ident,
                                    "an attribute has a cardinality; state the other instead"));
  if (before != nullptr)
    a.tuple_of = before->tuple_of;
  declarations_.emplace(id, std::move(said));
  draft_.edits.push_back({.id = id, .before = before, .at = attributes_.at(id).facts.front()->at});
  return a;
}

result<void> declarer::read_all() {
  std::vector<attribute> read_ones;
  for (const auto& [id, t] : attributes_) {
    auto one = read(id);
    if (!one)
      return fail(located(t.facts.front()->at, std::move(one).error()));
    read_ones.push_back(std::move(*one));
  }
  draft_.now = draft_.before->with(std::move(read_ones));
  return {};
}

result<void> declarer::check_unchanged(const attribute& a) const {
  const auto* before = draft_.before->find(a.id);
  if (before == nullptr)
    return {};
  const auto wrong = [&](std::string_view key, std::string_view what) {
    return fail(invalid_declaration(key, a.ident, fmt::format("{} cannot change", what)));
  };
  if (before->type != a.type)
    return wrong(":db/valueType", "the type of an attribute");
  if (before->tuple_types != a.tuple_types)
    return wrong(a.tuple_types.size() == 1 ? ":db/tupleType" : ":db/tupleTypes",
                 "the types of a tuple");
  if (before->tuple_of != a.tuple_of)
    return wrong(":db/tupleAttrs", "the parts of a composite tuple");
  return {};
}

result<void> declarer::read_parts() {
  std::vector<attribute> composites;
  for (const auto& [id, said] : declarations_) {
    auto a = *draft_.now->find(id);
    a.tuple_of.clear();
    auto parts = said.read_parts(a, *draft_.before, *draft_.now);
    if (parts)
      parts = check_unchanged(a);
    if (!parts)
      return fail(located(attributes_.at(id).facts.front()->at, std::move(parts).error()));
    if (!a.tuple_of.empty())
      composites.push_back(std::move(a));
  }
  if (!composites.empty())
    draft_.now = draft_.now->with(std::move(composites));
  for (const auto& [id, said] : declarations_) {
    const auto& a = *draft_.now->find(id);
    if (a.cardinality == cardinality::many && !draft_.now->composites_of(id).empty())
      return fail(invalid_declaration(":db/cardinality", a.ident,
                                      "a part of a composite tuple has one value"));
  }
  return {};
}

void declarer::say(attribute_id about, attribute_id key, value v) {
  statements_.facts.push_back({.entity = entity::of_attribute(about),
                               .about = draft_.now->find(key),
                               .value = resolve_.keep(std::move(v))});
}

/// Adds the facts that follow from others, so that a record says all there is to know.
void declarer::imply() {
  std::erase_if(statements_.facts, [&](const statement& s) {
    return s.about->id == builtin::tuple_attrs && s.what == verb::add;
  });
  std::vector<attribute_id> composites;
  for (const auto& [id, said] : declarations_) {
    if (!said[builtin::cardinality])
      say(id, builtin::cardinality, value::keyword("db.cardinality/one"));
    if (said[builtin::tuple_attrs])
      composites.push_back(id);
    const auto using_it = draft_.now->composites_of(id);
    composites.insert(composites.end(), using_it.begin(), using_it.end());
  }
  std::sort(composites.begin(), composites.end());
  composites.erase(std::unique(composites.begin(), composites.end()), composites.end());
  for (const auto id : composites)
    say(id, builtin::tuple_attrs, value::string(parts_text(*draft_.now->find(id), *draft_.now)));
}

} // namespace

result<void> declare(schema_draft& draft, statement_list& statements, resolver& resolve,
                     tempid_table& tempids) {
  return declarer(draft, statements, resolve, tempids).run();
}

result<attribute_id> allocate_attribute(schema_draft& draft) {
  if (draft.next.next_attribute >= limits::first_user_local)
    return fail(invalid_declaration(":db/ident", "", "the database has no room for attributes"));
  return attribute_id(static_cast<std::uint32_t>(draft.next.next_attribute++));
}

} // namespace weft::tx
