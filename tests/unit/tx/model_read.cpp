// The model: what a request says.
#include "model_functions.hpp"
#include "model_step.hpp"

#include <algorithm>
#include <bit>

namespace weft::test {

namespace {

using kind = operand::kind;

bool is_map(const operand& x) {
  return x.what() == kind::map;
}

const operand* id_of(const std::vector<map_entry>& facts) {
  for (const auto& f : facts)
    if (f.attribute == "db/id")
      return &f.value;
  return nullptr;
}

/// "a/b" of "a/_b"
std::optional<std::string> turned_round(const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos || name[slash + 1] != '_')
    return std::nullopt;
  return name.substr(0, slash + 1) + name.substr(slash + 2);
}

std::string edn_of(const operand& x) {
  std::string out = "[";
  for (const auto& item : x.items()) {
    if (out.size() > 1)
      out += ' ';
    if (const auto k = item.scalar_of(value_type::keyword))
      out += ":" + std::string(k->as_bytes());
    else if (const auto n = item.scalar_of(value_type::long_))
      out += std::to_string(n->as_long());
    else if (const auto s = item.scalar_of(value_type::string))
      out += '"' + std::string(s->as_bytes()) + '"';
    else
      out += "nil";
  }
  return out + "]";
}

/// A double, or a long of at most 53 bits in a row.
std::optional<double> number_of(const operand& v) {
  if (const auto x = v.scalar_of(value_type::double_))
    return x->as_double();
  const auto n = v.scalar_of(value_type::long_);
  if (!n)
    return std::nullopt;
  auto size = static_cast<std::uint64_t>(n->as_long());
  if (n->as_long() < 0)
    size = ~size + 1;
  if (size != 0 && size >> static_cast<unsigned>(std::countr_zero(size)) >= 1ULL << 53U)
    return std::nullopt;
  return static_cast<double>(n->as_long());
}

std::vector<operand> operands_of(value_view tuple) {
  std::vector<operand> out;
  for (auto reader = tuple.as_tuple(); !reader.at_end();) {
    const auto element = reader.next();
    out.push_back(element ? operand(*element) : operand());
  }
  return out;
}

} // namespace

void model_step::expand(const tx_request& request) {
  for (const auto& op : request.operations()) {
    using what = operation::kind;
    if (op.what == what::call) {
      call(op);
      continue;
    }
    const bool new_map = op.what == what::put && op.entity.is_nil();
    const auto e = new_map ? name(model_name::kind::map, "") : entity(op.entity);
    if (!e)
      continue;
    if (op.what == what::put)
      put(*e, op.value.entries());
    else if (op.what == what::retract_entity)
      ops_.push_back({.what = model_op::kind::remove, .entity = *e});
    else if (op.what == what::retract && op.value.is_nil())
      ops_.push_back(
          {.what = model_op::kind::retract_all, .entity = *e, .attribute_name = op.attribute});
    else
      say({.what = op.what == what::retract ? model_op::kind::retract : model_op::kind::add,
           .entity = *e,
           .attribute_name = op.attribute,
           .expected = op.what == what::cas ? op.arguments.data() : nullptr},
          op.value);
  }
}

void model_step::put(const term& e, const std::vector<map_entry>& facts) {
  for (const auto& f : facts)
    if (f.attribute != "db/id")
      say({.entity = e, .attribute_name = f.attribute}, f.value);
}

void model_step::say(model_op op, const operand& v) {
  if (const auto round = turned_round(op.attribute_name)) {
    op.attribute_name = *round;
    const bool several = v.what() == kind::list && !is_lookup(v);
    for (const auto& item : several ? v.items() : std::vector<operand>{v}) {
      auto one = op;
      one.said = model_value{.target = op.entity};
      if (const auto e = entity(item)) {
        one.entity = *e;
        ops_.push_back(one);
      }
    }
    return;
  }
  if (is_map(v))
    return refer(op, v);
  if (v.what() == kind::list && std::any_of(v.items().begin(), v.items().end(), is_map)) {
    op.in_list = true;
    for (const auto& item : v.items())
      say(op, item);
    return;
  }
  op.written = &v;
  ops_.push_back(op);
}

void model_step::refer(model_op op, const operand& map) {
  if (op.what != model_op::kind::add)
    return refuse(errc::malformed_transaction);
  const auto* id = id_of(map.entries());
  const auto e = id == nullptr ? name(model_name::kind::map, "") : entity(*id);
  if (!e)
    return;
  put(*e, map.entries());
  op.said = model_value{.target = *e};
  op.map = id == nullptr ? &map : nullptr;
  ops_.push_back(op);
}

