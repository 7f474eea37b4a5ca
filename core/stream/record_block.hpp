// Room for the records of one frame, or of one piece of a log: one allocation for all of them. Each
// record that is kept keeps the block.
//
//   record_block all(count);
//   record_ptr next = all.add(stamp, before, chain, payload);    // at most `count` times
#pragma once

#include "weft/core/base/assert.hpp"
#include "weft/core/stream/stream_record.hpp"

#include <utility>

namespace weft::stream {

class record_block {
 public:
  /// Cost: one allocation. @pre room > 0
  explicit record_block(std::size_t room) : room_(std::make_shared<storage>(room)) {}

  /// One more. Cost: O(1), no allocation. @pre there is room
  template <class... Arguments>
  [[nodiscard]] record_ptr add(Arguments&&... arguments) {
    WEFT_ASSERT(room_->used < room_->size);
    auto* made = std::construct_at(room_->at + room_->used, std::forward<Arguments>(arguments)...);
    ++room_->used;
    return {room_, made};
  }

 private:
  struct storage {
    explicit storage(std::size_t count)
        : at(std::allocator<stream_record>().allocate(count)), size(count) {}
    storage(const storage&) = delete;
    storage& operator=(const storage&) = delete;
    ~storage() {
      std::destroy_n(at, used);
      std::allocator<stream_record>().deallocate(at, size);
    }
    stream_record* at;
    std::size_t size;
    std::size_t used = 0;
  };
  std::shared_ptr<storage> room_;
};

} // namespace weft::stream
