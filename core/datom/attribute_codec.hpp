// Attributes of a schema as bytes, for streams and for the protocol of clients.
// Functions of values. @source docs/formats/stream.md, section 5
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/datom/schema.hpp"

namespace weft {

/// The fewest bytes of an attribute: counts are checked against it.
inline constexpr std::size_t attribute_bytes_min = 6;

/// Everything but its check function. Cost: O(size).
void encode(byte_writer& out, const attribute& a);
/// Reads what encode() wrote. Leaves the reader failed when the bytes are no attribute. Cost:
/// O(size).
[[nodiscard]] attribute decode_attribute(byte_reader& in);

} // namespace weft
