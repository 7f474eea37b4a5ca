#include "weft/persistence/embedded/engine.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/system.hpp"
#include "weft/persistence/wal/hard_state.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace weft::embedded {

namespace {

using persistence::join;
using persistence::random64;
using persistence::replay;
using persistence::steady_clock_us;
using persistence::thread_cpu_ns;
using persistence::wall_clock_us;

constexpr shard_id only_shard{0};
/// A read-only open starts again when a writer came or went under it.
constexpr int read_tries = 10;

persistence::disk& system_disk() {
  static persistence::posix_disk instance;
  return instance;
}

/// Ids are UUIDs of version 7: they say when they were made.
result<void> check_id(const std::optional<request_id>& id) {
  if (!id || (id->id.octets[6] >> 4U == 7 && id->id.octets[8] >> 6U == 2))
    return {};
  return fail(errc::invalid_argument, "a request id is a UUID of version 7");
}

/// Whoever asks for the time holds locks and has no place for an exception.
std::function<instant()> guarded(std::function<instant()> clock) {
  if (!clock)
    return wall_clock_us;
  return [given = std::move(clock)] {
    try {
      return given();
    } catch (...) {
      return wall_clock_us();
    }
  };
}

/// Opening goes on, whatever becomes of what is told about it.
std::function<void(const open_progress&)> guarded(std::function<void(const open_progress&)> tell) {
  if (!tell)
    return {};
  return [given = std::move(tell)](const open_progress& so_far) {
    try {
      given(so_far);
    } catch (...) { // NOLINT(bugprone-empty-catch)
    }
  };
}

} // namespace

database::engine::engine(std::string folder, options how)
    : folder_(persistence::without_trailing_slashes(std::move(folder))), how_(std::move(how)),
      disk_(how_.disk != nullptr ? how_.disk : &system_disk()),
      function_clock_([] { return steady_clock_us().get(); }) {
  how_.clock = guarded(std::move(how_.clock));
  how_.progress = guarded(std::move(how_.progress));
}

database::engine::~engine() {
  static_cast<void>(close());
}

result<std::unique_ptr<database::engine>> database::engine::open(const std::string& folder,
                                                                 options how) {
  std::unique_ptr<engine> made(new engine(folder, std::move(how)));
  if (!made->how_.read_only) {
    WEFT_CHECK(made->open_to_write());
    return made;
  }
  for (int i = 0; i < read_tries; ++i) {
    const auto undisturbed = made->open_to_read();
    // A segment that was there when its folder was listed: a writer put another one in its place.
    if (!undisturbed && undisturbed.error().code != errc::not_found)
      return fail(undisturbed.error());
    if (undisturbed && *undisturbed)
      return made;
    made.reset(new engine(folder, made->how_));
  }
  return fail(errc::locked,
              "writers opened and closed " + folder + " while it was read; try again");
}

result<void> database::engine::open_to_write() {
  WEFT_TRY(auto opened, persistence::open_shard(*disk_, folder_, index_,
                                                {.create = how_.create,
                                                 .shard = only_shard,
                                                 .clock = how_.clock,
                                                 .segment_bytes = how_.segment_bytes,
                                                 .progress = how_.progress,
                                                 .clock_ns = thread_cpu_ns}));
  data_ = std::move(opened.folder);
  id_ = data_->version().database;
  log_ = std::move(opened.log);
  return start(state_of(std::move(opened.records), index_), opened.hard.current().term);
}

void database::engine::tell(const replay& from, std::uint64_t done, std::uint64_t total) const {
  if (how_.progress)
    how_.progress(
        {.done = done, .total = total, .transactions = from.head().get(), .datoms = from.datoms()});
}

/// The second half of the work, when the log was read.
result<transactor::state> database::engine::fill_index(replay& from) const {
  WEFT_TRY(auto state, from.finish([&](std::size_t done, std::size_t total) {
    tell(from, total + done, 2 * total);
  }));
  tell(from, 1, 1);
  return state;
}

