#include "weft/actors/log_writer.hpp"

#include "weft/actors/few_processors.hpp"
#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/system.hpp"
#include "weft/persistence/thread_name.hpp"

#include <mutex>
#include <utility>

namespace weft::actors {

namespace {

using namespace std::chrono_literals;

/// A log that was quiet for so long is marked: its last entries cost less to trust.
constexpr auto quiet = 20ms;
/// How often it is looked whether a full disk has room again.
constexpr auto look_for_room = 500ms;

/// How often the log is told how far opening is.
constexpr std::uint64_t progress_every_ns = 1'000'000'000;

/// What may wait for the disk. The transactor refuses before: it may have one record more under way
/// than its limit says, and cursors come on top.
constexpr std::size_t waiting_bytes_max =
    limits::uncommitted_bytes_max + 2 * limits::record_bytes_max;

/// What comes of a batch of so many entries is done in the thread that wrote it; of more, while the
/// next one is written. With few processors nothing is gained by that, until a batch is large.
constexpr std::size_t small_batch_entries = 4;
constexpr std::size_t small_batch_bytes = 16U << 10U;
constexpr std::size_t alone_batch_bytes = 256U << 10U;

[[nodiscard]] bool is_small_batch(std::size_t entries, std::size_t bytes) {
  return has_few_processors() ? bytes <= alone_batch_bytes
                              : entries <= small_batch_entries && bytes <= small_batch_bytes;
}

constexpr shard_id only_shard{0};

} // namespace

class log_files {
 public:
  explicit log_files(persistence::opened_shard opened) : opened_(std::move(opened)) {}

  [[nodiscard]] persistence::segment_log& log() noexcept { return *opened_.log; }
  [[nodiscard]] const persistence::opened_shard& shard() const noexcept { return opened_; }
  [[nodiscard]] record_check take_records() { return std::move(opened_.records); }

  /// For the preparer: nothing happens once the log is closed. What goes wrong, the log keeps.
  void prepare() {
    const std::lock_guard lock(mutex_);
    if (!closed_)
      static_cast<void>(opened_.log->prepare_next());
  }

  /// Waits for the preparer. Nothing that was acknowledged depends on what closing can fail with.
  /// @return why the disk is not to be trusted any more, if it is not
  std::optional<error> close() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(closed_, true))
      return std::nullopt;
    static_cast<void>(opened_.log->close()); // what went wrong, the log keeps
    auto failed = opened_.log->failure();
    opened_.log.reset();
    const auto released = std::move(opened_.folder);
    return failed;
  }

 private:
  std::mutex mutex_; // guards the two below, as far as the preparer uses them
  persistence::opened_shard opened_;
  bool closed_ = false;
};

namespace {

segment_preparer_actor::behavior_type segment_preparer(segment_preparer_actor::pointer /*self*/,
                                                       const std::shared_ptr<log_files>& files) {
  return {[files](const prepare& /*order*/) {
    files->prepare();
    return prepared{};
  }};
}

} // namespace

// -- opening and closing ---

promise<started> log_writer_state::begin() {
  if (!is_stepped(self->system()))
    persistence::name_this_thread("weft.log");
  auto answer = self->make_response_promise<promise<started>>();
  if (!how.previous) {
    open(answer);
    return answer;
  }
  on_end_of_watched(self,
                    [this, answer](const actor_address&, const end_reason&) { open(answer); });
  watch(self, std::exchange(how.previous, {}));
  return answer;
}

void log_writer_state::open(promise<started> answer) {
  if (const auto done = open(); !done)
    answer.deliver(to_caf(done.error()));
  else
    answer.deliver(started{});
}

result<void> log_writer_state::open() {
  note(*how.log, log_event::recovery_begun, "opening " + how.folder, {{"folder", how.folder}});
  const auto begun = persistence::steady_ns();
  progress_told_ns_ = begun;
  auto done = open_folder();
  if (done)
    note_recovered(persistence::steady_ns() - begun);
  else
    note(*how.log, log_event::recovery_failed, done.error().detail,
         {{"folder", how.folder},
          {"errc", info(done.error().code).name},
          {"why", done.error().to_string()}});
  return done;
}

void log_writer_state::hear_progress(const persistence::open_progress& now) {
  opened_ = now;
  if (how.progress)
    how.progress(now);
  const auto at = persistence::steady_ns();
  if (at - progress_told_ns_ < progress_every_ns)
    return;
  progress_told_ns_ = at;
  note(*how.log, log_event::recovery_progress, "opening " + how.folder,
       {{"folder", how.folder},
        {"done", now.done},
        {"total", now.total},
        {"transactions", now.transactions},
        {"datoms", now.datoms}});
}

void log_writer_state::note_recovered(std::uint64_t took_ns) const {
  how.figures->elections.add(); // the one voter elects itself when it opens its log
  how.figures->recovery_ns.set(took_ns);
  how.figures->recovered_transactions.set(opened_.transactions);
  how.figures->recovered_datoms.set(opened_.datoms);
  note(*how.log, log_event::recovery_done, how.folder + " is open",
       {{"folder", how.folder},
        {"database", found_->database.to_string()},
        {"transactions", opened_.transactions},
        {"datoms", opened_.datoms},
        {"seconds", static_cast<double>(took_ns) / 1e9}});
}

