// WEFT_ASSERT: an invariant of our own code. On in every build: it is better to stop than to go on
// wrong (docs/guarantees.md). Never use it for what a caller, a file or a peer can cause.
#pragma once

namespace weft {

/// Called with the failed expression before the process aborts. A host may install its own, for
/// example to throw and end only the database's actors; when it returns, the process aborts.
using assertion_handler = void (*)(const char* expression, const char* file, int line);

/// Installs `handler` and returns the previous one; nullptr restores the default (a line on
/// stderr). Thread-safe.
assertion_handler set_assertion_handler(assertion_handler handler) noexcept;

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

} // namespace weft

#define WEFT_ASSERT(expression)                                                                    \
  (static_cast<bool>(expression) ? static_cast<void>(0)                                            \
                                 : ::weft::assertion_failed(#expression, __FILE__, __LINE__))
