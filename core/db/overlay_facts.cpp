#include "weft/core/db/overlay_facts.hpp"

#include <algorithm>

namespace weft {

// -- the thread of the overlay ---

void overlay_facts::append(std::span<const datom_view> datoms, const schema& s) {
  const std::lock_guard lock(mutex_);
  for (const auto& d : datoms) {
    const auto* a = s.find(d.attribute);
    WEFT_ASSERT(a != nullptr && a->type == d.value.type());
    facts_.push_back(stored_fact::create(memory_, d, !d.added && s.forgets(*a)));
  }
}

/// Nobody else appends, so the list of `other` is read without its lock.
void overlay_facts::append_from(const overlay_facts& other, tx_number first) {
  const auto begin =
      std::lower_bound(other.facts_.begin(), other.facts_.end(), first,
                       [](const stored_fact* fact, tx_number t) { return fact->t() < t; });
  const std::lock_guard lock(mutex_);
  facts_.reserve(facts_.size() + static_cast<std::size_t>(other.facts_.end() - begin));
  for (auto it = begin; it != other.facts_.end(); ++it)
    facts_.push_back(stored_fact::create(memory_, (*it)->view(), (*it)->forgets()));
}

// -- any thread ---

const fact_forest& overlay_facts::prepared(const scan_spec& spec, const schema& s) {
  const std::lock_guard lock(mutex_);
  switch (spec.order) {
  case index_order::eavt:
    for (; in_eavt_ < facts_.size(); ++in_eavt_)
      forest_.insert_into(index_order::eavt, nodes_, *facts_[in_eavt_]);
    break;
  case index_order::vaet:
    for (; in_vaet_ < facts_.size(); ++in_vaet_)
      if (facts_[in_vaet_]->type() == value_type::ref)
        forest_.insert_into(index_order::vaet, nodes_, *facts_[in_vaet_]);
    break;
  case index_order::aevt:
  case index_order::avet:
    group();
    fill_attributes(spec, s);
    break;
  }
  return forest_;
}

void overlay_facts::group() {
  for (; grouped_ < facts_.size(); ++grouped_)
    attributes_[facts_[grouped_]->attribute()].facts.push_back(facts_[grouped_]);
}

void overlay_facts::fill_attributes(const scan_spec& spec, const schema& s) {
  const auto& from = spec.lower ? spec.lower->at.attribute : std::nullopt;
  const auto& to = spec.upper ? spec.upper->at.attribute : std::nullopt;
  auto it = from ? attributes_.lower_bound(*from) : attributes_.begin();
  for (; it != attributes_.end() && (!to || it->first <= *to); ++it) {
    auto& [id, mine] = *it;
    const auto* a = s.find(id);
    const bool by_value = spec.order == index_order::avet;
    if (by_value && (a == nullptr || !a->in_avet()))
      continue;
    auto& done = by_value ? mine.in_avet : mine.in_aevt;
    for (; done < mine.facts.size(); ++done)
      forest_.insert_into(spec.order, nodes_, *mine.facts[done]);
  }
}

} // namespace weft
