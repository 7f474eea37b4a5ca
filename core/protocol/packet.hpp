// Messages on a stream of bytes: where one ends, and that it arrived as it was sent. A message goes
// as one packet or several, each of at most limits::packet_bytes_max.
//
//   put_packets(out, message);                        // whoever sends
//
//   packet_reader in;                                 // whoever receives: bytes as they come
//   in.feed(piece);
//   while (auto message = in.next()) {...}            // (in.next() has a result around it)
//
// Not thread-safe. @source docs/formats/protocol.md, section 2
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/result.hpp"

#include <memory>
#include <optional>

namespace weft::protocol {

/// What a packet has before its part of the message.
inline constexpr std::size_t packet_head_bytes = 16;

/// Appends the packets of a message, whose bytes are those of `message` and then of `rest`.
/// Cost: O(size). @pre 1 to limits::message_bytes_max bytes in all
void put_packets(bytes& out, bytes_view message, bytes_view rest = {});

/// Bytes in, messages out. Holds no more than one message and what was fed. After the first error
/// it stays failed: where the next packet would begin is not known.
class packet_reader {
 public:
  /// Takes a piece, of any size. Cost: O(size), amortised.
  void feed(bytes_view piece);
  /// The next message, if it is there whole.
  /// @errors malformed_frame{section}: this is not our protocol, or bytes are damaged;
  /// unsupported_version{version}; input_too_large
  [[nodiscard]] result<std::optional<bytes>> next();
  /// Bytes that wait for more.
  [[nodiscard]] std::size_t waiting() const noexcept {
    return buffer_.size() - begin_ + message_.size();
  }

 private:
  [[nodiscard]] result<bool> take_packet();

  bytes buffer_;          ///< fed and not taken, from begin_ on
  std::size_t begin_ = 0; ///< in buffer_
  bytes message_;         ///< parts so far
  bool whole_ = false;    ///< message_ is
  std::optional<error> failed_;
};

} // namespace weft::protocol
