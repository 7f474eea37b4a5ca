#include "weft/persistence/thread_name.hpp"

#include <sys/prctl.h>

namespace weft::persistence {

void name_this_thread(const char* name) noexcept {
  prctl(PR_SET_NAME, name);
}

} // namespace weft::persistence
