// The frames that docs/formats/stream.md shows, one of each kind.
#pragma once

#include "stream_log.hpp"

#include <map>

namespace weft::test {

/// A log of two transactions: the smallest record, and t 2 with two facts of :a/x and one of :b/y.
stream_log documented_log();
/// By the name of the example. The fragment is one that no publisher would make: of a small record.
std::map<std::string, stream::client_frame> documented_client_frames();
std::map<std::string, stream::server_frame> documented_server_frames();

} // namespace weft::test
