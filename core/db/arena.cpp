#include "weft/core/db/arena.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>

namespace weft {

void* arena::allocate(std::size_t size, std::size_t alignment) {
  WEFT_ASSERT(alignment != 0 && alignment <= static_cast<std::size_t>(chunk_alignment) &&
              (alignment & (alignment - 1)) == 0);
  if (size > chunk_bytes_max / 4)
    return add_chunk(size); // alone, so that little of a chunk is lost
  void* at = free_;
  if (free_ == nullptr || std::align(alignment, size, at, free_bytes_) == nullptr) {
    free_bytes_ = next_chunk_bytes_;
    while (free_bytes_ < size)
      free_bytes_ *= 2;
    at = add_chunk(free_bytes_);
    next_chunk_bytes_ = std::min(free_bytes_ * 2, chunk_bytes_max);
  }
  free_ = static_cast<std::byte*>(at) + size;
  free_bytes_ -= size;
  return at;
}

std::byte* arena::add_chunk(std::size_t size) {
  chunks_.emplace_back(static_cast<std::byte*>(::operator new(size, chunk_alignment)));
  bytes_ += size;
  return chunks_.back().get();
}

} // namespace weft
