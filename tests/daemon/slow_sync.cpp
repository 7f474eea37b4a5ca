// Preloaded into weftd by tests: each fdatasync takes $WEFT_TEST_SLOW_SYNC_MS longer, as on a disk
// that is very busy.
#include <cstdlib>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int fdatasync(int fildes) {
  const char* ms = std::getenv("WEFT_TEST_SLOW_SYNC_MS");
  if (ms != nullptr)
    ::usleep(static_cast<useconds_t>(std::atol(ms)) * 1000);
  return static_cast<int>(::syscall(SYS_fdatasync, fildes));
}
