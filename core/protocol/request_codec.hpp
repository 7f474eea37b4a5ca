// Transactions as bytes, as they were written: the order of operations and entries, and where text
// was read from, stay. (canonical_bytes() is for comparing, not for sending.)
// Functions of values. @source docs/formats/protocol.md, section 5
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/tx/request.hpp"

namespace weft::protocol {

/// Cost: O(size). Requires check_depth.
void encode(byte_writer& out, const tx_request& request);
/// Reads what encode() wrote; leaves the reader failed when the bytes are no transaction, or lists
/// and maps nest deeper than limits::nesting_depth_max, or have more than limits::tree_nodes_max
/// items together. What operations and values may be, plan() says. Cost: O(size).
[[nodiscard]] tx_request decode_request(byte_reader& in);

} // namespace weft::protocol
