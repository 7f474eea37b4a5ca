#include "weft/core/tx/schema/change.hpp"

#include "weft/core/tx/describe.hpp"
#include "weft/core/tx/schema/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::tx {

namespace {

struct fact {
  entity_id entity;
  value said;
};

error violation(const attribute& a, std::string_view key, std::string detail, const fact& f) {
  return {errc::schema_violation,
          fmt::format("{}: {}", name_of(a), detail),
          {{"attribute", name_of(a)},
           {"key", std::string(key)},
           {"entity", name_of(f.entity)},
           {"value", text_of(f.said.view())}}};
}

/// The facts of one attribute after the transaction, in no order.
template <class Visit>
result<void> each_fact_after(const attribute& a, const change_list& changes, const live_facts& live,
                             Visit visit) {
  for (auto at = live.scan(index_order::aevt, {.attribute = a.id}); at->valid(); at->next()) {
    const auto& d = at->get();
    if (!takes_back(changes, d.entity, a.id, d.value))
      WEFT_CHECK(visit(d.entity, d.value));
  }
  for (const auto& c : changes)
    if (c.added && c.about->id == a.id)
      WEFT_CHECK(visit(c.entity, c.value));
  return {};
}

result<void> check_values(const attribute& a, const change_list& changes, const live_facts& live) {
  return each_fact_after(a, changes, live, [&](entity_id e, value_view v) -> result<void> {
    const auto checked = run_check(a, v);
    if (checked)
      return {};
    auto refused = violation(a, ":weft/check", checked.error().detail, {e, value(v)});
    refused.fields.push_back({"constraint", a.check_text});
    return fail(std::move(refused));
  });
}

/// Two facts that are one too many: equal by `same`, when sorted by `less`.
template <class Less, class Same>
std::optional<std::pair<fact, fact>> find_two(std::vector<fact> facts, Less less, Same same) {
  std::sort(facts.begin(), facts.end(), less);
  const auto it = std::adjacent_find(facts.begin(), facts.end(), same);
  if (it == facts.end())
    return std::nullopt;
  return std::pair(*it, *std::next(it));
}

result<std::vector<fact>> facts_after(const attribute& a, const change_list& changes,
                                      const live_facts& live) {
  std::vector<fact> out;
  WEFT_CHECK(each_fact_after(a, changes, live, [&](entity_id e, value_view v) -> result<void> {
    out.push_back({e, value(v)});
    return {};
  }));
  return out;
}

result<void> check_one_value(const attribute& a, const change_list& changes,
                             const live_facts& live) {
  WEFT_TRY(auto facts, facts_after(a, changes, live));
  const auto two = find_two(
      std::move(facts),
      [](const fact& x, const fact& y) {
        return x.entity != y.entity ? x.entity < y.entity : x.said < y.said;
      },
      [](const fact& x, const fact& y) { return x.entity == y.entity; });
  if (!two)
    return {};
  auto refused =
      violation(a, ":db/cardinality",
                fmt::format("entity {} has several values", two->first.entity.get()), two->first);
  refused.fields.push_back({"other", text_of(two->second.said.view())});
  return fail(std::move(refused));
}

result<void> check_one_holder(const attribute& a, const change_list& changes,
                              const live_facts& live) {
  WEFT_TRY(auto facts, facts_after(a, changes, live));
  std::erase_if(facts, [&](const fact& f) { return lacks_parts(a, f.said.view()); });
  const auto two = find_two(
      std::move(facts),
      [](const fact& x, const fact& y) {
        return x.said != y.said ? x.said < y.said : x.entity < y.entity;
      },
      [](const fact& x, const fact& y) { return x.said == y.said; });
  if (!two)
    return {};
  auto refused = violation(a, ":db/unique",
                           fmt::format("entities {} and {} have the same value",
                                       two->first.entity.get(), two->second.entity.get()),
                           two->first);
  refused.fields.push_back({"other", name_of(two->second.entity)});
  return fail(std::move(refused));
}

result<void> check_edit(const schema_edit& edit, const attribute& a, const change_list& changes,
                        const live_facts& live) {
  const auto& was = *edit.before;
  if (a.cardinality == cardinality::one && was.cardinality == cardinality::many)
    WEFT_CHECK(check_one_value(a, changes, live));
  if (a.unique != uniqueness::none && was.unique == uniqueness::none)
    WEFT_CHECK(check_one_holder(a, changes, live));
  if (!a.check_text.empty() && a.check_text != was.check_text)
    WEFT_CHECK(check_values(a, changes, live));
  return {};
}

} // namespace

result<void> check_edits(const schema_draft& draft, const change_list& changes,
                         const live_facts& live) {
  for (const auto& edit : draft.edits)
    if (edit.before != nullptr)
      if (auto allowed = check_edit(edit, *draft.now->find(edit.id), changes, live); !allowed)
        return fail(located(edit.at, std::move(allowed).error()));
  return {};
}

} // namespace weft::tx
