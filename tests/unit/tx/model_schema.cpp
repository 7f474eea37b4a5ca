// The model: what a request says about attributes.
#include "model_step.hpp"

#include "weft/core/datom/edn.hpp"

namespace weft::test {

namespace {

bool describes(attribute_id a) {
  return a.get() >= 1 && a.get() <= 12;
}
bool makes(attribute_id a) {
  return describes(a) && a != builtin::ident && a != builtin::doc;
}
bool is_scalar(value_type t) {
  return t != value_type::tuple && t != value_type::vector;
}

/// An element of :enum for attributes of a type, if it is one.
std::optional<value> choice_of(edn_view node, value_type type) {
  switch (type) {
  case value_type::keyword:
    return node.kind() == edn_kind::keyword ? std::optional(value::keyword(node.as_keyword()))
                                            : std::nullopt;
  case value_type::string:
    return node.kind() == edn_kind::string ? std::optional(value::string(node.as_string()))
                                           : std::nullopt;
  case value_type::ref:
    if (node.kind() != edn_kind::long_ || node.as_long() < 1)
      return std::nullopt;
    return value::of(entity_id(static_cast<std::uint64_t>(node.as_long())));
  case value_type::long_:
  case value_type::double_:
    if (node.kind() != edn_kind::long_)
      return std::nullopt;
    return type == value_type::long_ ? value::of(node.as_long())
                                     : value::of(static_cast<double>(node.as_long()));
  default:
    return std::nullopt;
  }
}

std::optional<model_check> interval_of(model_check::kind what, std::span<const edn_view> ends) {
  if (ends.size() != 2 || ends[0].kind() != edn_kind::long_ || ends[1].kind() != edn_kind::long_ ||
      ends[0].as_long() > ends[1].as_long())
    return std::nullopt;
  return model_check{.what = what,
                     .low = static_cast<double>(ends[0].as_long()),
                     .high = static_cast<double>(ends[1].as_long())};
}

/// The constraint of a text, if it is one for attributes of this type.
std::optional<model_check> check_of(const std::string& text, value_type type) {
  const auto tree = read_edn(text);
  const auto form = tree->view().items();
  const auto name = form[0].as_keyword();
  const auto rest = form.subspan(1);
  const bool is_number = type == value_type::long_ || type == value_type::double_;
  if (name == "range")
    return is_number ? interval_of(model_check::kind::range, rest) : std::nullopt;
  if (name == "length")
    return type == value_type::string || type == value_type::bytes_
               ? interval_of(model_check::kind::length, rest)
               : std::nullopt;
  if (name == "regex" && type == value_type::string) { // "s[1-2]"
    const auto pattern = rest[0].as_string();
    return model_check{.what = model_check::kind::digit,
                       .low = static_cast<double>(pattern[2] - '0'),
                       .high = static_cast<double>(pattern[4] - '0')};
  }
  if (name != "enum")
    return std::nullopt;
  model_check out{.what = model_check::kind::choice};
  for (const auto node : rest) {
    const auto v = choice_of(node, type);
    if (!v)
      return std::nullopt;
    out.choices.insert(*v);
  }
  return out;
}

} // namespace

const model_attribute* model_step::find(const std::string& ident) const {
  for (const auto& [id, a] : m_.attributes_)
    if (a.ident == ident)
      return &attributes_.at(id);
  for (const auto& [id, a] : attributes_)
    if (a.ident == ident)
      return &a;
  return nullptr;
}

bool model_step::says_who(const operand& map) const {
  for (const auto& f : map.entries())
    for (const auto& [id, a] : attributes_)
      if (a.ident == f.attribute && a.unique != uniqueness::none)
        return true;
  return false;
}

void model_step::say_of(attribute_id about, attribute_id key, value v) {
  ops_.push_back({.entity = {.id = entity::of_attribute(about)},
                  .attribute = key,
                  .said = model_value{.whole = std::move(v)}});
}

/// Reads what is said with built-in attributes, and works out what attributes follow.
void model_step::declare() {
  const auto said = std::move(ops_);
  ops_.clear();
  for (const auto& op : said) {
    const auto* a = op.what == model_op::kind::remove ? nullptr : find(op.attribute_name);
    if (a != nullptr && describes(a->id))
      read_op(op, *a);
  }
  std::vector<std::pair<term, std::vector<model_op>>> groups;
  for (const auto& op : ops_) {
    auto it = groups.begin();
    while (it != groups.end() &&
           !(it->first.id == op.entity.id && it->first.name == op.entity.name))
      ++it;
    if (it == groups.end())
      it = groups.insert(it, {op.entity, {}});
    it->second.push_back(op);
  }
  std::map<attribute_id, std::vector<model_op>> by_attribute;
  for (const auto& [e, ops] : groups) {
    place(e, ops);
    if (const auto id = real(e))
      if (const auto a = entity::to_attribute(*id))
        by_attribute[*a].insert(by_attribute[*a].end(), ops.begin(), ops.end());
  }
  std::set<attribute_id> edited;
  for (const auto& [id, ops] : by_attribute) {
    edit(id, ops);
    edited.insert(id);
  }
  if (!refused() && !edited.empty())
    imply(edited);
  for (const auto& op : said) {
    const auto* a = op.what == model_op::kind::remove ? nullptr : find(op.attribute_name);
    if (a == nullptr || !describes(a->id))
      ops_.push_back(op);
  }
}

/// Which attribute is it, if any?
void model_step::place(const term& e, const std::vector<model_op>& said) {
  bool is_attribute = false;
  std::set<std::string> idents;
  for (const auto& op : said) {
    is_attribute |= makes(op.attribute);
    if (op.attribute == builtin::ident && op.what == model_op::kind::add)
      idents.insert(std::string(op.said->whole->view().as_bytes()));
  }
  if (e.id) {
    if (is_attribute && !entity::to_attribute(*e.id))
      refuse(errc::schema_invalid);
    return;
  }
  if (idents.size() > 1)
    return refuse(errc::datoms_conflict);
  if (idents.empty())
    return is_attribute ? refuse(errc::schema_invalid) : void();
  const auto& ident = *idents.begin();
  const auto holds = holder(builtin::ident, value::keyword(ident));
  std::optional<entity_id> id;
  if (holds && entity::to_attribute(*holds))
    id = *holds;
  else if (!is_attribute)
    return;
  else if (holds)
    return refuse(errc::schema_invalid);
  else if (declared_.contains(ident))
    id = entity::of_attribute(declared_.at(ident));
  else {
    id = entity_id(next_attribute_++);
    declared_[ident] = *entity::to_attribute(*id);
  }
  same(e, {.id = id});
}

void model_step::edit(attribute_id id, const std::vector<model_op>& said) {
  if (id.get() < 1024)
    return refuse(errc::reserved_attribute);
  std::map<attribute_id, value> keys;
  for (const auto& [e, a, v] : facts_)
    if (e == entity::of_attribute(id))
      keys.insert_or_assign(a, v);
  for (const auto& op : said) {
    if (op.what == model_op::kind::retract_all)
      keys.erase(op.attribute);
    if (op.what == model_op::kind::retract && keys.contains(op.attribute) &&
        keys.at(op.attribute) == *op.said->whole)
      keys.erase(op.attribute);
  }
  std::map<attribute_id, value> added;
  for (const auto& op : said) {
    if (op.what != model_op::kind::add)
      continue;
    const auto [it, inserted] = added.emplace(op.attribute, *op.said->whole);
    if (!inserted && it->second != *op.said->whole)
      return refuse(errc::datoms_conflict);
    keys.insert_or_assign(op.attribute, *op.said->whole);
  }
  if (!keys.contains(builtin::cardinality))
    uncounted_.insert(id);
  auto now = derive(id, keys);
  if (!now)
    return refuse(errc::schema_invalid);
  if (const auto before = m_.attributes_.find(id); before != m_.attributes_.end()) {
    if (before->second.type != now->type || before->second.elements != now->elements)
      return refuse(errc::schema_invalid);
    now->parts = before->second.parts;
    if (added.contains(builtin::tuple_attrs) &&
        parts_of(std::string(added.at(builtin::tuple_attrs).view().as_bytes())) != now->parts)
      return refuse(errc::schema_invalid);
    if (!keys.contains(builtin::tuple_attrs) != now->parts.empty())
      return refuse(errc::schema_invalid);
  }
  attributes_[id] = *now;
}

std::optional<model_attribute> model_step::derive(attribute_id id,
                                                  const std::map<attribute_id, value>& keys) {
  const auto text = [&](attribute_id key, std::string otherwise) {
    const auto it = keys.find(key);
    return it == keys.end() ? otherwise : std::string(it->second.view().as_bytes());
  };
  const auto flag = [&](attribute_id key, bool otherwise) {
    const auto it = keys.find(key);
    return it == keys.end() ? otherwise : it->second.view().as_bool();
  };
  model_attribute a{.id = id, .ident = text(builtin::ident, "")};
  const auto type_text = text(builtin::value_type_, "");
  const auto type =
      type_text.starts_with("db.type/") ? value_type_from_name(type_text.substr(8)) : std::nullopt;
  if (a.ident.empty() || !type)
    return std::nullopt;
  a.type = *type;
  const auto cardinality = text(builtin::cardinality, "db.cardinality/one");
  a.many = cardinality == "db.cardinality/many";
  const auto unique = text(builtin::unique, "");
  a.unique = unique == "db.unique/identity" ? uniqueness::identity
             : unique == "db.unique/value"  ? uniqueness::value
                                            : uniqueness::none;
  a.indexed = flag(builtin::index, true);
  a.component = flag(builtin::is_component, false);
  a.no_history = flag(builtin::no_history, false);
  if ((!a.many && cardinality != "db.cardinality/one") ||
      (a.unique == uniqueness::none && !unique.empty()) ||
      (a.unique != uniqueness::none && (!a.indexed || a.type == value_type::vector)) ||
      (a.component && a.type != value_type::ref) || !derive_tuple(a, keys))
    return std::nullopt;
  if (keys.contains(builtin::check)) {
    a.check = check_of(text(builtin::check, ""), a.type);
    if (!a.check)
      return std::nullopt;
  }
  return a;
}

/// Whether what is said about tuples makes sense. Parts are read later: they may be new, too.
bool model_step::derive_tuple(model_attribute& a, const std::map<attribute_id, value>& keys) {
  const bool composite = keys.contains(builtin::tuple_attrs);
  const auto one = keys.find(builtin::tuple_type);
  const auto several = keys.find(builtin::tuple_types);
  const int kinds =
      (composite ? 1 : 0) + (one != keys.end() ? 1 : 0) + (several != keys.end() ? 1 : 0);
  if (a.type != value_type::tuple)
    return kinds == 0;
  if (kinds != 1)
    return false;
  if (composite)
    return !a.many;
  const bool homogeneous = one != keys.end();
  const auto text = homogeneous ? "[:" + std::string(one->second.view().as_bytes()) + "]"
                                : std::string(several->second.view().as_bytes());
  const auto tree = read_edn(text);
  for (const auto node : tree->view().items()) {
    const std::string name(node.as_keyword());
    const auto type =
        name.starts_with("db.type/") ? value_type_from_name(name.substr(8)) : std::nullopt;
    if (!type || !is_scalar(*type))
      return false;
    a.elements.push_back(*type);
  }
  return homogeneous || (a.elements.size() >= 2 && a.elements.size() <= 8);
}

std::vector<attribute_id> model_step::parts_of(const std::string& text) const {
  std::vector<attribute_id> out;
  const auto tree = read_edn(text);
  for (const auto node : tree->view().items())
    if (const auto* a = find(std::string(node.as_keyword())))
      out.push_back(a->id);
    else
      out.push_back(attribute_id());
  return out;
}

/// What follows from declarations: parts of composites, :db/cardinality, :db/tupleAttrs.
void model_step::imply(const std::set<attribute_id>& edited) {
  const auto all = ops_;
  std::erase_if(ops_, [](const model_op& op) {
    return op.attribute == builtin::tuple_attrs && op.what == model_op::kind::add;
  });
  for (const auto& op : all)
    if (op.attribute == builtin::tuple_attrs && op.what == model_op::kind::add) {
      auto& a = attributes_.at(*entity::to_attribute(*real(op.entity)));
      a.parts = parts_of(std::string(op.said->whole->view().as_bytes()));
      const std::set<attribute_id> once(a.parts.begin(), a.parts.end());
      if (a.parts.size() < 2 || once.size() != a.parts.size())
        return refuse(errc::schema_invalid);
      for (const auto part : a.parts)
        if (part.get() < 1024 || attributes_.at(part).many || !is_scalar(attributes_.at(part).type))
          return refuse(errc::schema_invalid);
    }
  for (const auto& [id, a] : attributes_) {
    bool touched = edited.contains(id);
    for (const auto part : a.parts) {
      touched |= edited.contains(part);
      if (attributes_.at(part).many)
        return refuse(errc::schema_invalid);
    }
    std::string text;
    for (const auto part : a.parts)
      text += (text.empty() ? ":" : " :") + attributes_.at(part).ident;
    if (touched && !a.parts.empty())
      say_of(id, builtin::tuple_attrs, value::string("[" + text + "]"));
    if (uncounted_.contains(id))
      say_of(id, builtin::cardinality, value::keyword("db.cardinality/one"));
  }
}

/// What the uses of a name that nobody declared say.
struct model_step::guess {
  model_attribute attribute;
  std::set<std::pair<value_type, std::vector<value_type>>> types = {}; ///< with those of elements
  bool added = false;
};

void model_step::guess_type(guess& g, const value& v) {
  std::vector<value_type> elements;
  if (v.type() == value_type::tuple) {
    if (const auto allowed = check(v.view()); !allowed)
      return refuse(allowed.error().code);
    for (auto reader = v.view().as_tuple(); !reader.at_end();) {
      const auto element = reader.next();
      if (!element)
        return refuse(errc::type_mismatch);
      elements.push_back(element->type());
    }
  }
  g.types.emplace(v.type(), std::move(elements));
}

void model_step::guess_from(guess& g, const model_op& op) {
  const std::pair<value_type, std::vector<value_type>> ref = {value_type::ref, {}};
  g.added = true;
  g.attribute.many |= op.in_list;
  if (op.said) {
    g.types.insert(ref);
    g.attribute.component |= op.map != nullptr && !says_who(*op.map);
    return;
  }
  const bool list = op.written->what() == operand::kind::list && !is_lookup(*op.written);
  g.attribute.many |= list;
  for (const auto& x : list ? op.written->items() : std::vector<operand>{*op.written})
    if (x.what() == operand::kind::scalar)
      guess_type(g, x.scalar());
    else if ((x.what() == operand::kind::list && !is_lookup(x)) || x.is_nil())
      refuse(errc::type_mismatch);
    else
      g.types.insert(ref);
}

/// Attributes that nobody declared, from their first uses.
void model_step::infer() {
  std::vector<guess> guesses;
  for (const auto& op : ops_) {
    if (op.what == model_op::kind::remove || op.attribute != attribute_id() ||
        find(op.attribute_name) != nullptr)
      continue;
    if (mode_ == schema_mode::strict)
      return refuse(errc::unknown_attribute);
    auto it = guesses.begin();
    while (it != guesses.end() && it->attribute.ident != op.attribute_name)
      ++it;
    if (it == guesses.end())
      it = guesses.insert(it, {.attribute = {.id = {}, .ident = op.attribute_name}});
    if (op.what == model_op::kind::add)
      guess_from(*it, op);
  }
  for (auto& g : guesses) {
    if (!g.added)
      refuse(errc::unknown_attribute);
    if (g.types.size() > 1)
      refuse(errc::type_mismatch);
    if (g.types.empty() || refused())
      continue;
    g.attribute.id = attribute_id(static_cast<std::uint32_t>(next_attribute_++));
    std::tie(g.attribute.type, g.attribute.elements) = *g.types.begin();
    declare_inferred(g.attribute);
  }
}

void model_step::declare_inferred(const model_attribute& a) {
  attributes_[a.id] = a;
  say_of(a.id, builtin::ident, value::keyword(a.ident));
  say_of(a.id, builtin::value_type_, value::keyword("db.type/" + std::string(name_of(a.type))));
  say_of(a.id, builtin::cardinality,
         value::keyword(a.many ? "db.cardinality/many" : "db.cardinality/one"));
  if (a.component)
    say_of(a.id, builtin::is_component, value::of(true));
  std::string types;
  for (const auto type : a.elements)
    types += (types.empty() ? ":db.type/" : " :db.type/") + std::string(name_of(type));
  if (!types.empty())
    say_of(a.id, builtin::tuple_types, value::string("[" + types + "]"));
}

} // namespace weft::test
