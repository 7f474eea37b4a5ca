#include "weft/core/tx/unique.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::tx {

namespace {

auto conflict(const change& c, entity_id holder, const resolver& resolve) {
  return fail(located(c.at, {errc::unique_conflict,
                             fmt::format("{} {} is held by {}", name_of(*c.about), text_of(c.value),
                                         resolve.phrase(holder)),
                             {{"attribute", name_of(*c.about)},
                              {"value", text_of(c.value)},
                              {"entity", resolve.name(c.entity)},
                              {"holder", resolve.name(holder)}}}));
}

bool by_value(const change* a, const change* b) noexcept {
  if (a->about != b->about)
    return a->about->id < b->about->id;
  if (const auto c = a->value <=> b->value; c != 0)
    return c < 0;
  return a->entity < b->entity;
}

/// Unique since before, or declared with it.
bool is_steady(const attribute& a, const schema_draft& draft) noexcept {
  const auto* before = draft.before->find(a.id);
  return before == nullptr || before->unique != uniqueness::none;
}

} // namespace

result<void> check_unique(const change_list& changes, const schema_draft& draft,
                          resolver& resolve) {
  std::vector<const change*> stated;
  for (const auto& c : changes)
    if (c.added && c.about->unique != uniqueness::none && is_steady(*c.about, draft) &&
        !lacks_parts(*c.about, c.value))
      stated.push_back(&c);
  std::sort(stated.begin(), stated.end(), by_value);
  for (std::size_t i = 0; i < stated.size(); ++i) {
    const auto& c = *stated[i];
    if (i > 0 && stated[i - 1]->about == c.about && stated[i - 1]->value == c.value)
      return conflict(c, stated[i - 1]->entity, resolve);
    const auto holder = resolve.holder(*c.about, c.value);
    if (holder && *holder != c.entity && !takes_back(changes, *holder, c.about->id, c.value))
      return conflict(c, *holder, resolve);
  }
  return {};
}

} // namespace weft::tx
