#include "weft/persistence/wal/segment_log.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/persistence/mutant.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

/// Adds its lifetime to a counter.
class timed_span {
 public:
  timed_span(std::uint64_t (*clock)(), std::uint64_t& into) noexcept
      : clock_(clock), into_(&into), begin_(clock != nullptr ? clock() : 0) {}
  timed_span(const timed_span&) = delete;
  timed_span& operator=(const timed_span&) = delete;
  ~timed_span() {
    if (clock_ != nullptr)
      *into_ += clock_() - begin_;
  }

 private:
  std::uint64_t (*clock_)();
  std::uint64_t* into_;
  std::uint64_t begin_;
};

/// Tells its lifetime.
class sync_wait {
 public:
  explicit sync_wait(const std::function<void(std::uint64_t)>& told)
      : told_(&told), begin_(told ? steady_ns() : 0) {}
  sync_wait(const sync_wait&) = delete;
  sync_wait& operator=(const sync_wait&) = delete;
  ~sync_wait() {
    if (*told_)
      (*told_)(steady_ns() - begin_);
  }

 private:
  const std::function<void(std::uint64_t)>* told_;
  std::uint64_t begin_;
};

} // namespace

segment_log::segment_log(disk& on, std::string folder, log_options options)
    : disk_(&on), folder_(std::move(folder)), options_(std::move(options)),
      pool_(on, folder_,
            {options_.segment_bytes_min, options_.segment_bytes_max, options_.disk_reserve_bytes}) {
  WEFT_ASSERT(options_.random && options_.now);
  WEFT_ASSERT(options_.segment_bytes_min >= segment_header_bytes + 2 * batch_header_bytes);
}

// -- state ---

result<void> segment_log::usable() {
  if (closed_)
    return fail(errc::closed, "the log is closed");
  if (auto failed = failure())
    return fail(std::move(*failed));
  return {};
}

/// A full disk and the like are refused and may pass. Everything else that a call of the system
/// says in the middle of work (a file system that became read-only, a file that is gone) is final.
result<void> segment_log::poison_unless_retryable(result<void> done) {
  if (done || info(done.error().code).retryable)
    return done;
  done.error().code = errc::io_error;
  poison(done.error());
  return done;
}

void segment_log::poison(const error& why) {
  const std::lock_guard guard(failure_mutex_);
  if (!first_error_)
    first_error_ = why;
  failed_ = true;
}

std::optional<error> segment_log::failure() const {
  if (!failed_)
    return std::nullopt;
  const std::lock_guard guard(failure_mutex_);
  return error{errc::storage_failed,
               "the log failed earlier and must be opened again: " + first_error_->to_string()};
}

log_position segment_log::committed() const noexcept {
  return mark_->current() ? mark_->current()->position : log_position{};
}

/// Writes into a segment that has its name. Part of a batch that did not fit may be on the disk and
/// verify after a restart, so a full disk is final here: the outcome is unknown. (Segments are
/// prewritten: it happens on file systems that never write in place.)
result<void> segment_log::write_batch(std::span<const log_entry> entries,
                                      std::vector<entry_end>& ends) {
  auto written = writer_->append(entries, durable_.index, ends);
  if (!written)
    written.error().code = errc::io_error;
  return poison_unless_retryable(std::move(written));
}

void segment_log::remember(std::vector<entry_end>& ends) {
  ends_.insert(ends_.end(), ends.begin(), ends.end());
  while (ends_.size() > limits::log_positions_max)
    ends_.pop_front();
}

// -- append and sync ---

result<std::size_t> segment_log::check_batch(std::span<const log_entry> entries) const {
  auto expected = last();
  std::size_t payload_bytes = 0;
  for (const auto& entry : entries) {
    const bool transaction = entry.kind == entry_kind::transaction;
    expected.index = expected.index.next();
    if (transaction)
      expected.t = expected.t.next();
    if (entry.index != expected.index || entry.term < expected.term ||
        (transaction && entry.t != expected.t))
      return fail(errc::invalid_argument, "entry " + std::to_string(entry.index.get()) +
                                              " with t " + std::to_string(entry.t.get()) +
                                              " does not continue the log; expected " +
                                              std::to_string(expected.index.get()) + " with t " +
                                              std::to_string(expected.t.get()));
    if (entry.payload.empty())
      return fail(errc::invalid_argument, "an entry of the log is never empty");
    if (entry.payload.size() > limits::record_bytes_max)
      return fail(errc::input_too_large, "an entry of the log is larger than its limit");
    expected.term = entry.term;
    payload_bytes += entry.payload.size();
  }
  const auto size = batch_size(entries.size(), payload_bytes);
  if (size > limits::batch_bytes_max)
    return fail(errc::input_too_large, "a batch of the log is larger than its limit");
  return size;
}

