#include "weft/core/db/open_bases.hpp"

#include <algorithm>
#include <iterator>

namespace weft {

open_bases::opened open_bases::open() {
  const std::lock_guard lock(mutex_);
  const auto at = open_.try_emplace(open_.end(), head_); // the greatest there is
  ++at->second.views;
  return {head_, schema_};
}

void open_bases::close(tx_number basis) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(basis);
  WEFT_ASSERT(at != open_.end());
  if (--at->second.views != 0)
    return;
  std::ranges::move(at->second.kept, std::back_inserter(released_));
  open_.erase(at);
}

tx_number open_bases::publish(tx_number head, std::shared_ptr<const weft::schema> schema_after) {
  const std::lock_guard lock(mutex_);
  head_ = head;
  schema_.swap(schema_after); // the old one, if nobody else has it, goes after the lock
  return open_.empty() ? head : open_.begin()->first;
}

std::optional<tx_number> open_bases::newest_below(tx_number t) {
  const std::lock_guard lock(mutex_);
  const auto behind = open_.lower_bound(t);
  return behind == open_.begin() ? std::nullopt : std::optional(std::prev(behind)->first);
}

bool open_bases::keep(tx_number basis, ended_facts& ended) {
  const std::lock_guard lock(mutex_);
  const auto at = open_.find(basis);
  if (at == open_.end())
    return false;
  at->second.kept.push_back(std::move(ended));
  return true;
}

std::vector<ended_facts> open_bases::take_released() {
  const std::lock_guard lock(mutex_);
  return std::exchange(released_, {});
}

} // namespace weft
