#include "weft/core/stream/log_reads.hpp"

#include "weft/core/base/assert.hpp"

namespace weft::stream {

void log_reads::want(tx_number after, std::size_t bytes, const session_key& who) {
  const auto [at, is_new] = by_place_.try_emplace(after);
  auto& r = at->second;
  if (is_new)
    queue_.push_back(after);
  if (r.state == progress::queued)
    r.bytes = std::max(r.bytes, bytes);
  r.who.push_back(who);
}

void log_reads::start(std::vector<wanted>& out) {
  while (running_ < limits::stream_reads_max && !queue_.empty()) {
    const auto after = queue_.front();
    queue_.pop_front();
    auto& r = by_place_.at(after);
    WEFT_ASSERT(r.state == progress::queued);
    r.state = progress::running;
    ++running_;
    out.push_back({after, r.bytes});
  }
}

std::vector<session_key> log_reads::ended(tx_number after) {
  const auto found = by_place_.find(after);
  if (found == by_place_.end() || found->second.state != progress::running)
    return {};
  auto who = std::move(found->second.who);
  by_place_.erase(found);
  --running_;
  return who;
}

void log_reads::postpone(tx_number after) {
  const auto found = by_place_.find(after);
  if (found == by_place_.end() || found->second.state != progress::running)
    return;
  found->second.state = progress::postponed;
  postponed_ = true;
  --running_;
}

void log_reads::retry() noexcept {
  if (!postponed_)
    return;
  postponed_ = false;
  for (auto& [after, r] : by_place_) {
    if (r.state != progress::postponed)
      continue;
    r.state = progress::queued;
    queue_.push_back(after);
  }
}

} // namespace weft::stream
