#include "weft/persistence/wal/segment_pool.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/persistence/mutant.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

constexpr std::size_t fill_bytes = 1U << 20U;

} // namespace

std::size_t segment_pool::size_for(std::size_t needed, std::size_t wished) const noexcept {
  auto size = std::clamp(wished, options_.segment_bytes_min, options_.segment_bytes_max);
  while (size < needed)
    size *= 2;
  return size;
}

result<void> segment_pool::adopt(const std::vector<free_file>& found) {
  for (const auto& file : found) {
    if (next_number_ <= file.number)
      next_number_ = file.number + 1;
    if (file.bytes < options_.segment_bytes_min)
      WEFT_CHECK(disk_->remove(file.path));
    else
      WEFT_CHECK(give_back(file));
  }
  return {};
}

result<void> segment_pool::give_back(free_file file) {
  {
    const std::lock_guard guard(mutex_);
    if (ready_.size() < limits::free_segments_max) {
      ready_.push_back(std::move(file));
      return {};
    }
    // The largest ones are kept: they serve every size.
    const auto smallest = std::min_element(ready_.begin(), ready_.end(),
                                           [](auto& a, auto& b) { return a.bytes < b.bytes; });
    if (smallest->bytes < file.bytes)
      std::swap(*smallest, file);
  }
  return disk_->remove(file.path);
}

std::optional<free_file> segment_pool::take_ready(std::size_t bytes) {
  const std::lock_guard guard(mutex_);
  auto best = ready_.end();
  for (auto i = ready_.begin(); i != ready_.end(); ++i)
    if (i->bytes >= bytes && (best == ready_.end() || i->bytes < best->bytes))
      best = i;
  if (best == ready_.end())
    return std::nullopt;
  auto out = *best;
  ready_.erase(best);
  return out;
}

std::size_t segment_pool::ready_count() {
  const std::lock_guard guard(mutex_);
  return ready_.size();
}

free_file segment_pool::next_name() {
  const auto number = next_number_++;
  return {join(folder_, free_name(number)), number, 0};
}

result<bool> segment_pool::has_room() {
  WEFT_TRY(const auto free, disk_->free_bytes(folder_));
  return free >= options_.disk_reserve_bytes;
}

result<void> segment_pool::fill(const std::string& path, std::size_t bytes) {
  WEFT_TRY(auto to, disk_->open(path, open_mode::create));
  const weft::bytes zeros(std::min(fill_bytes, bytes), '\0');
  for (std::size_t at = 0; at < bytes; at += zeros.size())
    WEFT_CHECK(to->write(at, bytes_view{zeros}.substr(0, std::min(zeros.size(), bytes - at))));
  if (mutated(sync_site::segment_prewrite))
    return {};
  return to->sync_data();
}

result<free_file> segment_pool::make(std::size_t bytes, bool reserve) {
  WEFT_TRY(const auto free, disk_->free_bytes(folder_));
  if (reserve && (free < bytes || free - bytes < options_.disk_reserve_bytes))
    return fail(errc::disk_full,
                "a segment of " + std::to_string(bytes) + " bytes would leave less than " +
                    std::to_string(options_.disk_reserve_bytes) + " bytes free",
                {{"free_bytes", std::to_string(free)}});
  auto file = next_name();
  file.bytes = bytes;
  auto filled = fill(file.path, bytes);
  if (!filled) {
    // The room may run out as late as the sync. Nobody relies on this file: it is no I/O error.
    if (is_no_room_at_sync(filled.error()))
      filled.error().code = errc::disk_full;
    // Best effort: what is left behind is a free file that the next start removes.
    (void)disk_->remove(file.path);
    return fail(std::move(filled).error());
  }
  return file;
}

bool segment_pool::has_ready(std::size_t bytes) {
  const std::lock_guard guard(mutex_);
  return std::any_of(ready_.begin(), ready_.end(),
                     [bytes](const auto& file) { return file.bytes >= bytes; });
}

result<void> segment_pool::prepare(std::size_t bytes) {
  if (has_ready(bytes))
    return {};
  auto made = make(bytes, true);
  if (!made && made.error().code == errc::disk_full && bytes > options_.segment_bytes_min) {
    if (has_ready(options_.segment_bytes_min))
      return {};
    made = make(options_.segment_bytes_min, true);
  }
  if (!made)
    return fail(std::move(made).error());
  return give_back(std::move(*made));
}

result<free_file> segment_pool::take(std::size_t needed, std::size_t wished, bool reserve) {
  const auto size = size_for(needed, wished);
  if (auto ready = take_ready(size))
    return std::move(*ready);
  auto made = make(size, reserve);
  if (made || made.error().code != errc::disk_full)
    return made;
  // Smaller than wished is better than refusing what fits.
  if (auto ready = take_ready(needed))
    return std::move(*ready);
  const auto smallest = size_for(needed, 0);
  return smallest < size ? make(smallest, reserve) : std::move(made);
}

} // namespace weft::persistence
