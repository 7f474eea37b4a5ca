// How much a consumer may be given before it says that it is done with something. It is asked now
// and then, with the last delivery of a part of its window, so that answering costs little and
// there is always room for more while it works.
//
//   delivery_window window(1 << 20);
//   const auto place = window.deliver(cost);     // ask for a reply when place.ends_window
//   window.consumed(place.token);                // the reply came
//   grant(window.granted());
//
// A value; not thread-safe. Cost: O(1).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weft::stream {

class delivery_window {
 public:
  /// Replies that a window is divided into.
  static constexpr std::size_t replies = 4;

  explicit delivery_window(std::size_t bytes) noexcept : bytes_(bytes) {}

  /// Bytes that may have been delivered, all in all.
  [[nodiscard]] std::uint64_t granted() const noexcept { return consumed_ + bytes_; }
  /// Bytes that were delivered and not consumed.
  [[nodiscard]] std::uint64_t outstanding() const noexcept { return delivered_ - consumed_; }

  struct place {
    std::uint64_t token; ///< for consumed()
    bool ends_window;    ///< a reply is wanted
  };
  /// Something of this cost is handed over.
  [[nodiscard]] place deliver(std::uint64_t cost) noexcept {
    delivered_ += cost;
    const bool ends = delivered_ - asked_ >= bytes_ / replies;
    if (ends)
      asked_ = delivered_;
    return {delivered_, ends};
  }
  /// The consumer is done with everything up to the delivery that had this token.
  void consumed(std::uint64_t token) noexcept {
    consumed_ = std::max(consumed_, std::min(token, delivered_));
  }

 private:
  std::size_t bytes_;
  std::uint64_t delivered_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint64_t asked_ = 0; ///< the token of the last delivery that ended a window
};

} // namespace weft::stream
