// What the writer and the reader of frames share: numbers of the format. A part of frame.hpp, which
// is what others use. @source docs/formats/stream.md
#pragma once

#include "weft/core/stream/frame.hpp"

namespace weft::stream::frame_format {

inline constexpr std::uint8_t version = 1;

enum class kind : std::uint8_t {
  open = 1,
  credit = 2,
  ack = 3,
  heartbeat = 4,
  close = 5,
  opened = 16,
  schema = 17,
  records = 18,
  fragment = 19,
  watermark = 20,
  lagged = 21,
  closed = 22,
  shared = 23, ///< records for several sessions (frame_bundle.hpp)
};

// Flags of a start.
inline constexpr std::uint8_t start_now = 1;
inline constexpr std::uint8_t start_hash = 2;
inline constexpr std::uint8_t start_stored = 4;

// Flags of an item.
inline constexpr std::uint8_t item_gap = 1;      ///< the chain before it follows
inline constexpr std::uint8_t item_filtered = 2; ///< the datoms that pass follow

/// Version and kind; the number of a session.
inline constexpr std::size_t kind_bytes = 2;
inline constexpr std::size_t session_bytes = 8;

constexpr std::size_t varint_bytes(std::uint64_t x) noexcept {
  std::size_t n = 1;
  for (; x >= 0x80U; x >>= 7U)
    ++n;
  return n;
}

/// The fewest bytes of an item and a run: counts are checked against them.
inline constexpr std::size_t item_bytes_min = 29;
inline constexpr std::size_t run_bytes_min = 2;
/// Of session, attempt and seq.
inline constexpr std::size_t shared_head_bytes_min = session_bytes + 2;

} // namespace weft::stream::frame_format
