#include "weft/core/tx/resolve.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

namespace weft::tx {

namespace {

auto unknown(std::string detail, std::string field, std::string text) {
  return fail(errc::unknown_entity, std::move(detail), {{std::move(field), std::move(text)}});
}

auto no_entity(const operand& x) {
  return fail(errc::malformed_transaction, fmt::format("{} names no entity", text_of(x)),
              {{"found", std::string(kind_of(x))}, {"value", text_of(x)}});
}

} // namespace

result<entity_id> resolver::entity(const operand& x, text_position at) {
  switch (x.what()) {
  case operand::kind::scalar:
    return scalar_entity(x, at);
  case operand::kind::tempid:
    return tempid(x.text(), at);
  case operand::kind::named:
    WEFT_CHECK(check(value_view::string(x.text())));
    return tempids_.of(origin::name, x.text(), at);
  case operand::kind::this_transaction:
    return entity::of_transaction(context_.shard, context_.t);
  case operand::kind::list:
    return lookup(x, at);
  case operand::kind::nil:
  case operand::kind::map:
    break;
  }
  return no_entity(x);
}

result<entity_id> resolver::scalar_entity(const operand& x, text_position at) {
  const auto v = x.scalar().view();
  switch (v.type()) {
  case value_type::ref:
    return known(v.as_ref());
  case value_type::long_:
    if (v.as_long() < 0)
      return tempid(keep(weft::value::string(std::to_string(v.as_long()))).as_bytes(), at);
    return known(entity_id(static_cast<std::uint64_t>(v.as_long())));
  case value_type::string:
    if (names_this_transaction(v.as_bytes()))
      return entity::of_transaction(context_.shard, context_.t);
    return tempid(v.as_bytes(), at);
  case value_type::keyword: {
    if (v.as_bytes() == "db/current-tx")
      return entity::of_transaction(context_.shard, context_.t);
    if (const auto* a = before_.find(v.as_bytes()))
      return entity::of_attribute(a->id);
    WEFT_CHECK(check(v));
    WEFT_TRY(const auto named, context_.before.ident(v.as_bytes()));
    if (named)
      return *named;
    return unknown(fmt::format("no entity is called {}", text_of(v)), "ident", text_of(v));
  }
  default:
    return no_entity(x);
  }
}

result<entity_id> resolver::tempid(std::string_view name, text_position at) {
  if (name.empty() || !is_utf8(name))
    return fail(errc::invalid_value, "a tempid is a text of at least one character");
  if (name.size() > limits::tempid_bytes_max)
    return fail(errc::value_too_large,
                fmt::format("a tempid of {} bytes exceeds the limit of {}", name.size(),
                            limits::tempid_bytes_max),
                {{"size", std::to_string(name.size())},
                 {"limit", std::to_string(limits::tempid_bytes_max)}});
  return tempids_.of(origin::tempid, name, at);
}

bool resolver::is_allocated(entity_id e) const noexcept {
  if (const auto a = entity::to_attribute(e))
    return before_.find(*a) != nullptr;
  if (e.get() == 0 || entity::shard_of(e) != context_.shard)
    return false;
  if (entity::is_transaction(e))
    return entity::transaction_of(e).get() != 0 && entity::transaction_of(e) < context_.t;
  return entity::local_of(e) >= limits::first_user_local &&
         entity::local_of(e) < context_.next.next_local;
}

std::string resolver::name(entity_id e) const {
  if (provisional::is(e))
    return tempids_.describe(e);
  if (is_allocated(e))
    return name_of(e);
  if (entity::is_transaction(e))
    return "\"db/current-tx\"";
  if (const auto made = tempids_.name_of(e))
    return *made;
  return "a new entity";
}

std::string resolver::phrase(entity_id e) const {
  return !provisional::is(e) && is_allocated(e) ? "entity " + name_of(e) : name(e);
}

result<entity_id> resolver::known(entity_id e) const {
  if (e.get() >> 63U == 0 && is_allocated(e))
    return e;
  return unknown(fmt::format("entity {} was never made", e.get()), "entity", name_of(e));
}

bool resolver::is_lookup(const operand& x) const noexcept {
  if (x.what() != operand::kind::list || x.items().size() != 2)
    return false;
  const auto keyword = x.items()[0].scalar_of(value_type::keyword);
  const auto* a = keyword ? before_.find(keyword->as_bytes()) : nullptr;
  return a != nullptr && a->unique != uniqueness::none;
}

result<entity_id> resolver::lookup(const operand& x, text_position at) {
  const auto keyword = x.items().size() == 2 ? x.items()[0].scalar_of(value_type::keyword)
                                             : std::optional<value_view>();
  if (!keyword)
    return no_entity(x);
  const auto* a = before_.find(keyword->as_bytes());
  if (a == nullptr) {
    const auto nearest = before_.nearest(keyword->as_bytes());
    return fail(errc::unknown_attribute,
                fmt::format("no attribute {} to look an entity up by", text_of(*keyword)),
                {{"attribute", text_of(*keyword)},
                 {"nearest", nearest.empty() ? nearest : ":" + nearest},
                 {"lookup", text_of(x)}});
  }
  if (a->unique == uniqueness::none)
    return fail(errc::invalid_argument,
                fmt::format("{} is not unique, nothing can be looked up by it", name_of(*a)),
                {{"attribute", name_of(*a)}, {"lookup", text_of(x)}});
  WEFT_TRY(const auto v, value(*a, x.items()[1], at));
  const bool is_new = v.type() == value_type::ref && provisional::is(v.as_ref());
  const auto found = is_new ? std::nullopt : holder(*a, v);
  if (!found)
    return unknown(fmt::format("no entity has {} {}", name_of(*a), text_of(x.items()[1])), "lookup",
                   text_of(x));
  return *found;
}

std::optional<entity_id> resolver::holder(const attribute& a, value_view v) {
  if (lacks_parts(a, v))
    return std::nullopt;
  const auto [it, inserted] = holders_.try_emplace({a.id, v});
  if (inserted)
    it->second = find_holder(a, v);
  return it->second;
}

std::optional<entity_id> resolver::find_holder(const attribute& a, value_view v) const {
  const auto& db = context_.before;
  const auto* before = before_.find(a.id);
  if (before == nullptr)
    return std::nullopt; // declared by this transaction
  const auto scan = [&](const components& match, index_order order) {
    return db.source()->scan({.order = order, .lower = {{match}}, .upper = {{match}}}, db.window());
  };
  if (before->in_avet()) {
    const auto found = scan({.attribute = a.id, .value = v}, index_order::avet);
    return found->valid() ? std::optional(found->get().entity) : std::nullopt;
  }
  for (auto found = scan({.attribute = a.id}, index_order::aevt); found->valid(); found->next())
    if (found->get().value == v)
      return found->get().entity;
  return std::nullopt;
}

} // namespace weft::tx
