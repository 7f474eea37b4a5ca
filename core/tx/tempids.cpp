#include "weft/core/tx/tempids.hpp"

#include "weft/core/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::tx {

entity_id tempid_table::of(origin from, std::string_view name, text_position at) {
  if (last_.get() != 0 && (*this)[last_].from == from && (*this)[last_].name == name)
    return last_;
  auto& names = from == origin::tempid ? by_tempid_ : by_name_;
  const auto fresh = provisional::make(entries_.size());
  const auto [it, inserted] = names.try_emplace(name, fresh);
  if (inserted)
    entries_.push_back({.stands_for = fresh, .from = from, .name = name, .at = at});
  last_ = it->second;
  return last_;
}

entity_id tempid_table::anonymous(std::string_view nested_by, text_position at) {
  const auto fresh = provisional::make(entries_.size());
  entries_.push_back({.stands_for = fresh, .name = nested_by, .at = at});
  return fresh;
}

entity_id tempid_table::find(entity_id e) noexcept {
  while (provisional::is(e)) {
    auto& step = entries_[provisional::index_of(e)].stands_for;
    if (step == e)
      return e;
    if (provisional::is(step))
      step = entries_[provisional::index_of(step)].stands_for;
    e = step;
  }
  return e;
}

result<bool> tempid_table::bind(entity_id p, entity_id e) {
  const auto known = find(p);
  if (known == e)
    return false;
  if (!provisional::is(known)) {
    const auto& first = entries_[provisional::index_of(p)];
    return fail(error_at(first.at, {errc::tempid_conflict,
                                    fmt::format("{} stands for two entities, {} and {}",
                                                describe(p), known.get(), e.get()),
                                    {{"tempid", describe(p)},
                                     {"entity", std::to_string(known.get())},
                                     {"other", std::to_string(e.get())}}}));
  }
  entries_[provisional::index_of(known)].stands_for = e;
  return true;
}

merger tempid_table::merge(entity_id a, entity_id b) noexcept {
  WEFT_ASSERT(a != b && find(a) == a && find(b) == b);
  auto* kept = &entries_[provisional::index_of(a)];
  auto* gone = &entries_[provisional::index_of(b)];
  if (kept->members < gone->members) {
    std::swap(kept, gone);
    std::swap(a, b);
  }
  kept->members += gone->members;
  gone->stands_for = a;
  return {.kept = a, .gone = b};
}

std::string tempid_table::describe(entity_id e) const {
  if (!provisional::is(e))
    return std::to_string(e.get());
  const auto& known = (*this)[e];
  switch (known.from) {
  case origin::tempid:
    return fmt::format("\"{}\"", known.name);
  case origin::name:
    return fmt::format("[:weft/name \"{}\"]", known.name);
  case origin::anonymous:
    break;
  }
  return known.name.empty() ? std::string("a map without :db/id")
                            : fmt::format("the map under :{}", known.name);
}

std::optional<std::string> tempid_table::name_of(entity_id e) {
  std::optional<std::string> out;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto p = provisional::make(i);
    if (find(p) != e)
      continue;
    if (entries_[i].from == origin::tempid)
      return describe(p);
    if (!out)
      out = describe(p);
  }
  return out;
}

std::vector<resolved_tempid> tempid_table::resolved() {
  std::vector<resolved_tempid> out;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].from == origin::tempid)
      out.push_back({std::string(entries_[i].name), find(provisional::make(i))});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

} // namespace weft::tx
