#include "weft/persistence/shard/opened_shard.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/persistence/shard/replay.hpp"
#include "weft/persistence/system.hpp"

#include <utility>

namespace weft::persistence {

namespace {

/// The one voter of a database that runs alone.
constexpr node_id only_node{1};

log_options log_options_for(database_id id, const open_shard_options& how) {
  auto out = persistence::log_options_of(id, how.shard, how.clock);
  out.segment_bytes_min = how.segment_bytes;
  return out;
}

/// Hard state and an empty log: everything of a new database but its VERSION.
result<void> fill(disk& on, const std::string& folder, database_id id,
                  const open_shard_options& how) {
  hard_state first;
  first.database = id;
  first.shard = how.shard;
  first.node = only_node;
  WEFT_TRY(auto state, hard_state_file::create(on, join(folder, "hardstate"), first));
  WEFT_TRY(auto log, segment_log::open(on, join(folder, "wal"), log_options_for(id, how)));
  return log->close();
}

result<data_folder> open_folder(disk& on, const std::string& folder,
                                const open_shard_options& how) {
  const auto holder = process_id();
  WEFT_TRY(const bool there, on.exists(join(folder, "VERSION")));
  if (there)
    return data_folder::open(on, folder, holder);
  if (!how.create)
    return fail(errc::not_a_database, "there is no Weft database in " + folder,
                {{"folder", folder}});
  const database_id id{{random64(), random64()}};
  auto made = data_folder::create(on, folder, holder, {.database = id, .created = how.clock()},
                                  [&] { return fill(on, folder, id, how); });
  if (made || made.error().code != errc::invalid_argument)
    return made;
  return data_folder::open(on, folder, holder); // somebody else was faster
}

result<void> check_segment_bytes(std::size_t bytes) {
  if (bytes >= segment_header_bytes + 2 * batch_header_bytes && bytes <= limits::segment_bytes_max)
    return {};
  return fail(errc::invalid_argument,
              "a segment of the log cannot have " + std::to_string(bytes) + " bytes");
}

result<hard_state_file> open_hard_state(disk& on, const std::string& path, database_id id,
                                        shard_id shard) {
  return hard_state_file::open(on, path, id, shard).map_error([&](error e) {
    return missing_is_damage(std::move(e), path);
  });
}

void tell(const open_shard_options& how, const replay& from, std::uint64_t done,
          std::uint64_t total) {
  if (how.progress)
    how.progress(
        {.done = done, .total = total, .transactions = from.head().get(), .datoms = from.datoms()});
}

} // namespace

log_options log_options_of(database_id id, shard_id shard, std::function<instant()> clock) {
  log_options out;
  out.database = id;
  out.shard = shard;
  out.random = random64;
  out.now = std::move(clock);
  out.peek_t = peek_t;
  out.clock_ns = thread_cpu_ns;
  return out;
}

result<opened_shard> open_shard(disk& on, const std::string& folder, memory_index& index,
                                const open_shard_options& how) {
  WEFT_CHECK(check_segment_bytes(how.segment_bytes));
  WEFT_TRY(auto data, open_folder(on, folder, how));
  const auto id = data.version().database;
  WEFT_TRY(auto hard, open_hard_state(on, join(folder, "hardstate"), id, how.shard));
  replay from(index);
  auto log_options = log_options_for(id, how);
  log_options.proven = hard.current().committed;
  log_options.must_exist = true;
  log_options.on_sync = how.on_sync;
  log_options.clock_ns = how.clock_ns;
  const recovery_callbacks callbacks{
      [&](const recovered_entry& e) { return from.entry(e.kind, e.payload); },
      [&](const recovery_progress& p) { tell(how, from, p.bytes_done, 2 * p.bytes_all); }};
  WEFT_TRY(auto log, segment_log::open(on, join(folder, "wal"), log_options, callbacks));
  WEFT_ASSERT(from.head() == log->last().t); // every transaction of the log was told
  WEFT_TRY(auto records, from.finish_check([&](std::size_t done, std::size_t total) {
    tell(how, from, total + done, 2 * total);
  })); // who cannot serve it is not elected
  tell(how, from, 1, 1);
  auto elected = hard.current();
  elected.term = elected.term.next();
  elected.voted_for = only_node;
  elected.committed = log->durable().index;
  WEFT_CHECK(hard.write(elected));
  WEFT_CHECK(log->publish_committed(log->durable().index));
  return opened_shard{std::move(data), std::move(hard), std::move(log), std::move(records),
                      from.cursors()};
}

} // namespace weft::persistence
