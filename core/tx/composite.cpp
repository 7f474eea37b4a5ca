#include "weft/core/tx/composite.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weft::tx {

namespace {

/// One composite tuple of one entity.
struct spot {
  entity_id entity;
  const attribute* composite;
  text_position at; ///< of a part that changes
  friend bool operator<(const spot& a, const spot& b) noexcept {
    return a.entity != b.entity ? a.entity < b.entity : a.composite->id < b.composite->id;
  }
};

class maintainer {
 public:
  maintainer(change_list& changes, const schema_draft& draft, const live_facts& live)
      : changes_(changes), draft_(draft), schema_(*draft.now), live_(live) {}

  result<void> collect();
  result<void> compute();
  result<void> check_written(const std::vector<statement>& written) const;
  void finish();

 private:
  result<void> collect_all(const attribute& composite);
  result<void> want(entity_id e, const attribute& composite, text_position at);
  std::optional<value_view> part(entity_id e, attribute_id a) const;
  result<void> compute(const spot& s);
  std::optional<value_view> tuple_after(const statement& s) const;

  change_list& changes_;
  const schema_draft& draft_;
  const schema& schema_;
  const live_facts& live_;
  std::set<spot> spots_;
  change_list computed_; // in stream order
};

result<void> maintainer::want(entity_id e, const attribute& composite, text_position at) {
  spots_.insert({e, &composite, at});
  if (spots_.size() <= limits::transaction_datoms_max)
    return {};
  return fail(errc::transaction_too_large,
              fmt::format("{} has more than {} tuples to compute", name_of(composite),
                          limits::transaction_datoms_max),
              {{"attribute", name_of(composite)},
               {"limit", std::to_string(limits::transaction_datoms_max)}});
}

result<void> maintainer::collect() {
  for (const auto& c : changes_)
    for (const auto id : schema_.composites_of(c.about->id))
      WEFT_CHECK(want(c.entity, *schema_.find(id), c.at));
  for (const auto& edit : draft_.edits)
    if (edit.before == nullptr && !schema_.find(edit.id)->tuple_of.empty())
      WEFT_CHECK(collect_all(*schema_.find(edit.id)));
  return {};
}

/// Entities that had parts before the composite was declared.
result<void> maintainer::collect_all(const attribute& composite) {
  for (const auto part : composite.tuple_of)
    for (auto at = live_.scan(index_order::aevt, {.attribute = part}); at->valid(); at->next())
      WEFT_CHECK(want(at->get().entity, composite, {}));
  return {};
}

/// The value of a part after the transaction.
std::optional<value_view> maintainer::part(entity_id e, attribute_id a) const {
  const auto less = [](const change& c, const std::pair<entity_id, attribute_id>& key) {
    return c.entity != key.first ? c.entity < key.first : c.about->id < key.second;
  };
  auto it = std::lower_bound(changes_.begin(), changes_.end(), std::pair(e, a), less);
  const bool changed = it != changes_.end() && it->entity == e && it->about->id == a;
  if (!changed) {
    const auto live = live_.is_new(e) ? std::vector<value_view>() : live_.values(e, a);
    return live.empty() ? std::nullopt : std::optional(live.front());
  }
  for (; it != changes_.end() && it->entity == e && it->about->id == a; ++it)
    if (it->added)
      return it->value;
  return std::nullopt;
}

result<void> maintainer::compute() {
  for (const auto& s : spots_)
    WEFT_CHECK(compute(s));
  return {};
}

result<void> maintainer::compute(const spot& s) {
  std::vector<std::optional<value>> elements;
  bool any = false;
  for (const auto id : s.composite->tuple_of) {
    const auto v = part(s.entity, id);
    any |= v.has_value();
    elements.push_back(v ? std::optional(value(*v)) : std::nullopt);
  }
  const auto tuple = live_.keep(value::tuple(elements).view());
  if (any)
    if (auto allowed = check(tuple); !allowed)
      return fail(located(s.at, about(*s.composite, std::move(allowed).error())));
  const auto live =
      live_.is_new(s.entity) ? std::vector<value_view>() : live_.values(s.entity, s.composite->id);
  const bool same = any && !live.empty() && live.front() == tuple;
  if (same)
    return {};
  if (!live.empty())
    computed_.push_back({s.entity, s.composite, live.front(), false, s.at});
  if (any)
    computed_.push_back({s.entity, s.composite, tuple, true, s.at});
  return {};
}

std::optional<value_view> maintainer::tuple_after(const statement& s) const {
  std::optional<value_view> after;
  const auto live =
      live_.is_new(s.entity) ? std::vector<value_view>() : live_.values(s.entity, s.about->id);
  if (!live.empty())
    after = live.front();
  const change from{.entity = s.entity, .about = s.about, .added = false};
  for (auto it = std::lower_bound(computed_.begin(), computed_.end(), from,
                                  [](const change&a, const change&b) {
                                    return a.entity != b.entity ? a.entity < b.entity
                                                                : a.about->id < b.about->id;
                                  });
       it != computed_.end() && it->entity == s.entity && it->about == s.about; ++it)
    after = it->added ? std::optional(it->value) : std::nullopt;
  return after;
}

result<void> maintainer::check_written(const std::vector<statement>& written) const {
  for (const auto& s : written) {
    const auto after = tuple_after(s);
    if (after == s.value)
      continue;
    const auto is = after ? text_of(*after) : "nil";
    return fail(located(s.at, {errc::tuple_read_only,
                               fmt::format("{} of {} is computed: it is {}", name_of(*s.about),
                                           live_.phrase(s.entity), is),
                               {{"attribute", name_of(*s.about)},
                                {"entity", live_.name(s.entity)},
                                {"value", text_of(s.value)},
                                {"found", is}}}));
  }
  return {};
}

void maintainer::finish() {
  const auto middle = static_cast<std::ptrdiff_t>(changes_.size());
  changes_.insert(changes_.end(), computed_.begin(), computed_.end());
  std::inplace_merge(changes_.begin(), changes_.begin() + middle, changes_.end(), in_stream_order);
}

} // namespace

result<void> maintain_composites(change_list& changes, const schema_draft& draft,
                                 const std::vector<statement>& written, const live_facts& live) {
  maintainer work(changes, draft, live);
  WEFT_CHECK(work.collect());
  WEFT_CHECK(work.compute());
  WEFT_CHECK(work.check_written(written));
  work.finish();
  return {};
}

} // namespace weft::tx
