// Records of a log that share their bytes: an allocation for many. A buffer is as large as a frame,
// so whoever keeps one of them keeps no more than with those of a frame.
//
//   record_chunk chunk(records);                       // appends there
//   chunk.add(stamp, before, chain, payload);          // copies; may append some
//   chunk.finish();                                    // appends the rest
#pragma once

#include "weft/core/stream/record_block.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::stream {

class record_chunk {
 public:
  /// `into` outlives it.
  explicit record_chunk(std::vector<record_ptr>& into) noexcept : into_(&into) {}

  /// One more. Cost: O(payload).
  void add(const record_stamp& stamp, const hash128& before, const hash128& chain,
           bytes_view payload) {
    if (bytes_.size() + payload.size() > limits::frame_bytes_max)
      finish();
    if (bytes_.empty())
      bytes_.reserve(std::max(limits::frame_bytes_max, payload.size()));
    parts_.push_back({stamp, before, chain, bytes_.size(), payload.size()});
    bytes_ += payload;
  }
  /// Appends those that wait. Cost: O(1) for each, two allocations.
  void finish() {
    if (bytes_.size() < bytes_.capacity() / 2)
      bytes_.shrink_to_fit(); // the last one
    if (parts_.empty())
      return;
    const auto shared = std::make_shared<const bytes>(std::exchange(bytes_, {}));
    record_block records(parts_.size());
    for (const auto& one : parts_)
      into_->push_back(
          records.add(one.stamp, one.before, one.chain,
                      shared_bytes(shared, bytes_view(*shared).substr(one.begin, one.size))));
    parts_.clear();
  }

 private:
  struct part {
    record_stamp stamp;
    hash128 before;
    hash128 chain;
    std::size_t begin;
    std::size_t size;
  };
  std::vector<record_ptr>* into_;
  bytes bytes_;
  std::vector<part> parts_;
};

} // namespace weft::stream
