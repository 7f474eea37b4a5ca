// An arena: memory that only grows, at addresses that never move, given back all at once.
//
//   arena memory;
//   void* at = memory.allocate(48, 8);
//
// Chunks double from 4 KiB to 1 MiB, so that a thousand small indexes stay small. Confined to one
// thread; what was allocated may be read by any thread it was published to.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace weft {

class arena {
 public:
  arena() = default;
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  /// Uninitialised memory. `alignment` is a power of two of at most 64. Cost: O(1), a call of the
  /// system's allocator per chunk. Out of memory throws std::bad_alloc.
  [[nodiscard]] void* allocate(std::size_t size, std::size_t alignment);

  /// Bytes of all chunks, used or not yet.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::size_t chunk_bytes_min = 4U << 10U;
  static constexpr std::size_t chunk_bytes_max = 1U << 20U;
  static constexpr std::align_val_t chunk_alignment{64};

  struct release {
    void operator()(std::byte* chunk) const noexcept { ::operator delete(chunk, chunk_alignment); }
  };

  std::byte* add_chunk(std::size_t size);

  std::vector<std::unique_ptr<std::byte, release>> chunks_;
  std::byte* free_ = nullptr; // what is left of the newest chunk
  std::size_t free_bytes_ = 0;
  std::size_t next_chunk_bytes_ = chunk_bytes_min;
  std::size_t bytes_ = 0;
};

} // namespace weft
