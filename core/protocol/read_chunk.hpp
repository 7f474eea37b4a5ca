// The node's answer to a read of a view: a bounded part of what a scan finds.
#pragma once

#include "weft/core/db/view.hpp"
#include "weft/core/protocol/message.hpp"

namespace weft::protocol {

/// What is behind the first `what.skip` datoms of the scan, about `what.bytes` of them, at least
/// one if there is one. Values point into the view. Cost: O(log n + skip + size).
[[nodiscard]] datoms_answer read_chunk(const view& of, const read_request& what);

} // namespace weft::protocol
