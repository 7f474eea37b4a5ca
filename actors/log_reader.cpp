#include "weft/actors/log_reader.hpp"

#include "weft/core/stream/record_chunk.hpp"
#include "weft/persistence/data_folder.hpp"

#include <utility>

namespace weft::actors {

namespace {

constexpr shard_id only_shard{0};

template <class Reply>
reply<Reply> answer(result<Reply> found) {
  if (!found)
    return to_caf(found.error());
  return std::move(*found);
}

std::shared_ptr<const bytes> copy_of(bytes_view payload) {
  return std::make_shared<const bytes>(payload.begin(), payload.end());
}

} // namespace

result<void> log_reader_state::open() {
  WEFT_TRY(const auto version, persistence::read_version_file(*how.disk, how.folder));
  WEFT_TRY(reader_,
           persistence::log_reader::open(*how.disk, persistence::join(how.folder, "wal"),
                                         persistence::log_owner{version.database, only_shard}));
  return {};
}

result<entries_read> log_reader_state::read(const read_entries& what) {
  std::vector<committed_entry> out;
  WEFT_CHECK(reader_->seek_after(what.after.t));
  while (reader_->position().index < what.through.index) {
    WEFT_TRY(const auto next, reader_->next());
    if (!next)
      return fail(errc::log_corrupt, "the log ends before what is committed");
    if (next->position.index > what.after.index)
      out.push_back({next->kind, next->position, copy_of(next->payload)});
  }
  return entries_read{std::make_shared<const std::vector<committed_entry>>(std::move(out))};
}

result<records_read> log_reader_state::read(const read_records& what) {
  WEFT_CHECK(reader_->seek_after(what.after));
  auto chain = reader_->position().chain;
  records_read out{.after = {what.after, chain}, .records = {}};
  stream::record_chunk chunk(out.records);
  for (std::size_t size = 0; size < what.bytes;) {
    WEFT_TRY(const auto next, reader_->next());
    if (!next)
      break;
    if (next->kind != entry_kind::transaction)
      continue;
    WEFT_TRY(const auto stamp, peek_stamp(next->payload));
    size += next->payload.size();
    chunk.add(stamp, chain, next->position.chain, next->payload);
    chain = next->position.chain;
  }
  chunk.finish();
  return out;
}

result<fetched> log_reader_state::read(const fetch& what) {
  WEFT_TRY(const auto entry, reader_->fetch(what.t));
  return fetched{copy_of(entry.payload)};
}

log_reader_actor::behavior_type log_reader(pointer<log_reader_actor, log_reader_state> self,
                                           storage_options how) {
  auto& state = self->state;
  state.how = std::move(how);
  return {[&state](const start_up&) { return answer(state.open().map([] { return started{}; })); },
          [&state](const read_entries& m) { return answer(state.read(m)); },
          [&state](const read_records& m) { return answer(state.read(m)); },
          [&state](const fetch& m) { return answer(state.read(m)); }};
}

} // namespace weft::actors
