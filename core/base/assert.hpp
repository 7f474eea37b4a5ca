// WEFT_ASSERT: an invariant of our own code. On in every build: it is better to stop than to go on
// wrong (docs/guarantees.md). Never use it for what a caller, a file or a peer can cause.
#pragma once

namespace weft {

/// Called with the failed expression before the process aborts: to write down what the host knows,
/// flush a log, leave in the host's own way. When it returns, the process aborts. It must not
/// throw: most assertions stand below noexcept functions and under locks, where an exception ends
/// the process all the same or leaves behind it what nobody can trust.
using assertion_handler = void (*)(const char* expression, const char* file, int line);

/// Installs `handler` for the whole process and returns the previous one; nullptr: none. A line on
/// stderr follows it in any case. Thread-safe; the handler may be called from any thread.
assertion_handler set_assertion_handler(assertion_handler handler) noexcept;

/// What WEFT_ASSERT calls: the handler, a line on stderr, abort.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

} // namespace weft

#define WEFT_ASSERT(expression)                                                                    \
  (static_cast<bool>(expression) ? static_cast<void>(0)                                            \
                                 : ::weft::assertion_failed(#expression, __FILE__, __LINE__))
