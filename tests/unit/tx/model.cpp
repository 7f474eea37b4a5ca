#include "model_step.hpp"

#include "weft/core/datom/edn_value.hpp"

#include <algorithm>

namespace weft::test {

namespace {

/// Characters of a string, bytes of bytes.
std::int64_t length_of(const value& v) {
  const auto text = v.view().as_bytes();
  return std::count_if(text.begin(), text.end(), [&](char c) {
    return v.type() == value_type::bytes_ || (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
}

} // namespace

model::model() {
  for (const auto& d : bootstrap_datoms())
    facts_.emplace(d.entity, d.attribute, d.value);
  for (const auto* a : schema::bootstrap()->attributes())
    attributes_[a->id] = {.id = a->id, .ident = a->ident, .type = a->type, .unique = a->unique};
  history_.record(facts_, [](attribute_id) { return false; });
}

bool model_check::allows(const value& v) const {
  const auto within = [this](double x) { return low <= x && x <= high; };
  switch (what) {
  case kind::range:
    return within(v.type() == value_type::long_ ? static_cast<double>(v.view().as_long())
                                                : v.view().as_double());
  case kind::choice:
    return choices.contains(v);
  case kind::length:
    return within(static_cast<double>(length_of(v)));
  case kind::digit:
    break;
  }
  const auto text = v.view().as_bytes();
  return text.size() == 2 && text[0] == 's' && within(text[1] - '0');
}

std::vector<entity_id> model::entities() const {
  std::vector<entity_id> out;
  for (auto local = limits::first_user_local; local < next_local_; ++local)
    out.emplace_back(local);
  return out;
}

bool model::forgets(attribute_id id) const {
  const auto& a = attributes_.at(id);
  return a.no_history || std::any_of(a.parts.begin(), a.parts.end(), [&](attribute_id part) {
           return attributes_.at(part).no_history;
         });
}

model_outcome model::transact(const tx_request& request, schema_mode mode) {
  return model_step(*this, mode).run(request);
}

model_outcome model_step::run(const tx_request& request) {
  using stage = void (model_step::*)();
  expand(request);
  declare();
  if (!refused())
    infer();
  if (!refused())
    read_all();
  for (const stage next : {&model_step::merge_names, &model_step::check_used, &model_step::name_new,
                           &model_step::apply, &model_step::judge})
    if (!refused())
      (this->*next)();
  out_.any_refusal = refused() && ambiguous_;
  if (refused())
    return out_;
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i].what == model_name::kind::tempid)
      out_.tempids[names_[i].text] = *real({.name = i});
  m_.facts_ = facts_;
  m_.attributes_ = attributes_;
  m_.history_.record(facts_, [&](attribute_id a) { return m_.forgets(a); });
  m_.next_local_ = next_local_;
  m_.next_attribute_ = next_attribute_;
  return out_;
}

// -- names ---

bool lacks_parts(const model_attribute& a, const value& v) {
  if (a.parts.empty())
    return false;
  bool out = false;
  for (auto reader = v.view().as_tuple(); !reader.at_end();)
    out |= !reader.next();
  return out;
}

std::optional<entity_id> model_step::holder(attribute_id a, const value& v) const {
  const auto known = attributes_.find(a);
  if (known == attributes_.end() || lacks_parts(known->second, v))
    return std::nullopt;
  for (const auto& [e, fa, fv] : m_.facts_)
    if (fa == a && fv == v)
      return e;
  return std::nullopt;
}

std::optional<entity_id> model_step::real(const term& t) const {
  if (t.id)
    return t.id;
  const auto it = bound_.find(names_[t.name].group);
  return it == bound_.end() ? std::nullopt : std::optional(it->second);
}

/// Makes two terms one entity. Returns whether that was news.
bool model_step::same(const term& a, const term& b) {
  const auto x = real(a);
  const auto y = real(b);
  if (x && y) {
    if (*x != *y && (!a.id || !b.id))
      refuse(errc::tempid_conflict);
    if (*x != *y && a.id && b.id)
      ambiguous_ = true; // unique_conflict, unless a name that meets both is found first
    return false;
  }
  if (x || y) {
    bound_[names_[x ? b.name : a.name].group] = x ? *x : *y;
    return true;
  }
  const auto kept = names_[a.name].group;
  const auto gone = names_[b.name].group;
  for (auto& n : names_)
    if (n.group == gone)
      n.group = kept;
  return kept != gone;
}

/// Equal for values that are one value as far as is known.
std::string model_step::key_of(attribute_id a, const model_value& v) const {
  const auto prefix = std::to_string(a.get()) + " ";
  if (v.whole)
    return prefix + to_edn(v.whole->view());
  if (const auto e = real(v.target))
    return prefix + to_edn(value_view::of(*e));
  return prefix + "new " + std::to_string(names_[v.target.name].group);
}

void model_step::merge_names() {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i].what == model_name::kind::weft_name && names_[i].asserted)
      ops_.push_back({.entity = {.name = i},
                      .attribute = builtin::name,
                      .said = model_value{.whole = value::string(names_[i].text)}});
  while (!refused() && merge_once()) {
  }
}

