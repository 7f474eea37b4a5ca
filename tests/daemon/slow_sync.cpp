// Preloaded into weftd by tests: each fdatasync takes $WEFT_TEST_SLOW_SYNC_MS longer, as on a disk
// that is very busy; with $WEFT_TEST_SLOW_SYNC_ONCE only the one of the log's thread that finds
// that file, and takes it away; with $WEFT_TEST_SLOW_SYNC_FAILS it fails then.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

bool is_of_log() {
  std::array<char, 16> name{};
  return ::prctl(PR_GET_NAME, name.data()) == 0 && std::string_view(name.data()) == "weft.log";
}

bool is_slow() {
  const char* trigger = std::getenv("WEFT_TEST_SLOW_SYNC_ONCE");
  return trigger == nullptr || (is_of_log() && ::unlink(trigger) == 0);
}

} // namespace

extern "C" int fdatasync(int fildes) {
  const char* ms = std::getenv("WEFT_TEST_SLOW_SYNC_MS");
  if (ms != nullptr && is_slow()) {
    ::usleep(static_cast<useconds_t>(std::atol(ms)) * 1000);
    if (std::getenv("WEFT_TEST_SLOW_SYNC_FAILS") != nullptr) {
      errno = EIO;
      return -1;
    }
  }
  return static_cast<int>(::syscall(SYS_fdatasync, fildes));
}
