// Frames of one connection that go together: the same records for several sessions are one frame
// with a head for each, so that a process with many subscribers costs the publisher's node little
// more than one of them.
//
//   for (std::span rest(frames); !rest.empty();) {                    // of a connection, in order
//     auto [wire, taken] = encode_front(rest);
//     put(wire), rest = rest.subspan(taken);
//   }
//   ...
//   slice_memory memory;                                              // one for each connection
//   WEFT_CHECK(decode_together(wire, 1, memory, frames));             // one or several, appended
//
// Functions of values. @source docs/formats/stream.md, section 4
#pragma once

#include "weft/core/stream/slice_memory.hpp"

#include <memory>
#include <span>
#include <vector>

namespace weft::stream {

struct encoded_front {
  bytes wire;
  std::size_t taken; ///< frames, at least one
};
/// The first of the frames as bytes, with those behind it that have the same slice, as many as fit
/// limits::frame_bytes_max and limits::connection_streams_max. Cost: O(size); of a session that
/// shares a slice, its head. @pre !frames.empty(), and as encode() of frame.hpp
[[nodiscard]] encoded_front encode_front(std::span<const server_frame> frames);

/// Appends what a frame of a publisher carries: itself, or records for several sessions, which then
/// share their slice. Records that are those of the last frame share the slice of that one.
/// @pre from <= wire->size(). @errors as decode() of frame.hpp; nothing is appended then.
/// Cost: O(size); of records that are known O(size) and no allocation but that of `out`, which gets
/// limits::connection_streams_max frames at most.
[[nodiscard]] result<void> decode_together(std::shared_ptr<const bytes> wire, std::size_t from,
                                           slice_memory& memory, std::vector<server_frame>& out);

} // namespace weft::stream