result<void> database::engine::start(const transactor::state& from, weft::term in_term) {
  driver_ = std::make_unique<log_driver>(
      *log_, in_term, [this](const commit_event& event) { pipeline_->hear(event); });
  pipeline_ = std::make_unique<commit_pipeline>(
      from,
      transactor::options{.shard = only_shard,
                          .mode = how_.mode,
                          .functions = &how_.functions,
                          .clock = &function_clock_,
                          .cpu_ns = thread_cpu_ns},
      pipeline_parts{.port = driver_->port(),
                     .driver = *driver_,
                     .index = index_,
                     .last = log_->last(),
                     .now = how_.clock,
                     .steady = steady_clock_us,
                     .report_of = [this](tx_number t) { return report_of(t); },
                     .need_thread = [this] { keeper_->lead(); }});
  pipeline_->check_room(); // the first transaction is refused, too, where there is none
  try {
    keeper_ = std::make_unique<keeper>(*pipeline_, *log_);
  } catch (const std::system_error& e) {
    return fail(errc::overloaded, std::string{"the system gives no thread: "} + e.what());
  }
  return {};
}

persistence::recovery_callbacks database::engine::callbacks_to(replay& into) const {
  return {[&into](const persistence::recovered_entry& e) { return into.entry(e.kind, e.payload); },
          [this, &into](const persistence::recovery_progress& p) {
            tell(into, p.bytes_done, 2 * p.bytes_all);
          }};
}

/// What the next writer would find: the committed mark, which is never synced, is not needed.
result<log_position> database::engine::read_alone(replay& into, log_index proven) const {
  const auto wal = join(folder_, "wal");
  auto log_options = persistence::log_options_of(id_, only_shard, how_.clock);
  log_options.proven = proven;
  log_options.must_exist = true;
  WEFT_TRY(const auto mark, persistence::read_mark(*disk_, join(wal, "committed")));
  if (mark && (mark->database != id_ || mark->shard != only_shard))
    return fail(errc::database_mismatch,
                wal + " belongs to database " + mark->database.to_string());
  WEFT_TRY(const auto found,
           persistence::recover(*disk_, wal, log_options, mark, callbacks_to(into)));
  WEFT_CHECK(persistence::make_durable(*disk_, wal, found));
  return found.last;
}

/// Beside a writer only the committed mark says how far to read. One that lags behind what the log
/// proves (here, with one voter, durable is committed) is damaged, or the writer is starting.
result<log_position> database::engine::read_beside_writer(replay& into, log_index proven) const {
  WEFT_TRY(const auto reader,
           persistence::log_reader::open(*disk_, join(folder_, "wal"),
                                         persistence::log_owner{id_, only_shard}));
  if (reader->position().index > log_index(0))
    return fail(errc::log_corrupt, "the first segments of the log are missing",
                {{"earliest", std::to_string(reader->position().t.next().get())}});
  WEFT_TRY(const auto first_mark, reader->committed());
  for (;;) {
    WEFT_TRY(const auto entry, reader->next());
    if (!entry)
      break;
    WEFT_CHECK(into.entry(entry->kind, entry->payload));
    constexpr std::uint64_t tell_every = 4096;
    if (first_mark && entry->position.index.get() % tell_every == 0)
      tell(into, entry->position.index.get(), 2 * first_mark->position.index.get());
  }
  WEFT_TRY(const auto ahead, reader->proven_ahead());
  WEFT_TRY(const auto mark, reader->committed());
  const auto marked = mark ? mark->position.index : log_index(0);
  if (marked < std::max(ahead, proven))
    return fail(errc::locked,
                "the process that has the database open does not say how far it is committed; try "
                "again, or when it is closed",
                {{"proven", std::to_string(std::max(ahead, proven).get())},
                 {"marked", std::to_string(marked.get())}});
  return reader->position();
}

/// False when a writer came or went meanwhile: what was read may be a mixture.
result<bool> database::engine::open_to_read() {
  WEFT_TRY(const auto version, persistence::read_version_file(*disk_, folder_));
  id_ = version.database;
  const auto hard = join(folder_, "hardstate");
  const auto look = [&] {
    return persistence::read_hard_state(*disk_, hard, id_, only_shard).map_error([&](error e) {
      return persistence::missing_is_damage(std::move(e), hard);
    });
  };
  const auto lock = join(folder_, "LOCK");
  WEFT_TRY(const auto before, look());
  WEFT_TRY(const bool beside, disk_->is_locked(lock));
  replay from(index_);
  const auto last =
      beside ? read_beside_writer(from, before.committed) : read_alone(from, before.committed);
  WEFT_TRY(const auto after, look());
  WEFT_TRY(const bool beside_still, disk_->is_locked(lock));
  if (after.generation != before.generation || beside != beside_still)
    return false;
  if (!last)
    return fail(last.error());
  WEFT_ASSERT(from.head() == last->t); // every transaction of the log was told
  WEFT_TRY(const auto state, fill_index(from));
  read_ = snapshot{state.committed, state.next, state.last, *last};
  return true;
}

