#include "weft/persistence/wal/group_commit.hpp"

namespace weft::persistence {

namespace {

/// Nobody knows what became of a batch that ends so: part of it may be on the disk.
bool is_final(const error& e) noexcept {
  return e.code == errc::io_error || e.code == errc::storage_failed;
}

} // namespace

group_commit::group_commit(segment_log& log, weft::term term, sink_function sink,
                           group_commit_options options)
    : log_(log), term_(term), sink_(std::move(sink)), options_(options),
      next_index_(log.last().index.next()), next_t_(log.last().t.next()), told_(log.last().index) {
  // nop
}

result<log_index> group_commit::propose(std::span<const proposal> entries) {
  std::size_t bytes_count = 0;
  for (const auto& entry : entries)
    bytes_count += entry.payload->size();
  const std::unique_lock guard(mutex_);
  if (auto failed = log_.failure())
    return fail(std::move(*failed));
  if (stopped_)
    return fail(errc::closed, "the log is closing");
  if (full_)
    return fail(errc::disk_full, "the disk has less free than its reserve");
  auto t = next_t_;
  for (const auto& entry : entries) {
    if (entry.kind != entry_kind::transaction)
      continue;
    if (entry.t != t)
      return fail(refused_ ? *refused_
                           : error{errc::invalid_argument, "the transaction does not continue"});
    t = t.next();
  }
  if (queued_bytes_ > 0 && queued_bytes_ + bytes_count > options_.waiting_bytes_max)
    return fail(errc::overloaded, "too many bytes wait for the disk");
  for (const auto& entry : entries) {
    queue_.push_back({entry.kind, next_index_, entry.t, entry.payload});
    next_index_ = next_index_.next();
  }
  next_t_ = t;
  queued_bytes_ += bytes_count;
  refused_.reset();
  wake_.notify_one();
  return log_index(next_index_.get() - 1);
}

result<void> group_commit::write(const std::vector<waiting>& batch) {
  std::vector<log_entry> entries;
  entries.reserve(batch.size());
  for (const auto& w : batch)
    entries.push_back({w.kind, term_, w.index, w.t, *w.payload});
  return log_.append(entries);
}

/// Batches of at most limits::batch_bytes_max.
result<void> group_commit::write_in_parts(const std::vector<waiting>& batch) {
  std::vector<waiting> part;
  std::size_t part_bytes = 0;
  for (const auto& w : batch) {
    if (batch_size(part.size() + 1, part_bytes + w.payload->size()) > limits::batch_bytes_max) {
      WEFT_CHECK(write(part));
      part.clear();
      part_bytes = 0;
    }
    part.push_back(w);
    part_bytes += w.payload->size();
  }
  return write(part);
}

/// What was accepted and not told as committed: a batch that was being written, and what waits.
void group_commit::lose(const error& reason, bool of_a_batch) {
  bool some = of_a_batch;
  {
    const std::lock_guard guard(mutex_);
    some = some || !queue_.empty();
    queue_.clear();
    queued_bytes_ = 0;
    next_index_ = log_.last().index.next();
    next_t_ = log_.last().t.next();
    refused_ = reason;
  }
  if (some)
    sink_(lost{told_, reason});
}

void group_commit::check_room() {
  look_after(0);
}

/// Looks for room; so many bytes wait no more.
void group_commit::look_after(std::size_t done_bytes) {
  const auto room = log_.has_room();
  const std::lock_guard guard(mutex_);
  queued_bytes_ -= done_bytes;
  full_ = room && !*room;
}

bool group_commit::write_waiting() {
  std::vector<waiting> batch;
  bool idle = false;
  {
    std::unique_lock guard(mutex_);
    const auto ready = [&] { return stopped_ || !queue_.empty(); };
    idle = !wake_.wait_for(guard, options_.mark_after, ready);
    if (stopped_ && queue_.empty())
      return false;
    batch.swap(queue_);
  }
  return idle ? tidy() : write_batch(batch);
}

bool group_commit::write_queued() {
  std::vector<waiting> batch;
  {
    const std::lock_guard guard(mutex_);
    batch.swap(queue_);
  }
  return batch.empty() ? !log_.failed() : write_batch(batch);
}

bool group_commit::tidy() {
  check_room();
  auto marked = log_.mark();
  if (marked)
    marked = log_.sync(); // once for each idle time; nothing to do when it was marked before
  if (!marked && is_final(marked.error()))
    lose(error{errc::io_error, marked.error().detail}, false);
  return !log_.failed();
}

/// Goes by what append and sync answered, not by log_.failed(): another thread that prepares the
/// next segment may fail at any moment, and must not change what became of this batch.
bool group_commit::write_batch(const std::vector<waiting>& batch) {
  auto written = write_in_parts(batch);
  if (written || !is_final(written.error()))
    if (auto synced = log_.sync(); !synced)
      written = std::move(synced);
  const bool sound = written || !is_final(written.error());
  // Also after disk_full: the parts that were written and synced are committed.
  if (sound && log_.durable().index > log_.committed().index) {
    // A mark that cannot be stored fails the log, not this batch: it is durable.
    static_cast<void>(log_.publish_committed(log_.durable().index));
    told_ = log_.durable().index;
    sink_(committed{log_.durable()});
  }
  if (!written) {
    lose(sound ? written.error() : error{errc::io_error, written.error().detail}, true);
    check_room();
    return !log_.failed();
  }
  std::size_t done_bytes = 0;
  for (const auto& w : batch)
    done_bytes += w.payload->size();
  look_after(done_bytes);
  return !log_.failed();
}

void group_commit::stop() {
  const std::lock_guard guard(mutex_);
  stopped_ = true;
  wake_.notify_one();
}

} // namespace weft::persistence
