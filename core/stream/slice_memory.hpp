// What the last frame of records on a connection carried. A process with many subscribers at one
// place of a log gets the same records for each of them: the first one is decoded, the others share
// it, and with it the datoms that whoever asks first decodes.
//
//   slice_memory memory;                                   // one for each connection
//   WEFT_CHECK(decode_together(wire, 1, memory, frames));  // frame_bundle.hpp
//
// Not thread-safe. Keeps one frame, at most limits::frame_bytes_max.
#pragma once

#include "weft/core/stream/frame.hpp"

#include <utility>

namespace weft::stream {

class slice_memory {
 public:
  /// The slice whose bytes are these; null when it is not the last one. Cost: O(size).
  [[nodiscard]] slice_ptr find(bytes_view encoded) const noexcept {
    return slice_ != nullptr && encoded == encoded_.view ? slice_ : nullptr;
  }
  /// From now on this is the last one.
  void keep(shared_bytes encoded, slice_ptr what) noexcept {
    encoded_ = std::move(encoded);
    slice_ = std::move(what);
  }

 private:
  shared_bytes encoded_;
  slice_ptr slice_;
};

} // namespace weft::stream