// -- transactions ---

error database::engine::read_only_error() const {
  return {errc::read_only, "the database was opened to read only"};
}

result<tx_report> database::engine::transact(const tx_request& request,
                                             std::optional<request_id> id) {
  WEFT_CHECK(check_id(id));
  if (!pipeline_)
    return fail(read_only_error());
  return pipeline_->run(request, id);
}

result<std::shared_ptr<waiting>> database::engine::submit(tx_request request,
                                                          std::optional<request_id> id) {
  WEFT_CHECK(check_id(id));
  if (!pipeline_)
    return fail(read_only_error());
  return pipeline_->queue(std::move(request), id);
}

snapshot database::engine::current() const {
  return read_ ? *read_ : pipeline_->current();
}

result<tx_report> database::engine::with(const tx_request& request) const {
  WEFT_CHECK(check_open());
  const auto now = current();
  return weft::with(now.now, request,
                    {.when = std::max(how_.clock(), now.last.next()),
                     .shard = only_shard,
                     .next = now.next,
                     .mode = how_.mode,
                     .functions = &how_.functions,
                     .clock = &function_clock_});
}

result<void> database::engine::check_open() const {
  if (closed_.load(std::memory_order_acquire))
    return fail(errc::closed, "the database is closed");
  return {};
}

result<weft::view> database::engine::view() const {
  WEFT_CHECK(check_open());
  return index_.open();
}

result<tx_report> database::engine::report_of(tx_number t) {
  const std::lock_guard lock(reader_mutex_);
  if (!reader_) {
    WEFT_TRY(reader_, persistence::log_reader::open(*disk_, join(folder_, "wal"),
                                                    persistence::log_owner{id_, only_shard}));
  }
  WEFT_TRY(const auto found, reader_->fetch(t));
  return persistence::report_from(found.payload, index_.open());
}

request_id database::engine::make_request_id() {
  return persistence::make_id(how_.clock(), random64(), random64());
}

// -- the end, and what is to be seen ---

result<void> database::engine::close() {
  if (pipeline_)
    WEFT_CHECK(pipeline_->check_outside());
  const std::lock_guard lock(closing_mutex_);
  closed_.store(true, std::memory_order_release);
  if (!keeper_)
    return {};
  pipeline_->drain();
  keeper_.reset();
  auto done = log_->close();
  data_.reset();
  return done;
}

embedded::status database::engine::status() const {
  const auto now = current();
  const auto facts = index_.stats();
  embedded::status out;
  out.database_id = id_;
  out.t = now.now.basis();
  out.last_instant = now.last;
  out.chain = now.position.chain;
  out.facts_live = facts.facts_live;
  out.facts_history = facts.facts_history;
  out.index_bytes = facts.bytes;
  const auto wal = join(folder_, "wal");
  for (const auto& name : disk_->list(wal).value_or(std::vector<std::string>{})) {
    const bool free = name.starts_with("free-");
    if (free || !name.ends_with(".seg"))
      continue;
    const auto opened = disk_->open(join(wal, name), persistence::open_mode::read);
    out.log_bytes += opened ? (*opened)->size().value_or(0) : 0;
    ++out.log_segments;
  }
  if (!pipeline_) {
    out.reason = read_only_error().detail;
    return out;
  }
  out.transactions_waiting = pipeline_->under_way();
  const auto failed = pipeline_->failure();
  out.writable = !failed;
  out.reason = failed ? failed->detail : "";
  return out;
}

stage_times database::engine::stages() const {
  stage_times out;
  if (!pipeline_)
    return out;
  const auto all = pipeline_->times();
  const auto us = [&](stage s) {
    return static_cast<double>(all.ns[static_cast<std::size_t>(s)]) / 1000.0;
  };
  out.transactions = all.transactions;
  out.syncs = all.syncs;
  out.resolve_us = us(stage::resolve);
  out.encode_us = us(stage::encode);
  out.append_us = us(stage::append);
  out.sync_us = us(stage::sync);
  out.carry_wall_us = us(stage::carry_wall);
  out.apply_us = us(stage::apply);
  out.wake_us = us(stage::wake);
  return out;
}

} // namespace weft::embedded