result<void> segment_log::append(std::span<const log_entry> entries) {
  WEFT_CHECK(usable());
  if (entries.empty())
    return {};
  const timed_span timed(options_.clock_ns, statistics_.append_ns);
  WEFT_TRY(const auto size, check_batch(entries));
  if (!writer_->fits(size))
    WEFT_CHECK(poison_unless_retryable(rotate(size)));
  std::vector<entry_end> ends;
  ends.reserve(entries.size());
  WEFT_CHECK(write_batch(entries, ends));
  remember(ends);
  dirty_ = true;
  proven_ = durable_.index;
  ++statistics_.batches;
  statistics_.entries += entries.size();
  statistics_.bytes += size;
  return {};
}

result<void> segment_log::sync() {
  WEFT_CHECK(usable());
  if (!dirty_)
    return {};
  ++statistics_.syncs;
  const timed_span timed(options_.clock_ns, statistics_.sync_ns);
  const sync_wait waited(options_.on_sync);
  if (!mutated(sync_site::batch))
    WEFT_CHECK(poison_unless_retryable(writer_->sync()));
  dirty_ = false;
  durable_ = last();
  return {};
}

result<void> segment_log::mark() {
  WEFT_CHECK(usable());
  if (proven_ >= durable_.index || !writer_->fits_marker())
    return {};
  std::vector<entry_end> none;
  WEFT_CHECK(write_batch({}, none));
  proven_ = durable_.index;
  dirty_ = true;
  return {};
}

result<void> segment_log::close() {
  WEFT_CHECK(sync());
  WEFT_CHECK(mark());
  if (dirty_ && !mutated(sync_site::close_marker))
    WEFT_CHECK(poison_unless_retryable(writer_->sync()));
  closed_ = true;
  return {};
}

// -- segments ---

result<void> segment_log::prepare_next() {
  if (auto failed = failure())
    return fail(std::move(*failed));
  return poison_unless_retryable(pool_.prepare(next_segment_bytes_));
}

result<void> segment_log::sync_tail() {
  if (dirty_ && !mutated(sync_site::rotate_tail))
    WEFT_CHECK(writer_->sync());
  dirty_ = false;
  durable_ = last();
  return {};
}

result<void> segment_log::rotate(std::size_t batch_bytes) {
  WEFT_TRY(const auto room, pool_.has_room());
  if (!room)
    return fail(errc::disk_full, "the disk has less free than its reserve");
  WEFT_CHECK(sync_tail());
  const auto needed = segment_header_bytes + batch_bytes + batch_header_bytes;
  const auto now = writer_->header();
  const bool is_empty = now.previous.index == last().index;
  WEFT_CHECK(start_segment({.previous = last(),
                            .previous_sequence = is_empty ? now.previous_sequence : now.sequence,
                            .needed_bytes = needed,
                            .segment_bytes = 2 * now.file_bytes}));
  return release_overtaken();
}

/// The segment before the newest one is free again when the newest one starts where it did.
result<void> segment_log::release_overtaken() {
  const auto old = live_[live_.size() - 2];
  if (old.first_index < live_.back().first_index)
    return {};
  live_.erase(live_.end() - 2);
  return release(old.path, old.bytes);
}

result<free_file> segment_log::take_file(const continuation& from) {
  std::size_t copied_bytes = 0;
  for (const auto& entry : from.copied)
    copied_bytes += entry.payload.size();
  const auto needed =
      segment_header_bytes + batch_size(from.copied.size(), copied_bytes) + 2 * batch_header_bytes;
  return pool_.take(std::max(needed, from.needed_bytes), from.segment_bytes, from.reserve);
}

result<void> segment_log::start_segment(const continuation& from) {
  WEFT_TRY(auto file, take_file(from));
  segment_header header;
  header.database = options_.database;
  header.shard = options_.shard;
  header.sequence = last_sequence_ + 1;
  header.previous_sequence = from.previous_sequence;
  header.incarnation = options_.random();
  header.previous = from.previous;
  header.created = options_.now();
  std::vector<entry_end> ends;
  auto made = segment_writer::create(*disk_, folder_, file, header, from.copied, ends);
  if (!made && info(made.error().code).retryable)
    WEFT_CHECK(pool_.give_back(std::move(file)));
  if (!made)
    return fail(std::move(made).error());
  remember(ends);
  writer_.emplace(std::move(*made));
  last_sequence_ = header.sequence;
  live_.push_back({header.sequence, header.previous_sequence, header.first_index(), writer_->path(),
                   writer_->header().file_bytes});
  durable_ = writer_->last();
  proven_ = durable_.index;
  dirty_ = false;
  next_segment_bytes_ = pool_.size_for(0, 2 * writer_->header().file_bytes);
  ++statistics_.segments_started;
  return {};
}