result<void> log_writer_state::open_folder() {
  auto index = std::make_shared<memory_index>();
  WEFT_TRY(auto opened,
           persistence::open_shard(
               *how.disk, how.folder, *index,
               {.create = how.create && !how.known->has_value(),
                .shard = only_shard,
                .clock = how.clock,
                .segment_bytes = how.segment_bytes,
                .progress = [this](const auto& now) { hear_progress(now); },
                .on_sync = [all = how.figures](std::uint64_t ns) { all->sync_ns.observe(ns); }}));
  const auto id = opened.folder.version().database;
  if (how.known->value_or(id) != id)
    return fail(errc::database_mismatch,
                how.folder + " holds another database than before: " + id.to_string());
  if (!*how.known) // others read it meanwhile; it never changes
    *how.known = id;
  files_ = std::make_shared<log_files>(std::move(opened));
  found_ = recovered{.database = files_->shard().folder.version().database,
                     .index = std::move(index),
                     .records = std::make_shared<record_check>(files_->take_records()),
                     .cursors = files_->shard().cursors,
                     .position = files_->log().durable()};
  port_.emplace(
      files_->log(), files_->shard().hard.current().term,
      [this](const commit_event& event) { hear(event); },
      persistence::group_commit_options{.waiting_bytes_max = waiting_bytes_max});
  port_->check_room();
  preparer_ = spawn_detached(self->system(), segment_preparer, files_);
  return {};
}

log_writer_state::~log_writer_state() {
  static_cast<void>(close());
}

std::optional<error> log_writer_state::close() {
  port_.reset();
  if (preparer_)
    ask_to_end(untyped(std::exchange(preparer_, {})));
  return files_ ? files_->close() : std::nullopt;
}

/// The last mark of the log may be what the disk fails at.
void log_writer_state::hear_stop() {
  const auto why = close();
  if (!why)
    return self->quit();
  note_failed(*why);
  self->quit(to_caf(*why));
}

reply<recovered> log_writer_state::give_recovered() {
  if (!found_)
    return to_caf(error{errc::invalid_argument, "what opening found was given to somebody before"});
  return *std::exchange(found_, std::nullopt);
}

// -- writing ---

void log_writer_state::take(const append& order) {
  if (order.of <= void_through_)
    return;
  last_ = order.of;
  auto taken = port_->propose(order.entries);
  if (!taken) {
    carry_on(); // what was accepted before is decided first, and makes room
    if (order.of <= void_through_)
      return;
    taken = port_->propose(order.entries);
  }
  if (!taken) {
    drop(taken.error());
    return end_if_failed();
  }
  carried_ += order.entries.size();
  for (const auto& entry : order.entries)
    carried_bytes_ += entry.payload->size();
  if (!std::exchange(carry_sent_, true))
    send(self, self, carry{});
}

void log_writer_state::carry_on() {
  carry_sent_ = false;
  ++carries_;
  {
    const stage_times::span writes(how.figures->stages, commit_stage::write);
    static_cast<void>(port_->write_queued()); // what went wrong is told to hear()
  }
  carried_ = 0;
  carried_bytes_ = 0;
  const auto bytes = files_->log().statistics().bytes;
  how.figures->log_bytes.add(bytes - std::exchange(bytes_told_, bytes));
  end_if_failed();
  look_in(quiet);
}

void log_writer_state::hear(const commit_event& event) {
  if (const auto* lost_all = std::get_if<lost>(&event))
    return drop(lost_all->reason);
  if (!raft_)
    return;
  const durable news{std::get<committed>(event).position};
  if (!how.runs_what_follows || !is_small_batch(carried_, carried_bytes_))
    return send(self, raft_, news);
  here->send(raft_, news);
  here->run(); // before what the log does after a batch
}

void log_writer_state::drop(const error& why) {
  void_through_ = last_;
  note(*how.log, log_event::storage_refused, why.detail,
       {{"errc", info(why.code).name}, {"why", why.to_string()}});
  if (raft_)
    send(self, raft_, dropped{last_, why});
  if (info(why.code).retryable)
    look_in(look_for_room);
}

void log_writer_state::end_if_failed() {
  const auto why = files_->log().failure();
  if (!why)
    return;
  note_failed(*why);
  self->quit(to_caf(*why));
}

void log_writer_state::note_failed(const error& why) const {
  note(*how.log, log_event::storage_failed,
       "the log takes nothing more until the node is restarted",
       {{"folder", how.folder}, {"errc", info(why.code).name}, {"why", why.to_string()}});
}

// -- others ---

attached log_writer_state::attach_to(const raft_election_actor& who) {
  carry_on(); // what was appended before is decided
  raft_ = who;
  return {.term = files_->shard().hard.current().term,
          .position = files_->log().durable(),
          .last = last_,
          .void_through = void_through_};
}

/// While transactions come, the next segment is made ready; when none came, the log is marked.
void log_writer_state::look_after_log() {
  look_sent_ = false;
  const bool busy = std::exchange(carries_seen_, carries_) != carries_;
  if (busy) {
    request(
        self, preparer_, forever, prepare{}, [this](const prepared&) { end_if_failed(); },
        [](const error& /*why*/) {});
    return look_in(quiet);
  }
  static_cast<void>(port_->tidy()); // what went wrong, the log keeps
  end_if_failed();
  if (const auto room = files_->log().has_room(); room && !*room)
    look_in(look_for_room);
}

void log_writer_state::look_in(std::chrono::milliseconds time) {
  if (!std::exchange(look_sent_, true))
    send_later(self, time, housekeep{});
}

log_writer_actor::behavior_type log_writer(pointer<log_writer_actor, log_writer_state> self,
                                           storage_options how) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  state.here.emplace(self->system());
  on_asked_to_end(self, [&state] { state.hear_stop(); });
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const recover&) { return state.give_recovered(); },
          [&state](const attach& m) { return state.attach_to(m.who); },
          [&state](const append& m) { state.take(m); },
          [&state](const carry&) { state.carry_on(); },
          [&state](const housekeep&) { state.look_after_log(); }};
}

} // namespace weft::actors