/// :fn/inc and :fn/fail.
void model_step::call(const operation& op) {
  if (op.attribute != "fn/inc")
    return refuse(op.attribute == "fn/fail" ? errc::function_failed : errc::unknown_function);
  const auto e = op.arguments[0].scalar().view().as_ref();
  const std::string ident(op.arguments[1].scalar().view().as_bytes());
  const auto* a = find(ident);
  std::int64_t now = 0;
  operand expected;
  for (const auto& [fe, fa, fv] : facts_)
    if (a != nullptr && fe == e && fa == a->id && fv.type() == value_type::long_) {
      now = fv.view().as_long();
      expected = now;
    }
  answers_.push_back(tx_request{}.cas(e, ident, expected, increased(now)));
  expand(answers_.back());
}

term model_step::name(model_name::kind what, const std::string& text) {
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (what != model_name::kind::map && names_[i].what == what && names_[i].text == text)
      return {.name = i};
  names_.push_back({.what = what, .text = text, .group = names_.size()});
  return {.name = names_.size() - 1};
}

std::optional<term> model_step::entity(const operand& x) {
  switch (x.what()) {
  case kind::scalar:
    return entity_of_scalar(x.scalar().view());
  case kind::tempid:
    return name(model_name::kind::tempid, x.text());
  case kind::named:
    return name(model_name::kind::weft_name, x.text());
  case kind::this_transaction:
    return term{.id = entity::of_transaction(shard_id(0), tx_number(m_.history_.last() + 1))};
  case kind::list:
    return lookup(x);
  default:
    refuse(errc::malformed_transaction);
    refuse(errc::type_mismatch);
    return std::nullopt;
  }
}

std::optional<term> model_step::entity_of_scalar(const value_view& v) {
  if (v.type() == value_type::string)
    return name(model_name::kind::tempid, std::string(v.as_bytes()));
  if (v.type() == value_type::long_ && v.as_long() < 0)
    return name(model_name::kind::tempid, std::to_string(v.as_long()));
  if (v.type() == value_type::keyword) {
    if (const auto e = holder(builtin::ident, value(v)))
      return term{.id = *e};
    refuse(errc::unknown_entity);
    return std::nullopt;
  }
  if (v.type() != value_type::long_ && v.type() != value_type::ref) {
    refuse(errc::malformed_transaction);
    refuse(errc::type_mismatch);
    return std::nullopt;
  }
  const entity_id e(v.type() == value_type::ref ? v.as_ref().get()
                                                : static_cast<std::uint64_t>(v.as_long()));
  const auto a = entity::to_attribute(e);
  const bool is_attribute = a && m_.attributes_.contains(*a);
  const bool is_made = e.get() >= limits::first_user_local && e.get() < m_.next_local_;
  const bool is_past = entity::is_transaction(e) && entity::transaction_of(e).get() > 0 &&
                       entity::transaction_of(e).get() <= m_.history_.last();
  if (is_attribute || is_made || is_past)
    return term{.id = e};
  refuse(errc::unknown_entity);
  return std::nullopt;
}

bool model_step::is_lookup(const operand& x) const {
  if (x.what() != kind::list || x.items().size() != 2)
    return false;
  const auto k = x.items()[0].scalar_of(value_type::keyword);
  if (!k)
    return false;
  for (const auto& [id, a] : m_.attributes_)
    if (a.ident == k->as_bytes() && a.unique != uniqueness::none)
      return true;
  return false;
}

std::optional<term> model_step::lookup(const operand& x) {
  const auto k = x.items()[0].scalar_of(value_type::keyword);
  if (!k) {
    refuse(errc::malformed_transaction);
    refuse(errc::type_mismatch);
    return std::nullopt;
  }
  for (const auto& [id, a] : m_.attributes_) {
    if (a.ident != k->as_bytes())
      continue;
    if (a.unique == uniqueness::none) {
      refuse(errc::invalid_argument);
      return std::nullopt;
    }
    const auto v = read(a, x.items()[1]);
    if (!v)
      return std::nullopt;
    if (v->whole)
      if (const auto e = holder(a.id, *v->whole))
        return term{.id = *e};
    if (!v->whole && v->target.id)
      if (const auto e = holder(a.id, value::of(*v->target.id)))
        return term{.id = *e};
    refuse(errc::unknown_entity);
    return std::nullopt;
  }
  refuse(errc::unknown_attribute);
  return std::nullopt;
}

std::optional<model_value> model_step::read(const model_attribute& a, const operand& v) {
  if (a.type == value_type::ref) {
    if (v.what() == kind::list && !is_lookup(v)) {
      refuse(errc::type_mismatch);
      return std::nullopt;
    }
    const auto e = entity(v);
    return e ? std::optional(model_value{.target = *e}) : std::nullopt;
  }
  if (a.type == value_type::tuple)
    return read_tuple(a, v);
  if (a.id == builtin::tuple_attrs || a.id == builtin::tuple_types || a.id == builtin::check)
    return model_value{.whole = value::string(edn_of(v))};
  if (a.type == value_type::double_)
    return read_double(v);
  if (a.type == value_type::vector)
    return read_vector(v);
  if (const auto s = v.scalar_of(a.type))
    return model_value{.whole = value(*s)};
  refuse(errc::type_mismatch);
  return std::nullopt;
}

