// How much of a commit is done in the two threads that wait for the outside, the one of the sockets
// and the one of the log (docs/decisions/0145).
#pragma once

namespace weft::actors {

/// Whether this process may use no more processors than these two threads: a worker that is woken
/// takes one from them, and is no help. Cost: looked up once.
[[nodiscard]] bool has_few_processors() noexcept;

} // namespace weft::actors
