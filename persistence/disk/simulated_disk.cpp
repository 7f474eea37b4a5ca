#include "weft/persistence/disk/simulated_disk.hpp"

namespace weft::persistence {

namespace {

constexpr std::uint64_t chances = 1'000'000;

} // namespace

result<std::uint64_t> simulated_disk::free_bytes(const std::string& path) {
  WEFT_CHECK(memory_disk::free_bytes(path).map([](auto) {}));
  const auto used = used_bytes();
  return used < capacity_ ? capacity_ - used : 0;
}

bool simulated_disk::strikes(std::uint32_t rate, const char* name) {
  if (rate == 0 || random_() % chances >= rate)
    return false;
  ++injected_[name];
  return true;
}

disk_verdict simulated_disk::by_chance(const disk_operation& op) {
  using action = disk_verdict::action;
  switch (op.call) {
  case disk_call::read:
    if (strikes(rates_.read_error, "read_error"))
      return {.what = action::fail};
    return {};
  case disk_call::write:
    if (strikes(rates_.write_error, "write_error"))
      return {.what = action::fail};
    if (strikes(rates_.lost_write, "lost_write"))
      return {.what = action::lose};
    if (strikes(rates_.misdirected_write, "misdirected_write"))
      return {.offset = random_() % (op.offset + 1) / sector_bytes * sector_bytes,
              .misdirected = true};
    return {};
  case disk_call::sync_data:
    if (strikes(rates_.sync_error_keep, "sync_error_keep"))
      return {.what = action::fail_keep};
    if (strikes(rates_.sync_error_revert, "sync_error_revert"))
      return {.what = action::fail_revert};
    return {};
  default:
    return {};
  }
}

disk_verdict simulated_disk::admit(const disk_operation& op) {
  if (plan_) {
    const auto verdict = plan_(op);
    if (verdict.what != disk_verdict::action::perform || verdict.misdirected) {
      ++injected_["planned"];
      return verdict;
    }
  }
  if (op.call == disk_call::write) {
    // Only growth needs room: a write over blocks that are there always fits.
    const auto size = size_now(op.path);
    const auto end = op.offset + op.bytes_count;
    if (end > size && used_bytes() + (end - size) > capacity_) {
      ++injected_["disk_full"];
      return {.what = disk_verdict::action::fail, .code = errc::disk_full};
    }
  }
  return random_ ? by_chance(op) : disk_verdict{};
}

void simulated_disk::after_read(const disk_operation&, std::span<char> data) {
  if (!random_ || data.empty() || !strikes(rates_.bit_rot_on_read, "bit_rot_on_read"))
    return;
  auto& hit = data[random_() % data.size()];
  hit = static_cast<char>(static_cast<unsigned char>(hit) ^ (1U << (random_() % 8)));
}

} // namespace weft::persistence
