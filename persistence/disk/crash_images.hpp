// Every state that a crash may leave of a memory_disk: each sector that was written and not synced
// holds what was durable or any of its later versions, and each change of a name that was not
// synced happened or did not. All of them up to a bound, a sample beyond it.
#pragma once

#include "weft/persistence/disk/memory_disk.hpp"

#include <functional>

namespace weft::persistence {

/// What is enumerated and what is drawn.
struct crash_image_options {
  /// All images are made when they are at most 2^this; sectors and names count alike.
  unsigned exhaustive_bits = 12;
  /// Sectors of files with this name do not count: they are never synced by design, and would use
  /// up what can be enumerated. Each image of the others is made with all of them lost, all kept
  /// and a draw. Empty: no file.
  std::string drawn_name = {};
  /// How many are drawn otherwise, beside the two extremes (everything lost, everything kept).
  std::size_t samples = 64;
  /// Of the draw; printed by tests so that a failure can be repeated.
  std::uint64_t seed = 1;
};

/// How many images there were.
struct crash_image_count {
  std::size_t made = 0;
  bool sampled = false;
  std::size_t sectors = 0; ///< that count and were written, but not synced
};

/// Calls `visit` with each image of `of`.
crash_image_count for_each_crash_image(const memory_disk& of, const crash_image_options& options,
                                       const std::function<void(const disk_image&)>& visit);

/// One image at random: for a simulated crash. `random` gives 64 bits.
[[nodiscard]] disk_image draw_crash_image(const memory_disk& of,
                                          const std::function<std::uint64_t()>& random);

} // namespace weft::persistence
