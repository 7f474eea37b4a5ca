#include "weft/core/tx/statements.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::tx {

namespace {

verb verb_of(raw_fact::kind what) noexcept {
  switch (what) {
  case raw_fact::kind::add:
  case raw_fact::kind::cas:
    return verb::add;
  case raw_fact::kind::retract:
    return verb::retract;
  case raw_fact::kind::retract_all:
    return verb::retract_all;
  }
  return verb::add;
}

bool is_compound(const operand& x) noexcept {
  return x.what() == operand::kind::list || x.scalar_of(value_type::tuple) ||
         x.scalar_of(value_type::vector);
}

/// Facts of built-in attributes and about them belong to the database.
result<void> check_reserved(entity_id e, const attribute& a) {
  if (a.id == builtin::tx_instant)
    return fail(errc::reserved_attribute, fmt::format("{} is written by the database", name_of(a)),
                {{"attribute", name_of(a)}});
  if (!provisional::is(e) && e.get() < limits::first_user_attribute)
    return fail(errc::reserved_attribute, "built-in attributes cannot be altered",
                {{"attribute", name_of(a)}, {"entity", name_of(e)}});
  return {};
}

} // namespace

bool is_single(const attribute& a, const operand& list, const resolver& resolve) {
  if (a.type == value_type::ref)
    return resolve.is_lookup(list);
  if (a.type != value_type::tuple && a.type != value_type::vector)
    return false;
  return list.items().empty() ||
         !std::all_of(list.items().begin(), list.items().end(), is_compound);
}

result<void> statement_reader::read(const raw_fact& f, const attribute& a) {
  if (auto done = read_unlocated(f, a); !done)
    return fail(located(f.at, std::move(done).error()));
  return {};
}

result<void> statement_reader::read_unlocated(const raw_fact& f, const attribute& a) {
  WEFT_CHECK(check_reserved(f.entity, a));
  if (f.value != nullptr && f.what != raw_fact::kind::retract_all) {
    if (f.what == raw_fact::kind::cas)
      WEFT_CHECK(expect(f, a));
    return values(f, a, *f.value);
  }
  if (f.what == raw_fact::kind::retract_all)
    return push({.entity = f.entity, .about = &a, .what = verb::retract_all, .at = f.at});
  WEFT_CHECK(nested(f, a));
  return push({.entity = f.entity,
               .about = &a,
               .value = value_view::of(f.target),
               .what = verb_of(f.what),
               .at = f.at});
}

result<void> statement_reader::values(const raw_fact& f, const attribute& a, const operand& x) {
  const bool many = a.cardinality == cardinality::many && x.what() == operand::kind::list &&
                    !is_single(a, x, resolve_);
  if (!many) {
    WEFT_TRY(const auto v, resolve_.value(a, x, f.at));
    return push({.entity = f.entity, .about = &a, .value = v, .what = verb_of(f.what), .at = f.at});
  }
  for (const auto& item : x.items()) {
    WEFT_TRY(const auto v, resolve_.value(a, item, f.at));
    WEFT_CHECK(
        push({.entity = f.entity, .about = &a, .value = v, .what = verb_of(f.what), .at = f.at}));
  }
  return {};
}

/// A reference to a map: the attribute must be a ref, and the map must be somebody's part or say
/// who it is, or nothing would lead to what it describes.
result<void> statement_reader::nested(const raw_fact& f, const attribute& a) const {
  if (a.type != value_type::ref)
    return fail(
        mismatch(a, weft::name_of(a.type), f.nested != nullptr ? *f.nested : operand(entity_id())));
  if (f.nested == nullptr || a.component || says_who(*f.nested, resolve_.schema_after()))
    return {};
  return fail(
      errc::malformed_transaction,
      fmt::format("a map under {}, which is no component, needs :db/id or a unique attribute",
                  name_of(a)),
      {{"attribute", name_of(a)}, {"value", text_of(*f.nested)}});
}

result<void> statement_reader::expect(const raw_fact& f, const attribute& a) {
  if (!a.tuple_of.empty())
    return fail(errc::tuple_read_only, fmt::format("{} is computed from its parts", name_of(a)),
                {{"attribute", name_of(a)}});
  if (a.cardinality != cardinality::one)
    return fail(errc::invalid_argument,
                fmt::format("cas needs an attribute with one value, and {} has many", name_of(a)),
                {{"attribute", name_of(a)}});
  expectation e{.entity = f.entity, .about = &a, .at = f.at};
  if (!f.expected->is_nil()) {
    WEFT_TRY(e.value, resolve_.value(a, *f.expected, f.at));
  }
  out_.expectations.push_back(e);
  return {};
}

result<void> statement_reader::push(const statement& s) {
  if (!s.about->tuple_of.empty()) {
    if (s.what != verb::add)
      return fail(errc::tuple_read_only,
                  fmt::format("{} goes when its parts go", name_of(*s.about)),
                  {{"attribute", name_of(*s.about)}});
    out_.composites.push_back(s);
    tempids_.mark_asserted(s.entity);
    return {};
  }
  if (out_.facts.size() >= limits::transaction_datoms_max)
    return fail(errc::transaction_too_large,
                fmt::format("more than {} facts", limits::transaction_datoms_max),
                {{"limit", std::to_string(limits::transaction_datoms_max)}});
  out_.facts.push_back(s);
  if (s.what == verb::add)
    tempids_.mark_asserted(s.entity);
  return {};
}

} // namespace weft::tx
