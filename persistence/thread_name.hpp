// What tools (ps, top, perf) call a thread.
#pragma once

namespace weft::persistence {

/// Names this thread; of longer names the first 15 bytes.
void name_this_thread(const char* name) noexcept;

} // namespace weft::persistence