result<void> segment_log::release(const std::string& path, std::uint64_t bytes) {
  auto file = pool_.next_name();
  file.bytes = bytes;
  WEFT_CHECK(disk_->rename(path, file.path));
  // Only then may the content change: a crash could bring the old name back.
  if (!mutated(sync_site::segment_release))
    WEFT_CHECK(disk_->sync_folder(folder_));
  return pool_.give_back(std::move(file));
}

result<void> segment_log::release_all(const std::vector<live_segment>& segments) {
  for (const auto& segment : segments)
    WEFT_CHECK(release(segment.path, segment.bytes));
  return {};
}

result<void> segment_log::drop_before(log_index index) {
  WEFT_CHECK(usable());
  if (index > committed().index.next())
    return fail(errc::invalid_argument, "entries that are not committed cannot be dropped");
  while (live_.size() > 1 && live_[1].first_index <= index) {
    const auto oldest = live_.front();
    live_.erase(live_.begin());
    WEFT_CHECK(poison_unless_retryable(release(oldest.path, oldest.bytes)));
  }
  return {};
}

result<void> segment_log::seal_before(log_index index) {
  WEFT_CHECK(usable());
  if (index <= committed().index || index < first_index() || index > last().index.next())
    return fail(errc::invalid_argument,
                "the log cannot continue at entry " + std::to_string(index.get()));
  if (index == last().index.next())
    return {};
  WEFT_CHECK(poison_unless_retryable(sync_tail()));
  continuation from;
  from.segment_bytes = writer_->header().file_bytes;
  auto keep = live_.size();
  while (keep > 0 && live_[keep - 1].first_index >= index)
    --keep;
  from.previous_sequence = keep > 0 ? live_[keep - 1].sequence : live_.front().previous_sequence;
  WEFT_TRY(const auto before, find(log_index(index.get() - 1)));
  from.previous = before.position;
  std::vector<live_segment> voided(live_.begin() + static_cast<std::ptrdiff_t>(keep), live_.end());
  WEFT_CHECK(poison_unless_retryable(start_segment(from)));
  while (!ends_.empty() && ends_.back().position.index >= index)
    ends_.pop_back();
  live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(keep), live_.end() - 1);
  return poison_unless_retryable(release_all(voided));
}

result<void> segment_log::restart_after(const log_position& position) {
  WEFT_CHECK(usable());
  if (position.index < committed().index)
    return fail(errc::invalid_argument, "the snapshot is older than the committed entries");
  auto voided = live_;
  continuation from;
  from.previous = position;
  from.segment_bytes = options_.segment_bytes_min;
  WEFT_CHECK(poison_unless_retryable(start_segment(from)));
  ends_.clear();
  live_.erase(live_.begin(), live_.end() - 1);
  return poison_unless_retryable(release_all(voided));
}

// -- positions ---

result<entry_end> segment_log::read_end(const live_segment& in, log_index index) {
  WEFT_TRY(auto from, disk_->open(in.path, open_mode::read));
  bytes block(segment_header_bytes, '\0');
  WEFT_TRY(const auto got, from->read(0, block));
  WEFT_TRY(const auto header, decode_segment_header(bytes_view{block}.substr(0, got)));
  if (header.previous.index == index)
    return entry_end{header.previous, header.sequence, header.incarnation, segment_header_bytes};
  segment_cursor cursor(*from, header, {});
  for (;;) {
    WEFT_TRY(auto item, cursor.next());
    if (item.what == walk_step::entry && item.index == index && item.exact)
      return entry_end{item.position, header.sequence, header.incarnation, item.end};
    if (item.what == walk_step::end || item.what == walk_step::damage)
      return fail(rot(in.path, item.offset, index, "the entry cannot be read any more"));
  }
}

result<entry_end> segment_log::find(log_index index) {
  const auto at = std::lower_bound(
      ends_.begin(), ends_.end(), index,
      [](const entry_end& end, log_index wanted) { return end.position.index < wanted; });
  if (at != ends_.end() && at->position.index == index)
    return *at;
  auto in = live_.size();
  while (in > 1 && live_[in - 1].first_index > index)
    --in;
  return read_end(live_[in - 1], index);
}

result<void> segment_log::publish_committed(log_index index) {
  if (index > durable_.index)
    return fail(errc::invalid_argument, "only durable entries can be committed");
  if (index <= committed().index || index < first_index())
    return {};
  const auto end = find(index);
  if (!end) // our own durable entry cannot be read back
    return poison_unless_retryable(fail(end.error()));
  mark_->store({.generation = 0,
                .database = options_.database,
                .shard = options_.shard,
                .position = end->position,
                .segment = end->segment,
                .incarnation = end->incarnation,
                .end_offset = end->end_offset});
  while (!ends_.empty() && ends_.front().position.index < index)
    ends_.pop_front();
  return {};
}

} // namespace weft::persistence
