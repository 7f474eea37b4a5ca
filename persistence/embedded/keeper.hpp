// The keeper: the one thread of an embedded database. It carries transactions that nobody waits
// for, marks the log when it falls idle, and makes the next segment ready before it is needed.
#pragma once

#include "weft/persistence/embedded/commit_pipeline.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace weft::embedded {

class keeper {
 public:
  /// Starts the thread. Both outlive the keeper.
  keeper(commit_pipeline& pipeline, persistence::segment_log& log);
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;
  /// Stops the thread when it has finished what it is doing.
  ~keeper();

  /// Asks the thread to lead the pipeline. Any thread; never blocks for long.
  void lead();

 private:
  void run();
  void tidy_up();

  commit_pipeline* pipeline_;
  persistence::segment_log* log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_to_lead_ = false;
  bool stopping_ = false;
  std::uint64_t seen_syncs_ = 0;   ///< syncs when the thread last looked
  std::uint64_t marked_syncs_ = 0; ///< syncs when it last marked
  std::thread thread_;
};

} // namespace weft::embedded
