#include "weft/core/shard/dedup.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

std::size_t dedup_table::id_hash::operator()(const request_id& id) const noexcept {
  const auto& octets = id.id.octets;
  return static_cast<std::size_t>(
      checksum64({reinterpret_cast<const char*>(octets.data()), octets.size()}, 0));
}

result<std::optional<tx_number>> dedup_table::find(const request_id& id, hash128 request_hash,
                                                   instant now) const {
  if (const auto it = by_id_.find(id); it != by_id_.end()) {
    const auto& [hash, t] = it->second;
    if (hash == request_hash)
      return std::optional(t);
    return fail(errc::request_conflict,
                fmt::format("the request id was used by transaction {} with another payload; a new "
                            "request needs a new id",
                            t.get()),
                {{"t", std::to_string(t.get())}});
  }
  if (floor_ && id.made_at() <= *floor_)
    return fail(errc::request_expired,
                fmt::format("the request id is older than the last {} transactions; whether it was "
                            "executed is no longer known",
                            window_));
  if (id.made_at().get() - limits::request_future_us_max > now.get())
    return fail(errc::request_from_future,
                fmt::format("the request id was made {} s ahead of this database's clock",
                            (id.made_at().get() - now.get()) / 1'000'000));
  return std::optional<tx_number>();
}

bool dedup_table::add(tx_number t, const std::optional<request_id>& id, hash128 request_hash) {
  while (!by_t_.empty() && by_t_.front().first.get() + window_ <= t.get()) {
    const auto& oldest = by_t_.front().second;
    floor_ = std::max(floor_.value_or(oldest.made_at()), oldest.made_at());
    by_id_.erase(oldest);
    by_t_.pop_front();
  }
  if (!id)
    return true;
  WEFT_ASSERT(by_t_.empty() || by_t_.back().first < t);
  if (!by_id_.emplace(*id, answered{request_hash, t}).second)
    return false;
  by_t_.emplace_back(t, *id);
  return true;
}

void dedup_table::drop_after(tx_number t) {
  while (!by_t_.empty() && by_t_.back().first > t) {
    by_id_.erase(by_t_.back().second);
    by_t_.pop_back();
  }
}

} // namespace weft
