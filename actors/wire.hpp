// What goes between actor systems: pieces of the bytes of a connection (core/protocol), and nothing
// else. So what processes must agree on is docs/formats/protocol.md, not how CAF encodes types.
#pragma once

#include "weft/actors/caf.hpp"

#include <string>

namespace weft::actors {

/// The next bytes of a connection, at most limits::packet_bytes_max.
struct wire_bytes {
  std::string part;
};
WEFT_REMOTE_MESSAGE(wire_bytes, part)

} // namespace weft::actors
