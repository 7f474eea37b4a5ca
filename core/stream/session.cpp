#include "weft/core/stream/session.hpp"

#include <algorithm>

namespace weft::stream {

void session::grant(std::uint64_t total) noexcept {
  granted =
      std::max(granted, std::min<std::uint64_t>(total, sent + limits::stream_window_bytes_max));
}

void session::move(const stream_point& to, std::uint64_t records, std::uint64_t cost,
                   std::uint64_t passed_over) noexcept {
  at = to;
  told_idle = false;
  sent += cost;
  counts.records += records;
  counts.bytes += cost;
  counts.skipped += passed_over;
}

} // namespace weft::stream
