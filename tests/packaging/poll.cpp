// The example of README.md for a program that follows the files of a log, which quotes it.
#include "weft/persistence/poller/change_poller.hpp"

#include <chrono>
#include <cstdio>
#include <thread>

using namespace weft;

/// `kept` is the cursor after what was done already; "" is the beginning.
result<void> follow(const char* folder, std::string kept) {
  auto poller = change_poller(folder);
  if (!kept.empty()) {
    WEFT_TRY(const auto at, cursor::parse(kept));
    poller = change_poller::from_cursor(folder, at);
  }
  for (poller = std::move(poller).with_names();;) {
    WEFT_TRY(const auto found, poller.poll());
    for (const wal_batch& commit : found.events) {
      WEFT_TRY(const auto facts, commit.datoms());
      for (const datom_view& d : facts)
        std::printf("%llu %s\n", commit.t().get() + 0ULL,
                    std::string(commit.name_of(d.attribute)).c_str());
    }
    kept = found.next_cursor.to_token(); // store it with what was done
    if (!found.more)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

int main(int argc, char** argv) {
  if (const auto done = follow(argc > 1 ? argv[1] : "users", ""); !done)
    return std::puts(done.error().to_string().c_str()), 1;
}
