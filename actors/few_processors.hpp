// How much of a commit is done in the two threads that wait for the outside, the one of the sockets
// and the one of the log (docs/decisions/0145).
#pragma once

#include <cstddef>

namespace weft::actors {

/// Whether this process may use no more processors than these two threads: a worker that is woken
/// takes one from them, and is no help. Cost: looked up once.
[[nodiscard]] bool has_few_processors() noexcept;

/// What came at once on a connection is handled in the thread that read it, if it is as little as
/// this: as soon as it came.
inline constexpr std::size_t small_piece_bytes = 4096;

} // namespace weft::actors
