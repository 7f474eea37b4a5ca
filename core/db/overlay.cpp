#include "weft/core/db/overlay.hpp"

#include "weft/core/db/overlay_source.hpp"

#include <algorithm>

namespace weft {

namespace {

/// So many dropped datoms stay for each that does not, before they are left behind: leaving them
/// costs a copy of the others.
constexpr std::size_t dropped_per_datom_max = 4;

} // namespace

void overlay::append(tx_number t, instant when, std::span<const datom_view> datoms,
                     std::shared_ptr<const schema> schema_after) {
  WEFT_ASSERT(empty() || t == last().next());
  if (!facts_)
    facts_ = std::make_shared<overlay_facts>(shard_);
  const datom_view self{entity::of_transaction(shard_, t), builtin::tx_instant,
                        value_view::of(when), t, true};
  WEFT_ASSERT(std::ranges::all_of(datoms, [&](const auto& d) { return d.t == t; }));
  facts_->append(datoms, *schema_after);
  facts_->append({&self, 1}, *schema_after);
  transactions_.push_back({t, datoms.size() + 1, std::move(schema_after)});
  datoms_ += transactions_.back().datoms;
}

void overlay::drop_through(tx_number t) {
  while (!empty() && transactions_.front().t <= t) {
    datoms_ -= transactions_.front().datoms;
    dropped_datoms_ += transactions_.front().datoms;
    transactions_.pop_front();
  }
  if (empty())
    clear();
  else if (dropped_datoms_ > dropped_per_datom_max * datoms_)
    rebuild();
}

void overlay::clear() {
  transactions_.clear();
  datoms_ = 0;
  dropped_datoms_ = 0;
  facts_.reset();
}

/// Leaves the dropped datoms behind. It costs less than they did, so it is paid for by them.
void overlay::rebuild() {
  auto fresh = std::make_shared<overlay_facts>(shard_);
  fresh->append_from(*facts_, transactions_.front().t);
  facts_ = std::move(fresh);
  dropped_datoms_ = 0;
}

view overlay::over(const view& base) const {
  if (empty() || last() <= base.basis())
    return base;
  WEFT_ASSERT(transactions_.front().t <= base.basis().next()); // nothing between is missing
  const auto& s = transactions_.back().schema;
  auto window = base.window();
  window.as_of = time_window().as_of;
  auto source = std::make_shared<overlay_source>(
      overlay_source::parts{.base = base.source(),
                            .base_basis = base.basis(),
                            .facts = facts_,
                            .after = s,
                            .basis = last(),
                            .reindexed = reindexed_between(base.shared_schema(), s)});
  return view(std::move(source), s, last(), window);
}

std::shared_ptr<const std::vector<attribute_id>>
overlay::reindexed_between(const std::shared_ptr<const schema>& before,
                           const std::shared_ptr<const schema>& after) const {
  if (before == after)
    return nullptr;
  if (reindexed_.before != before || reindexed_.after != after) {
    std::vector<attribute_id> found;
    for (const auto* a : before->attributes()) {
      const auto* now = after->find(a->id);
      if (now == nullptr || now->in_avet() != a->in_avet())
        found.push_back(a->id);
    }
    reindexed_ = {before, after,
                  found.empty()
                      ? nullptr
                      : std::make_shared<const std::vector<attribute_id>>(std::move(found))};
  }
  return reindexed_.attributes;
}

} // namespace weft