/// There is no NaN, and a tuple fits a key.
std::optional<model_value> model_step::checked(value v) {
  if (const auto allowed = check(v.view()); !allowed) {
    refuse(allowed.error().code);
    return std::nullopt;
  }
  return model_value{.whole = std::move(v)};
}

std::optional<model_value> model_step::read_double(const operand& v) {
  if (const auto x = number_of(v))
    return checked(value::of(*x));
  refuse(errc::type_mismatch);
  return std::nullopt;
}

std::optional<model_value> model_step::read_vector(const operand& v) {
  if (const auto s = v.scalar_of(value_type::vector))
    return checked(value(*s));
  std::vector<float> components;
  if (v.what() == kind::list)
    for (const auto& item : v.items())
      if (const auto x = number_of(item))
        components.push_back(static_cast<float>(*x)); // the generator's numbers have 32 bits
  if (v.what() == kind::list && components.size() == v.items().size())
    return checked(value::vector(components));
  refuse(errc::type_mismatch);
  return std::nullopt;
}

std::optional<model_value> model_step::read_tuple(const model_attribute& a, const operand& v) {
  if (const auto s = v.scalar_of(value_type::tuple)) {
    if (!checked(value(*s)))
      return std::nullopt;
    return read_tuple(a, list_of(operands_of(*s)));
  }
  const auto size = v.what() == kind::list ? v.items().size() : 0;
  std::vector<value_type> types = a.elements;
  for (const auto part : a.parts)
    types.push_back(attributes_.at(part).type);
  if (types.size() == 1)
    types.resize(size, types[0]);
  if (size == 0 || size != types.size()) {
    refuse(errc::type_mismatch);
    return std::nullopt;
  }
  std::vector<std::optional<value>> elements;
  for (std::size_t i = 0; i < size; ++i) {
    auto& element = elements.emplace_back();
    if (v.items()[i].is_nil())
      continue;
    const auto part = read({.id = a.id, .ident = a.ident, .type = types[i]}, v.items()[i]);
    if (!part)
      return std::nullopt;
    if (!part->whole && !part->target.id) {
      refuse(errc::type_mismatch);
      return std::nullopt;
    }
    element = part->whole ? *part->whole : value::of(*part->target.id);
  }
  return checked(value::tuple(elements));
}

/// Whether a list is one value, and not several.
bool model_step::is_single(const model_attribute& a, const operand& list) const {
  if (a.type != value_type::tuple && a.type != value_type::vector)
    return is_lookup(list);
  return list.items().empty() ||
         !std::all_of(list.items().begin(), list.items().end(), [](const operand& x) {
           return x.what() == kind::list || x.scalar_of(value_type::tuple) ||
                  x.scalar_of(value_type::vector);
         });
}

void model_step::read_all() {
  const auto said = std::move(ops_);
  ops_.clear();
  for (const auto& op : said) {
    if (op.what == model_op::kind::remove || op.attribute != attribute_id()) {
      ops_.push_back(op); // of the schema: read already
      continue;
    }
    const auto* a = find(op.attribute_name);
    const bool says_nothing = a == nullptr;
    if (!says_nothing)
      read_op(op, *a);
  }
}

void model_step::read_op(const model_op& op, const model_attribute& a) {
  check_op(op, a);
  auto one = op;
  one.attribute = a.id;
  if (op.said || op.what == model_op::kind::retract_all) {
    ops_.push_back(one);
    if (op.what == model_op::kind::add && !op.entity.id)
      names_[op.entity.name].asserted = true;
    return;
  }
  if (op.expected != nullptr && !op.expected->is_nil())
    one.wanted = read(a, *op.expected);
  const bool several = a.many && op.written->what() == kind::list && !is_single(a, *op.written);
  if (!several)
    return push_read(one, a, *op.written);
  for (const auto& item : op.written->items())
    push_read(one, a, item);
}

void model_step::push_read(model_op op, const model_attribute& a, const operand& v) {
  op.said = read(a, v);
  if (!op.said)
    return;
  if (op.what == model_op::kind::add && !op.entity.id)
    names_[op.entity.name].asserted = true;
  ops_.push_back(op);
}

void model_step::check_op(const model_op& op, const model_attribute& a) {
  if (a.id == builtin::tx_instant || (op.entity.id && op.entity.id->get() < 1024))
    refuse(errc::reserved_attribute);
  if (!a.parts.empty() && (op.what != model_op::kind::add || op.expected != nullptr))
    refuse(errc::tuple_read_only);
  if (op.expected != nullptr && a.many)
    refuse(errc::invalid_argument);
  if (op.said && a.type != value_type::ref)
    refuse(errc::type_mismatch);
  if (op.map != nullptr && a.type == value_type::ref && !a.component && !says_who(*op.map))
    refuse(errc::malformed_transaction);
}

} // namespace weft::test
