// What the writer and the reader of messages share: numbers of the format. A part of message.hpp,
// which is what others use. @source docs/formats/protocol.md
#pragma once

#include "weft/core/protocol/message.hpp"

namespace weft::protocol::message_format {

enum class kind : std::uint8_t {
  hello = 1,
  welcome = 2,
  goodbye = 3,
  request = 4,
  answer = 5,
  stream = 6,
  ping = 7,
  pong = 8,
};

enum class request_kind : std::uint8_t {
  transact = 1,
  open_view = 2,
  close_view = 3,
  read = 4,
  status = 5,
};

/// As the request, but for an error.
enum class answer_kind : std::uint8_t {
  failed = 0,
  transacted = 1,
  view = 2,
  view_closed = 3,
  datoms = 4,
  status = 5,
};

// Flags of a read.
inline constexpr std::uint8_t read_lower = 1;
inline constexpr std::uint8_t read_upper = 2;
inline constexpr std::uint8_t read_reverse = 4;
inline constexpr std::uint8_t read_as_of = 8;
inline constexpr std::uint8_t read_since = 16;
inline constexpr std::uint8_t read_history = 32;
inline constexpr std::uint8_t read_flags = 63;

// Flags of a bound.
inline constexpr std::uint8_t bound_entity = 1;
inline constexpr std::uint8_t bound_attribute = 2;
inline constexpr std::uint8_t bound_value = 4;
inline constexpr std::uint8_t bound_inclusive = 8;
inline constexpr std::uint8_t bound_flags = 15;

/// The fewest bytes of things that are counted.
inline constexpr std::size_t tempid_bytes_min = 2;
inline constexpr std::size_t datom_bytes_min = 5;
inline constexpr std::size_t figure_bytes_min = 2;

} // namespace weft::protocol::message_format
