#include "weft/console/cli/database/log_walk.hpp"

#include "weft/core/tx/schema/fold.hpp"
#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/hard_state.hpp"

namespace weft::console {

namespace {

persistence::disk& system_disk() {
  static persistence::posix_disk instance;
  return instance;
}

/// Where the log ends for the next writer; none when a writer is there and says so itself.
result<std::optional<log_position>> end_without_writer(const std::string& folder, database_id id) {
  using persistence::join;
  auto& disk = system_disk();
  WEFT_TRY(const bool written, disk.is_locked(join(folder, "LOCK")));
  if (written)
    return std::optional<log_position>();
  const shard_id shard(0);
  WEFT_TRY(const auto hard,
           persistence::read_hard_state(disk, join(folder, "hardstate"), id, shard));
  WEFT_TRY(const auto mark, persistence::read_mark(disk, join(folder, "wal/committed")));
  persistence::log_options how;
  how.database = id;
  how.shard = shard;
  how.proven = hard.committed;
  how.must_exist = true;
  how.peek_t = peek_t;
  WEFT_TRY(const auto found, persistence::recover(disk, join(folder, "wal"), how, mark, {}));
  WEFT_CHECK(persistence::make_durable(disk, join(folder, "wal"), found));
  return std::optional(found.last);
}

} // namespace

result<log_walk> log_walk::open(const std::string& folder) {
  WEFT_TRY(const auto version, persistence::read_version_file(system_disk(), folder));
  WEFT_TRY(auto reader,
           persistence::log_reader::open(system_disk(), persistence::join(folder, "wal"),
                                         persistence::log_owner{version.database, shard_id(0)}));
  WEFT_TRY(const auto end, end_without_writer(folder, version.database));
  if (end)
    reader->extend_to(*end);
  return log_walk(std::move(reader), end ? end->t : tx_number(0));
}

result<std::optional<record_view>> log_walk::next() {
  for (;;) {
    WEFT_TRY(const auto entry, reader_->next());
    if (!entry)
      return std::optional<record_view>();
    if (entry->kind != entry_kind::transaction)
      continue;
    WEFT_TRY(auto record, record_view::decode(entry->payload));
    WEFT_TRY(schema_, fold_schema(schema_, record.datoms()));
    return std::optional(std::move(record));
  }
}

result<std::uint64_t> log_walk::bytes_behind(tx_number t) {
  std::uint64_t out = 0;
  for (;;) {
    WEFT_TRY(const auto entry, reader_->next());
    if (!entry)
      return out;
    if (reader_->position().t > t)
      out += entry->payload.size();
  }
}

result<tx_number> log_walk::newest() {
  WEFT_TRY(const auto mark, reader_->committed());
  return std::max(end_, mark ? mark->position.t : tx_number(0));
}

result<void> log_walk::skip_to(tx_number t) {
  WEFT_TRY(const auto last, newest());
  if (t > last.next() || t.get() == 0)
    return fail(errc::basis_ahead,
                "there is no transaction " + std::to_string(t.get()) + "; the newest is " +
                    std::to_string(last.get()),
                {{"basis", std::to_string(last.get())}});
  while (reader_->position().t.next() < t) {
    WEFT_TRY(const auto passed, next());
    if (!passed)
      break;
  }
  return {};
}

} // namespace weft::console
