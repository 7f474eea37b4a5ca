// A memory_disk that records every call that changes something or makes it durable, and stops the
// world after each of them: the observer may then enumerate what a crash at that point leaves
// (crash_images.hpp). For tests; not part of the shipped library.
#pragma once

#include "weft/persistence/disk/memory_disk.hpp"

namespace weft::persistence {

/// See the top. Thread rule: as memory_disk; operations() while nobody else calls.
class recording_disk final : public memory_disk {
 public:
  recording_disk() = default;
  explicit recording_disk(const disk_image& image) : memory_disk(image) {}

  /// Called after each recorded operation; empty: none. Waits for a call that goes on.
  void observe(std::function<void(const disk_operation&)> observer) {
    const auto held = hold();
    observer_ = std::move(observer);
  }

  [[nodiscard]] const std::vector<disk_operation>& operations() const noexcept { return log_; }

 private:
  void performed(const disk_operation& op) override {
    log_.push_back(op);
    if (observer_)
      observer_(op);
  }

  std::vector<disk_operation> log_;
  std::function<void(const disk_operation&)> observer_;
};

} // namespace weft::persistence
