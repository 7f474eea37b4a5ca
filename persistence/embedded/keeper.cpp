#include "weft/persistence/embedded/keeper.hpp"

#include <chrono>
#include <utility>

namespace weft::embedded {

namespace {

/// The log is idle when nothing was written for one to two of these.
constexpr auto look_every = std::chrono::milliseconds(50);

/// Rounds until a segment is prepared again after that failed: a disk or quota that is full may let
/// most of a segment be written before it says so.
constexpr int rounds_after_failure = 20;

} // namespace

keeper::keeper(commit_pipeline& pipeline, persistence::segment_log& log)
    : pipeline_(&pipeline), log_(&log) {
  try {
    for (auto& carrier : carriers_)
      carrier = std::thread([this] { carry(); });
    housekeeper_ = std::thread([this] { housekeep(); });
  } catch (...) {
    stop();
    throw;
  }
}

keeper::~keeper() {
  stop();
}

void keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_all();
  to_stop_.notify_all();
  for (auto& carrier : carriers_)
    if (carrier.joinable())
      carrier.join();
  if (housekeeper_.joinable())
    housekeeper_.join();
}

void keeper::lead() {
  // Notified under the lock: who asked may be answered, and the keeper gone, when it is released.
  const std::lock_guard lock(mutex_);
  asked_to_lead_ = true;
  asked_.notify_one();
}

void keeper::carry() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_.wait(lock, [&] { return asked_to_lead_ || stopping_; });
    if (!std::exchange(asked_to_lead_, false))
      return;
    lock.unlock();
    pipeline_->lead_for_others();
    lock.lock();
  }
}

void keeper::housekeep() {
  std::unique_lock lock(mutex_);
  while (!to_stop_.wait_for(lock, look_every, [&] { return stopping_; })) {
    lock.unlock();
    tidy_up();
    lock.lock();
  }
}

/// Preparing and marking fail for reasons that the log keeps and the next transaction reports (disk
/// full, storage failed), so their errors are not lost here, only later.
void keeper::tidy_up() {
  if (rounds_to_wait_ > 0)
    --rounds_to_wait_;
  else if (!log_->prepare_next())
    rounds_to_wait_ = rounds_after_failure;
  pipeline_->check_room();
  const auto syncs = pipeline_->times().syncs;
  const bool idle = syncs == std::exchange(seen_syncs_, syncs);
  if (!idle || syncs == marked_syncs_)
    return;
  pipeline_->tidy();
  marked_syncs_ = syncs;
}

} // namespace weft::embedded
