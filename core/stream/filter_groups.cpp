#include "weft/core/stream/filter_groups.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>

namespace weft::stream {

record_entry* record_source::find(tx_number t) const noexcept {
  if (ring_ != nullptr)
    return ring_->find(t);
  if (read_.empty() || t < read_.front().record->t() || t > read_.back().record->t())
    return nullptr;
  return &read_[t.get() - read_.front().record->t().get()];
}

filter_group* filter_groups::join(const attribute_filter& filter) {
  const auto [at, is_new] = groups_.try_emplace(filter);
  auto& group = at->second;
  if (is_new) {
    group.id = next_id_++;
    group.filter = filter;
    if (!filter.is_everything())
      group.compiled.emplace(filter, *names_);
  }
  ++group.users;
  return &group;
}

void filter_groups::leave(filter_group* group) {
  WEFT_ASSERT(group->users > 0);
  if (--group->users > 0)
    return;
  std::erase(served_, group);
  groups_.erase(groups_.find(group->filter));
}

void filter_groups::compile_for(std::shared_ptr<const schema> names) {
  names_ = std::move(names);
  for (auto& [filter, group] : groups_)
    if (group.compiled)
      group.compiled.emplace(filter, *names_);
}

result<filter_result> filter_groups::look(filter_group& group, record_entry& at) {
  const auto known = std::find_if(at.results.begin(), at.results.end(),
                                  [&](const auto& r) { return r.group == group.id; });
  if (known != at.results.end())
    return *known;
  ++evaluations_;
  const auto& decoded = at.record->decoded();
  if (!decoded)
    return fail(decoded.error());
  filter_result found{group.id, false, nullptr};
  if (auto runs = group.compiled->matches(decoded->datoms())) {
    found.any = true;
    if (runs->front().count != decoded->datoms().size()) // null says all
      found.matched = std::make_shared<const position_runs>(std::move(*runs));
  }
  if (at.results.size() == limits::filter_results_kept_max)
    at.results.erase(at.results.begin());
  at.results.push_back(found);
  return found;
}

result<next_slice> filter_groups::make(filter_group& group, const stream_place& from,
                                       const record_source& source, tx_number last,
                                       std::uint64_t credit) {
  next_slice out;
  auto slice = std::make_shared<stream_slice>();
  slice->from = from;
  std::size_t bytes = frame_head_bytes;
  for (auto t = from.t.next(); t <= last; t = t.next()) {
    auto* entry = source.find(t);
    WEFT_ASSERT(entry != nullptr);
    const auto& record = entry->record;
    slice_item item{record, nullptr};
    if (group.compiled) {
      WEFT_TRY(auto found, look(group, *entry));
      if (!found.any) {
        ++out.skipped;
        out.through = {record->place(), record->when()};
        continue;
      }
      item.matched = std::move(found.matched);
    }
    const auto more = frame_bytes(item);
    if (!slice->items.empty() && (bytes + more > limits::frame_bytes_max || out.cost >= credit))
      break;
    bytes += more;
    out.cost_before_last = out.cost;
    out.cost += record->credit_bytes();
    out.through = {record->place(), record->when()};
    slice->items.push_back(std::move(item));
    if (bytes > limits::frame_bytes_max) // it goes alone, in fragments
      break;
  }
  if (!slice->items.empty()) {
    ++slices_;
    slice->through = out.through;
    out.what = std::move(slice);
  }
  return out;
}

result<next_slice*> filter_groups::next(filter_group& group, const stream_place& from,
                                        const record_source& source, tx_number last,
                                        std::uint64_t credit) {
  WEFT_ASSERT(credit > 0 && from.t < last);
  if (group.newest && group.newest_from == from.t && group.newest->cost_before_last < credit &&
      group.newest->through.place.t <= last)
    return &*group.newest;
  auto made = make(group, from, source, last, credit);
  if (!made)
    return fail(std::move(made).error());
  if (!group.newest)
    served_.push_back(&group);
  group.newest.emplace(std::move(*made));
  group.newest_from = from.t;
  return &*group.newest;
}

void filter_groups::forget_slices() noexcept {
  for (auto* group : served_)
    group->newest.reset();
  served_.clear();
}

} // namespace weft::stream
