#include "weft/core/tx/schema/infer.hpp"

#include "weft/core/datom/text.hpp"
#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

namespace weft::tx {

namespace {

/// What the uses of one name say so far.
struct guess {
  std::string_view name;
  std::optional<value_type> type = {};
  std::vector<value_type> tuple_types = {};
  bool many = false;
  bool component = false;
  bool added = false; ///< not only taken back
  text_position at = {};
};

class inferrer {
 public:
  inferrer(schema_draft& draft, schema_mode mode, resolver& resolve)
      : draft_(draft), mode_(mode), resolve_(resolve) {}

  result<void> learn(const raw_fact& f);
  result<void> finish(statement_list& statements);

 private:
  result<guess*> guess_for(const raw_fact& f);
  result<void> value(guess& g, const operand& x);
  result<void> type(guess& g, value_type t, const operand& x);
  result<void> tuple(guess& g, const operand& x);
  result<attribute> declare(const guess& g);

  schema_draft& draft_;
  schema_mode mode_;
  resolver& resolve_;
  std::vector<guess> guesses_; // in the order of the request
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

error unknown(const schema& s, std::string_view name) {
  const auto nearest = s.nearest(name);
  return {errc::unknown_attribute,
          nearest.empty() ? fmt::format("no attribute :{}", name)
                          : fmt::format("no attribute :{}; there is :{}", name, nearest),
          {{"attribute", fmt::format(":{}", name)},
           {"nearest", nearest.empty() ? nearest : ":" + nearest}}};
}

/// What its first use does not tell the type of.
error undeclared(std::string_view name, std::string_view what, const operand& x) {
  return {errc::type_mismatch,
          fmt::format(":{} is not declared, and {} does not say what it holds", name, what),
          {{"attribute", fmt::format(":{}", name)},
           {"found", std::string(kind_of(x))},
           {"value", text_of(x)}}};
}

result<guess*> inferrer::guess_for(const raw_fact& f) {
  const bool is_use = f.what == raw_fact::kind::add || f.what == raw_fact::kind::cas;
  const auto known = by_name_.find(f.name);
  if (known != by_name_.end())
    return is_use ? &guesses_[known->second] : nullptr;
  if (mode_ == schema_mode::strict || is_reserved_name(f.name))
    return fail(unknown(*draft_.now, f.name));
  if (auto named = check(value_view::keyword(f.name)); !named)
    return fail(named.error().code, named.error().detail,
                {{"attribute", fmt::format(":{}", excerpt(f.name))}});
  WEFT_CHECK(check_name(std::string(f.name)));
  by_name_.emplace(f.name, guesses_.size());
  guesses_.push_back({.name = f.name, .at = f.at});
  return is_use ? &guesses_.back() : nullptr;
}

result<void> inferrer::learn(const raw_fact& f) {
  WEFT_TRY(auto* g, guess_for(f));
  if (g == nullptr)
    return {};
  g->added = true;
  g->many |= f.in_list;
  if (f.value != nullptr)
    return value(*g, *f.value);
  g->component |= f.nested != nullptr && !says_who(*f.nested, *draft_.now);
  if (!g->type)
    g->type = value_type::ref;
  if (*g->type != value_type::ref)
    return fail(mismatch_of_ref(g->name, weft::name_of(*g->type)));
  return {};
}

result<void> inferrer::value(guess& g, const operand& x) {
  switch (x.what()) {
  case operand::kind::scalar:
    return x.scalar().type() == value_type::tuple ? tuple(g, x) : type(g, x.scalar().type(), x);
  case operand::kind::tempid:
  case operand::kind::named:
  case operand::kind::this_transaction:
    return type(g, value_type::ref, x);
  case operand::kind::list:
    if (resolve_.is_lookup(x))
      return type(g, value_type::ref, x);
    g.many = true;
    for (const auto& item : x.items()) {
      if (item.what() == operand::kind::list && !resolve_.is_lookup(item))
        return fail(undeclared(g.name, "lists within lists", x));
      WEFT_CHECK(value(g, item));
    }
    return {};
  case operand::kind::nil:
  case operand::kind::map:
    break;
  }
  return fail(undeclared(g.name, kind_of(x), x));
}

result<void> inferrer::type(guess& g, value_type t, const operand& x) {
  if (!g.type)
    g.type = t;
  if (*g.type == t)
    return {};
  return fail(mismatch(g.name, weft::name_of(*g.type), x));
}

result<void> inferrer::tuple(guess& g, const operand& x) {
  WEFT_CHECK(check(x.scalar().view()));
  std::vector<value_type> types;
  for (auto reader = x.scalar().view().as_tuple(); !reader.at_end();) {
    const auto element = reader.next();
    if (!element)
      return fail(undeclared(g.name, "tuples with nil", x));
    types.push_back(element->type());
  }
  if (!g.type)
    g.tuple_types = types;
  if (g.type == value_type::tuple && g.tuple_types != types)
    return fail(mismatch(g.name, "tuple of other types", x));
  return type(g, value_type::tuple, x);
}

result<attribute> inferrer::declare(const guess& g) {
  WEFT_TRY(const auto id, allocate_attribute(draft_));
  draft_.edits.push_back({.id = id});
  return attribute{.id = id,
                   .ident = std::string(g.name),
                   .type = *g.type,
                   .cardinality = g.many ? cardinality::many : cardinality::one,
                   .component = g.component,
                   .tuple_types = g.tuple_types};
}

result<void> inferrer::finish(statement_list& statements) {
  std::vector<attribute> made;
  for (const auto& g : guesses_) {
    if (!g.added)
      return fail(located(g.at, unknown(*draft_.now, g.name)));
    if (!g.type)
      continue; // empty lists only: there is nothing to declare
    WEFT_TRY(made.emplace_back(), declare(g));
  }
  if (made.empty())
    return {};
  const auto first = made.front().id;
  draft_.now = draft_.now->with(std::move(made));
  for (auto id = first; id.get() < draft_.next.next_attribute; id = id.next()) {
    const declaration said(*draft_.now->find(id), *draft_.now);
    for (auto key = builtin::ident; key <= builtin::check; key = key.next()) {
      const auto& v = said[key];
      const bool as_usual =
          v && v->type() == value_type::boolean && v->view().as_bool() == (key == builtin::index);
      if (v && !as_usual)
        statements.facts.push_back({.entity = entity::of_attribute(id),
                                    .about = draft_.now->find(key),
                                    .value = resolve_.keep(*v)});
    }
  }
  return {};
}

} // namespace

result<void> infer(schema_draft& draft, const std::vector<raw_fact>& facts, schema_mode mode,
                   statement_list& statements, resolver& resolve) {
  inferrer work(draft, mode, resolve);
  for (const auto& f : facts)
    if (f.about == nullptr && draft.now->find(f.name) == nullptr)
      if (auto done = work.learn(f); !done)
        return fail(located(f.at, std::move(done).error()));
  return work.finish(statements);
}

} // namespace weft::tx
