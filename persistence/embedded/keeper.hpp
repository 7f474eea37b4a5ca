// The keeper: the threads of an embedded database. Two carry transactions that nobody waits for, so
// that large ones are resolved while others are applied. The third marks the log when it falls idle
// and makes the next segment ready before it is needed (64 MiB of zeros no commit should wait for).
#pragma once

#include "weft/persistence/embedded/commit_pipeline.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace weft::embedded {

class keeper {
 public:
  /// Starts the threads. Both arguments outlive the keeper. Throws std::system_error when the
  /// system gives no thread.
  keeper(commit_pipeline& pipeline, persistence::segment_log& log);
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;
  /// Stops the threads when they have finished what they are doing.
  ~keeper();

  /// Asks for the pipeline to be led. Any thread; never blocks for long.
  void lead();

 private:
  void stop();
  void carry();
  void housekeep();
  void tidy_up();

  commit_pipeline* pipeline_;
  persistence::segment_log* log_;
  std::mutex mutex_;
  std::condition_variable asked_;   ///< to lead, or to stop
  std::condition_variable to_stop_; ///< for the housekeeper
  bool asked_to_lead_ = false;
  bool stopping_ = false;
  int rounds_to_wait_ = 0;         ///< until a segment is prepared again
  std::uint64_t seen_syncs_ = 0;   ///< syncs when the housekeeper last looked
  std::uint64_t marked_syncs_ = 0; ///< syncs when it last marked
  std::array<std::thread, 2> carriers_;
  std::thread housekeeper_;
};

} // namespace weft::embedded