/// The statement of one part of a composite about the same entity as `first`; nullptr if there is
/// none.
const model_op* model_step::part_beside(const model_op& first, attribute_id part) {
  const auto its = [&](const term& e) {
    const auto x = real(e);
    const auto y = real(first.entity);
    return x && y ? *x == *y : !x && !y && names_[e.name].group == names_[first.entity.name].group;
  };
  const model_op* found = nullptr;
  for (const auto& op : ops_) {
    if (op.what != model_op::kind::add || op.attribute != part || !its(op.entity))
      continue;
    ambiguous_ |= found != nullptr && key_of(part, *found->said) != key_of(part, *op.said);
    found = found == nullptr ? &op : found;
  }
  return found;
}

/// The claim that follows from stating all parts of a composite, of which `first` is the first.
std::optional<model_claim> model_step::composite_claim(const model_attribute& a,
                                                       const model_op& first) {
  std::vector<std::optional<value>> elements;
  std::string key = std::to_string(a.id.get());
  bool whole = true;
  for (const auto part : a.parts) {
    const auto* found = part_beside(first, part);
    if (found == nullptr)
      return std::nullopt;
    const auto& v = *found->said;
    key += key_of(part, v);
    whole = whole && (v.whole || real(v.target));
    if (whole)
      elements.emplace_back(value_of(v));
  }
  if (!whole)
    return model_claim{first.entity, key, std::nullopt};
  const model_value tuple{.whole = value::tuple(elements)};
  return model_claim{first.entity, key_of(a.id, tuple), tuple.whole};
}

std::vector<model_claim> model_step::all_claims() {
  std::vector<model_claim> out;
  const auto claim = [&](const term& who, attribute_id a, const model_value& v) {
    auto whole = v.whole;
    if (!whole && real(v.target))
      whole = value_of(v);
    out.push_back({who, key_of(a, v), whole, a});
  };
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i].what == model_name::kind::weft_name)
      claim({.name = i}, builtin::name, {.whole = value::string(names_[i].text)});
  for (const auto& op : ops_)
    if (op.what == model_op::kind::add &&
        attributes_.at(op.attribute).unique == uniqueness::identity &&
        !(op.said->whole && lacks_parts(attributes_.at(op.attribute), *op.said->whole)))
      claim(op.entity, op.attribute, *op.said);
  for (const auto& [id, a] : attributes_)
    if (!a.parts.empty() && a.unique == uniqueness::identity)
      for (const auto& op : ops_)
        if (op.what == model_op::kind::add && op.attribute == a.parts[0])
          if (auto found = composite_claim(a, op)) {
            found->attribute = id;
            out.push_back(*std::move(found));
          }
  return out;
}

/// Tries all claims against the database, and all pairs of claims.
bool model_step::merge_once() {
  bool news = false;
  const auto claims = all_claims();
  for (const auto& c : claims) {
    const auto held = c.whole && !c.who.id ? holder(c.attribute, *c.whole) : std::nullopt;
    news |= held && same(c.who, {.id = *held});
  }
  for (const auto& x : claims)
    for (const auto& y : claims)
      news |= x.key == y.key && same(x.who, y.who);
  return news;
}

void model_step::check_used() {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto& n = names_[i];
    if (n.asserted)
      continue;
    bool of_group = real({.name = i}).has_value();
    bool referred = n.what != model_name::kind::map;
    for (const auto& other : names_)
      of_group |= other.asserted && other.group == n.group;
    for (const auto& op : ops_)
      referred |= op.said && !op.said->whole && !op.said->target.id && op.said->target.name == i;
    if (n.what == model_name::kind::weft_name && !of_group)
      refuse(errc::unknown_entity);
    if (n.what != model_name::kind::weft_name && referred)
      refuse(errc::tempid_unused);
  }
}

void model_step::name_new() {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    bool asserted = false;
    for (const auto& n : names_)
      asserted |= n.group == names_[i].group && n.asserted;
    if (asserted && !real({.name = i}))
      bound_[names_[i].group] = entity_id(next_local_++);
  }
  for (const auto& op : ops_)
    if (op.what == model_op::kind::remove) {
      const auto e = real(op.entity);
      if (e && e->get() < m_.next_attribute_)
        refuse(e->get() < 1024 ? errc::reserved_attribute : errc::schema_invalid);
    }
}

// -- facts ---

value model_step::value_of(const model_value& v) const {
  return v.whole ? *v.whole : value::of(*real(v.target));
}

void model_step::remove(entity_id e, std::set<entity_id>& seen, model_facts& gone) {
  if (!seen.insert(e).second)
    return;
  for (const auto& f : facts_) {
    const auto& [fe, fa, fv] = f;
    const auto& a = attributes_.at(fa);
    if (!a.parts.empty())
      continue;
    if (fe == e || fv == value::of(e))
      gone.insert(f);
    if (fe != e || !a.component)
      continue;
    const auto part = fv.view().as_ref();
    if (part.get() >= limits::first_user_local) // attributes are nobody's parts
      remove(part, seen, gone);
  }
}

