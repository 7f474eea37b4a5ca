// A memory_disk with faults: a byte budget (ENOSPC), errors by call, failed fsync, bit rot, lost
// and misdirected writes. What happens is decided by a plan that sees every call, or by rates.
// For tests and the simulator; not part of the shipped library. Thread rule: as memory_disk; what
// sets it up waits for a call that goes on.
#pragma once

#include "weft/persistence/disk/memory_disk.hpp"

#include <limits>

namespace weft::persistence {

/// Faults by chance, in 1 of 1 000 000 calls; 0: never.
struct fault_rates {
  std::uint32_t read_error = 0;
  std::uint32_t write_error = 0;
  std::uint32_t sync_error_keep = 0;   ///< fsync fails, the cache keeps the data (ext4, XFS)
  std::uint32_t sync_error_revert = 0; ///< fsync fails, the cache goes back (Btrfs)
  std::uint32_t lost_write = 0;
  std::uint32_t misdirected_write = 0; ///< goes to another place of the same file
  std::uint32_t bit_rot_on_read = 0;   ///< one bit of what is read is wrong
};

/// See the top.
class simulated_disk final : public memory_disk {
 public:
  using plan_function = std::function<disk_verdict(const disk_operation&)>;

  simulated_disk() = default;
  explicit simulated_disk(const disk_image& image) : memory_disk(image) {}

  /// Decides every call; asked before the rates. Empty: everything is performed.
  void plan(plan_function plan) {
    const auto held = hold();
    plan_ = std::move(plan);
  }

  /// Faults by chance; `random` gives 64 bits.
  void rates(const fault_rates& rates, std::function<std::uint64_t()> random) {
    const auto held = hold();
    rates_ = rates;
    random_ = std::move(random);
  }

  /// Bytes that all files may hold together; more is disk_full.
  void capacity(std::uint64_t bytes_max) {
    const auto held = hold();
    capacity_ = bytes_max;
  }

  [[nodiscard]] result<std::uint64_t> free_bytes(const std::string& path) override;

  /// How often each kind of fault was injected, by name.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& injected() const noexcept {
    return injected_;
  }

 private:
  [[nodiscard]] disk_verdict admit(const disk_operation& op) override;
  void after_read(const disk_operation& op, std::span<char> data) override;
  [[nodiscard]] bool strikes(std::uint32_t rate, const char* name);
  [[nodiscard]] disk_verdict by_chance(const disk_operation& op);

  plan_function plan_;
  fault_rates rates_;
  std::function<std::uint64_t()> random_;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max() / 2;
  std::map<std::string, std::uint64_t> injected_;
};

} // namespace weft::persistence
