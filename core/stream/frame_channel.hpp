// The publisher's end of the frame protocol for one session: epoch, sequence numbers, the schema
// that the other side knows, and fragments. Turns what a session is told into frames. A part of
// publisher.hpp.
#pragma once

#include "weft/core/stream/schema_history.hpp"
#include "weft/core/stream/session.hpp"

namespace weft::stream {

class frame_channel {
 public:
  explicit frame_channel(epoch of) noexcept : of_(of) {}

  [[nodiscard]] const epoch& of() const noexcept { return of_; }

  /// Adds the frames of `what` to `out`: the schema first, where records need it. Cost: O(1) for
  /// all but schemas and fragments; nothing is encoded or copied.
  void put(const session_output& what, const stream_origin& origin, schema_history& names,
           std::vector<server_frame>& out);

 private:
  void put_schema(schema_history& names, std::vector<server_frame>& out);
  void put_fragments(const stream_slice& what, std::vector<server_frame>& out);

  epoch of_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t schema_version_ = 0;
};

} // namespace weft::stream