void model_step::check_cas(const model_op& op) {
  const bool expects_nothing = op.expected->is_nil();
  const bool expects_new = op.wanted && !op.wanted->whole && !real(op.wanted->target);
  bool found = false;
  bool any = false;
  for (const auto& [e, a, v] : facts_)
    if (e == real(op.entity) && a == op.attribute) {
      any = true;
      found |= !expects_nothing && !expects_new && v == value_of(*op.wanted);
    }
  if (expects_nothing ? any : !found)
    refuse(errc::cas_failed);
}

void model_step::apply() {
  model_facts added;
  model_facts gone;
  std::set<entity_id> removed;
  std::map<std::pair<entity_id, attribute_id>, std::set<value>> single;
  for (const auto& op : ops_) {
    const auto e = real(op.entity);
    if (op.what == model_op::kind::remove) {
      remove(*e, removed, gone);
      continue;
    }
    if (op.expected != nullptr)
      check_cas(op);
    if (op.what == model_op::kind::retract_all)
      for (const auto& f : facts_)
        if (std::get<0>(f) == *e && std::get<1>(f) == op.attribute)
          gone.insert(f);
    if (op.what == model_op::kind::retract)
      gone.emplace(*e, op.attribute, value_of(*op.said));
    if (op.what == model_op::kind::add && attributes_.at(op.attribute).parts.empty()) {
      added.emplace(*e, op.attribute, value_of(*op.said));
      single[{*e, op.attribute}].insert(value_of(*op.said));
    }
  }
  for (const auto& [place, values] : single)
    if (values.size() > 1 && !attributes_.at(place.second).many)
      refuse(errc::datoms_conflict);
  for (const auto& f : added)
    if (gone.contains(f))
      refuse(errc::datoms_conflict);
  for (const auto& f : gone)
    facts_.erase(f);
  for (const auto& f : added) {
    const auto e = std::get<0>(f);
    const auto a = std::get<1>(f);
    if (!attributes_.at(a).many)
      std::erase_if(facts_, [&](const model_fact& old) {
        return std::get<0>(old) == e && std::get<1>(old) == a;
      });
    facts_.insert(f);
  }
  if (refused())
    return;
  compute_composites();
  for (const auto& op : ops_)
    if (op.what == model_op::kind::add && !attributes_.at(op.attribute).parts.empty() &&
        !facts_.contains({*real(op.entity), op.attribute, value_of(*op.said)}))
      refuse(errc::tuple_read_only);
}

void model_step::compute_composites() {
  std::erase_if(facts_,
                [&](const model_fact& f) { return !attributes_.at(std::get<1>(f)).parts.empty(); });
  std::map<std::pair<entity_id, attribute_id>, value> values;
  std::set<entity_id> entities;
  for (const auto& [e, a, v] : facts_) {
    values.insert_or_assign({e, a}, v);
    entities.insert(e);
  }
  for (const auto e : entities)
    for (const auto& [id, a] : attributes_) {
      std::vector<std::optional<value>> elements;
      bool any = false;
      for (const auto part : a.parts) {
        const auto it = values.find({e, part});
        any |= it != values.end();
        elements.push_back(it != values.end() ? std::optional(it->second) : std::nullopt);
      }
      if (!any)
        continue;
      const auto tuple = value::tuple(elements);
      if (const auto allowed = check(tuple.view()); !allowed)
        refuse(allowed.error().code); // its parts are too long for one key
      facts_.emplace(e, id, tuple);
    }
}

void model_step::judge() {
  std::set<errc> check;
  std::set<errc> unique;
  std::set<errc> schema;
  std::map<std::pair<attribute_id, value>, std::size_t> holders;
  std::map<std::pair<entity_id, attribute_id>, std::size_t> counts;
  for (const auto& f : facts_) {
    const auto& [e, id, v] = f;
    const auto& a = attributes_.at(id);
    const auto was = m_.attributes_.find(id);
    const bool is_new = was == m_.attributes_.end();
    if (a.check && !a.check->allows(v)) {
      if (!m_.facts_.contains(f))
        check.insert(errc::check_failed);
      else
        schema.insert(errc::schema_violation);
    }
    if (a.unique != uniqueness::none && !lacks_parts(a, v) && ++holders[{id, v}] > 1) {
      if (is_new || was->second.unique != uniqueness::none)
        unique.insert(errc::unique_conflict);
      else
        schema.insert(errc::schema_violation);
    }
    if (!a.many && ++counts[{e, id}] > 1)
      schema.insert(errc::schema_violation);
  }
  for (const auto& stage : {check, unique, schema})
    if (!refused())
      out_.refusals = stage;
}

} // namespace weft::test
