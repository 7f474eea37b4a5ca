// What persistence and those above take from the operating system: clocks, randomness, its process
// id, and sleeping until a word changes.
#pragma once

#include "weft/core/base/time.hpp"
#include "weft/core/datom/record.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace weft::persistence {

/// The wall clock.
[[nodiscard]] instant wall_clock_us();
/// Time since boot, sleep included; never jumps.
[[nodiscard]] instant steady_clock_us();
/// Nanoseconds of a clock that does not jump.
[[nodiscard]] std::uint64_t steady_ns();
/// CPU time of this thread.
[[nodiscard]] std::uint64_t thread_cpu_ns();
/// From the kernel's generator, which is asked once for many. A child of fork(2) and its parent get
/// different ones. Cost: some ns.
[[nodiscard]] std::uint64_t random64();
[[nodiscard]] std::string process_id();

/// Sleeps while `word` is `value`; may return early. (futex(2), within this process.)
void sleep_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) noexcept;
/// Wakes all who sleep there; `word` need not exist any more.
void wake_all(const std::atomic<std::uint32_t>& word) noexcept;

/// A request id: milliseconds of `now`, version and variant of UUID 7, random bits.
[[nodiscard]] request_id make_id(instant now, std::uint64_t random_high,
                                 std::uint64_t random_low) noexcept;

} // namespace weft::persistence
