// Preloaded into weftd by tests: once the file $WEFT_TEST_HANG_JOIN_ONCE exists, the first thread
// of the process waits for other threads for ever, as if one of them never ended.
#include <cstdlib>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

extern "C" int pthread_join(pthread_t thread, void** result) {
  const char* trigger = std::getenv("WEFT_TEST_HANG_JOIN_ONCE");
  while (trigger != nullptr && ::gettid() == ::getpid() && ::access(trigger, F_OK) == 0)
    ::pause();
  using join = int (*)(pthread_t, void**);
  return reinterpret_cast<join>(::dlsym(RTLD_NEXT, "pthread_join"))(thread, result);
}
