// Preloaded into weft by tests: the fdatasync number $WEFT_TEST_FAIL_SYNC of the process fails, as
// on a broken disk.
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int fdatasync(int fildes) {
  static std::atomic<long> calls = 0;
  const char* number = std::getenv("WEFT_TEST_FAIL_SYNC");
  if (number != nullptr && ++calls == std::atol(number)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fildes));
}
