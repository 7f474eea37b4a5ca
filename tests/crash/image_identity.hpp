// Tells crash images apart, so that none is opened twice.
#pragma once

#include "weft/core/base/checksum.hpp"
#include "weft/persistence/disk/memory_disk.hpp"

namespace weft::test {

/// A hash of all folders and files; `seed` stands for what else must be equal.
inline std::uint64_t identity(const persistence::disk_image& image, std::uint64_t seed) {
  for (const auto& folder : image.folders)
    seed = checksum64(folder, seed + 1);
  for (const auto& [path, content] : image.files)
    seed = checksum64(content, checksum64(path, seed + 2));
  return seed;
}

} // namespace weft::test
