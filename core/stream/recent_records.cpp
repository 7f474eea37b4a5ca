#include "weft/core/stream/recent_records.hpp"

#include "weft/core/base/assert.hpp"

namespace weft::stream {

void recent_records::push(record_ptr record) {
  WEFT_ASSERT(empty() || record->t() == entries_.back().record->t().next());
  bytes_ += record->credit_bytes();
  entries_.push_back({std::move(record)});
}

void recent_records::trim() noexcept {
  while (bytes_ > bytes_max_ && entries_.size() > 1) {
    bytes_ -= entries_.front().record->credit_bytes();
    entries_.pop_front();
  }
}

bool recent_records::covers_after(tx_number t) const noexcept {
  return !empty() && t.next() >= oldest() && t <= entries_.back().record->t();
}

std::optional<stream_point> recent_records::point_at(tx_number t) const noexcept {
  if (!covers_after(t))
    return std::nullopt;
  if (t.next() == oldest())
    return stream_point{{t, entries_.front().record->before()}, instant(0)};
  const auto& record = entries_[t.get() - oldest().get()].record;
  return stream_point{record->place(), record->when()};
}

record_entry* recent_records::find(tx_number t) noexcept {
  if (empty() || t < oldest() || t > entries_.back().record->t())
    return nullptr;
  return &entries_[t.get() - oldest().get()];
}

} // namespace weft::stream
