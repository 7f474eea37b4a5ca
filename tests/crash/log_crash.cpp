#include "crash/log_crash.hpp"

#include "crash/image_identity.hpp"
#include "support/log_fixture.hpp"

#include "weft/persistence/wal/log_reader.hpp"

namespace weft::test {

namespace {

/// Every nth image is also used (appended to and opened again), every mth one crashes in recovery.
constexpr std::size_t use_every = 7;
constexpr std::size_t crash_again_every = 97;
constexpr std::size_t samples_in_recovery = 3;

/// Thrown out of a call of the disk: the process ends there.
struct process_end {};

} // namespace

void crash_report::count(const crash_image_count& at_point) {
  if (!at_point.sampled)
    return;
  ++sampled;
  if (at_point.sectors <= sectors_enumerated)
    ++sampled_needlessly;
}

void crash_report::add(const crash_report& other) {
  points += other.points;
  images += other.images;
  sampled += other.sampled;
  sampled_needlessly += other.sampled_needlessly;
  failure = other.failure;
}

crashing_log::crashing_log(log_options options, crash_image_options images, mark_sectors mark)
    : options_(std::move(options)), images_(std::move(images)), mark_(mark) {
  if (mark_ == mark_sectors::drawn)
    images_.drawn_name = "committed";
}

void crashing_log::fail_with(const std::string& what) {
  if (report_.failure.empty())
    report_.failure = what;
}

// -- what the log does ---

void crashing_log::perform(const std::string& name, const std::function<result<void>()>& call) {
  if (failed())
    return;
  doing_ = name;
  disk_.observe([this](const disk_operation& op) {
    if (kill_in_ > 0 && --kill_in_ == 0)
      throw process_end();
    crash_here(doing_ + ", after " + std::string{to_string(op.call)} + ' ' + op.path);
  });
  try {
    if (const auto done = call(); !done)
      fail_with(name + ": " + done.error().to_string());
  } catch (const process_end&) {
    killed_ = true;
  }
  disk_.observe({});
}

/// As the owner of the log opens it: what was dropped is in an index or a snapshot.
log_options crashing_log::options_now(std::function<std::uint64_t()> random) const {
  auto out = options_;
  if (random)
    out.random = std::move(random);
  out.replay_after = log_index(needed_from_ - 1);
  return out;
}

void crashing_log::open() {
  perform("open", [&]() -> result<void> {
    WEFT_TRY(log_, segment_log::open(disk_, "wal", options_now(options_.random)));
    return {};
  });
  if (failed())
    return;
  acknowledged_ = log_->last().index.get(); // what open() told is durable
  crash_here("after open");
}

void crashing_log::append(std::size_t payload_bytes, weft::term term) {
  if (failed())
    return;
  test_entry one(log_->last(), payload_bytes);
  one.entry.term = term;
  may_be_[one.entry.index.get()].insert(one.payload + std::to_string(term.get()));
  perform("append " + std::to_string(one.entry.index.get()), [&]() -> result<void> {
    WEFT_CHECK(log_->append({&one.entry, 1}));
    // A rotation makes what came before durable; nobody is told, so it is not acknowledged.
    return {};
  });
}

void crashing_log::sync() {
  perform("sync", [&] { return log_->sync(); });
  if (failed())
    return;
  acknowledged_ = log_->durable().index.get();
  crash_here("after sync");
}

void crashing_log::publish() {
  if (!failed())
    published_ = log_->durable().index.get();
  perform("publish", [&] { return log_->publish_committed(log_->durable().index); });
}

void crashing_log::mark() {
  perform("mark", [&] { return log_->mark(); });
}

void crashing_log::prepare() {
  perform("prepare", [&] { return log_->prepare_next(); });
  for (const auto& [path, folder] : disk_.folders())
    for (const auto& [name, inode] : folder.live)
      if (inode && name.starts_with("free-") && !inode->unsynced.empty())
        fail_with("a prepared file has unsynced sectors: the next rotation pays for them");
}

void crashing_log::close() {
  perform("close", [&] { return log_->close(); });
  if (failed())
    return;
  acknowledged_ = log_->last().index.get();
  log_.reset();
  crash_here("after close");
  // The window of docs/guarantees.md is closed: the durable bytes alone prove every entry.
  recording_disk after(disk_.durable_image());
  const auto found = recover(after, "wal", options_now({}), std::nullopt, {});
  if (!found)
    fail_with("after close: " + found.error().to_string());
  else if (found->proven.get() != acknowledged_)
    fail_with("after close the last entries are not proven");
}

void crashing_log::write_mark_back() {
  perform("write back", [&]() -> result<void> {
    WEFT_TRY(const auto page, disk_.open("wal/committed", open_mode::write));
    return page->sync_data();
  });
}

void crashing_log::stop() {
  log_.reset();
}

void crashing_log::kill_after(std::size_t changes) {
  kill_in_ = changes;
}

void crashing_log::revive() {
  log_.reset();
  killed_ = false;
}

void crashing_log::read() {
  log_index last;
  perform("read", [&]() -> result<void> {
    WEFT_TRY(const auto found, recover(disk_, "wal", options_now({}), std::nullopt, {}));
    last = found.last.index;
    return make_durable(disk_, "wal", found);
  });
  if (failed())
    return;
  acknowledged_ = std::max(acknowledged_, last.get());
  crash_here("after read");
}

void crashing_log::drop_before(log_index index) {
  needed_from_ = std::max(needed_from_, index.get());
  perform("drop", [&] { return log_->drop_before(index); });
  crash_here("after drop");
}

void crashing_log::seal_before(log_index index) {
  acknowledged_ = std::min(acknowledged_, index.get() - 1);
  perform("seal", [&] { return log_->seal_before(index); });
  while (!may_be_.empty() && may_be_.rbegin()->first >= index.get())
    may_be_.erase(std::prev(may_be_.end()));
  crash_here("after seal");
}

void crashing_log::restart_after(const log_position& position) {
  restart_to_.insert(position.index.get());
  needed_from_ = position.index.get() + 1; // the snapshot is there already
  perform("restart", [&] { return log_->restart_after(position); });
  acknowledged_ = position.index.get();
  restart_to_.clear();
  may_be_.clear();
  crash_here("after restart");
}

// -- crashes ---

void crashing_log::crash_here(const std::string& where) {
  if (failed() || kill_in_ > 0)
    return;
  ++report_.points;
  images_.seed += 1;
  const auto count =
      for_each_crash_image(disk_, images_, [&](const disk_image& image) { check(image, where); });
  report_.count(count);
}

void crashing_log::check(const disk_image& image, const std::string& where) {
  if (failed())
    return;
  const auto promise = acknowledged_ * 1'000'003 + needed_from_ * 7 + restart_to_.size() +
                       may_be_.size() * 1'000'000'007;
  if (!seen_.insert(identity(image, promise)).second)
    return;
  ++report_.images;
  ++checked_;
  recording_disk after(image);
  auto problem = mark_ == mark_sectors::enumerated ? read_beside(after) : "";
  if (problem.empty())
    problem = open_and_compare(after, checked_ % use_every == 0);
  if (!problem.empty())
    return fail_with(where + ": " + problem);
  if (checked_ % crash_again_every == 0)
    crash_in_recovery(image, where);
}

void crashing_log::crash_in_recovery(const disk_image& image, const std::string& where) {
  recording_disk again(image);
  again.observe([&](const disk_operation& op) {
    auto few = images_;
    few.exhaustive_bits = 1;
    few.samples = samples_in_recovery;
    for_each_crash_image(again, few, [&](const disk_image& second) {
      if (failed())
        return;
      ++report_.images;
      recording_disk after(second);
      const auto problem = open_and_compare(after, false);
      if (!problem.empty())
        fail_with(where + ", then in recovery after " + std::string{to_string(op.call)} + ' ' +
                  op.path + ": " + problem);
    });
  });
  (void)segment_log::open(again, "wal", options_now(small_log(images_.seed + 77).random));
  again.observe({});
}

/// As another process reads the image before anybody repairs it: up to the mark that it holds.
std::string crashing_log::read_beside(recording_disk& on) const {
  auto reader = log_reader::open(on, "wal", log_owner{options_.database, options_.shard});
  if (!reader)
    return acknowledged_ == 0 ? "" : "a reader: " + reader.error().to_string();
  for (;;) {
    const auto entry = (*reader)->next();
    if (!entry)
      return "a reader: " + entry.error().to_string();
    if (!*entry)
      return {};
    const auto index = (*entry)->position.index.get();
    const auto may = may_be_.find(index);
    if (index > published_)
      return "a reader is shown entry " + std::to_string(index) + ", which was not published";
    if (may == may_be_.end() ||
        !may->second.contains(bytes{(*entry)->payload} +
                              std::to_string((*entry)->position.term.get())))
      return "a reader is shown another entry " + std::to_string(index);
  }
}

std::string crashing_log::open_and_compare(recording_disk& on, bool use_it) {
  std::map<std::uint64_t, bytes> found;
  const auto options = options_now(small_log(images_.seed * 31 + checked_).random);
  const recovery_callbacks callbacks{[&](const recovered_entry& e) -> result<void> {
                                       found[e.position.index.get()] =
                                           bytes{e.payload} + std::to_string(e.position.term.get());
                                       return {};
                                     },
                                     {}};
  auto log = segment_log::open(on, "wal", options, callbacks);
  if (!log)
    return log.error().to_string();
  auto problem = compare(**log, found);
  if (!problem.empty() || !use_it)
    return problem;
  if (auto done = append_one(**log); !done)
    return "cannot append after recovery: " + done.error().to_string();
  if (auto done = (*log)->sync(); !done)
    return "cannot sync after recovery: " + done.error().to_string();
  const auto last = (*log)->last();
  log->reset();
  auto again = segment_log::open(on, "wal", options);
  if (!again)
    return "cannot open twice: " + again.error().to_string();
  return (*again)->last() == last ? "" : "the second open ends elsewhere";
}

std::string crashing_log::compare(const segment_log& log,
                                  const std::map<std::uint64_t, bytes>& found) const {
  const auto last = log.last().index.get();
  if (restart_to_.contains(last) && found.empty())
    return {};
  if (last < acknowledged_)
    return "the log ends with " + std::to_string(last) + ", but " + std::to_string(acknowledged_) +
           " was acknowledged";
  if (log.first_index().get() > needed_from_ && last >= needed_from_)
    return "the log starts with " + std::to_string(log.first_index().get()) + ", but " +
           std::to_string(needed_from_) + " is needed";
  auto expected = std::max(log.first_index().get(), needed_from_);
  for (const auto& [index, payload] : found) {
    if (index != expected++)
      return "entry " + std::to_string(index) + " comes out of order";
    const auto may = may_be_.find(index);
    if (may == may_be_.end() || !may->second.contains(payload))
      return "entry " + std::to_string(index) + " was never written, or is void";
  }
  return expected == last + 1 || last < needed_from_ ? "" : "entries are missing at the end";
}

} // namespace weft::test
