#include "weft/persistence/poller/change_poller.hpp"

#include "weft/core/stream/place_error.hpp"
#include "weft/core/stream/record_chunk.hpp"
#include "weft/core/tx/schema/fold.hpp"
#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/log_reader.hpp"

#include <utility>

namespace weft {

using persistence::log_reader;

namespace {

constexpr shard_id only_shard{0};

persistence::disk& system_disk() {
  static persistence::posix_disk instance;
  return instance;
}

/// What may mean that the files are not those any more that the reader has opened.
bool may_be_another_log(errc code) {
  return code == errc::log_corrupt || code == errc::database_mismatch ||
         code == errc::not_a_database || code == errc::not_found;
}

} // namespace

change_poller::change_poller(std::string folder)
    : folder_(std::move(folder)), disk_(&system_disk()), hash_(0) {}

change_poller change_poller::from_sequence(std::string folder, tx_number t) {
  change_poller out(std::move(folder));
  out.at_ = t;
  if (t != tx_number(0))
    out.hash_.reset();
  return out;
}

change_poller change_poller::from_cursor(std::string folder, const cursor& at) {
  change_poller out(std::move(folder));
  out.origin_ = {at.database, at.lineage, only_shard};
  const auto place = at.at(only_shard);
  out.has_place_ = place.has_value();
  if (place) {
    out.at_ = place->t;
    out.hash_ = place->hash;
  }
  return out;
}

change_poller::change_poller(change_poller&& other) noexcept = default;
change_poller& change_poller::operator=(change_poller&& other) noexcept = default;
change_poller::~change_poller() = default;

change_poller change_poller::with_batch_limit(std::size_t limit) && {
  limit_ = limit;
  return std::move(*this);
}

change_poller change_poller::with_names() && {
  names_wanted_ = true;
  reader_.reset(); // opening learns them
  return std::move(*this);
}

change_poller change_poller::on(persistence::disk& where) && {
  disk_ = &where;
  reader_.reset();
  return std::move(*this);
}

// -- its place ---

result<void> change_poller::open() {
  if (!has_place_)
    return fail(errc::cursor_invalid, "the cursor does not speak of shard 0",
                {{"shard", std::to_string(only_shard.get())}});
  WEFT_TRY(const auto version, persistence::read_version_file(*disk_, folder_));
  const stream_origin mine{version.database, first_lineage, only_shard};
  if (origin_)
    WEFT_CHECK(stream::check_origin(*origin_, mine));
  WEFT_TRY(auto reader, log_reader::open(*disk_, persistence::join(folder_, "wal"),
                                         persistence::log_owner{version.database, only_shard}));
  reader_ = std::move(reader);
  WEFT_CHECK(take_place());
  origin_ = mine;
  if (!context_)
    context_ = std::make_shared<const stream_context>(stream_context{mine, schema::bootstrap()});
  return names_wanted_ && !names_known_ ? learn_names() : result<void>();
}

/// Leads the reader to where the poller stands, and finds out whether that is still the same place.
result<void> change_poller::take_place() {
  WEFT_TRY(const auto end, reader_->committed());
  const auto head = end ? end->position.t : tx_number(0);
  if (at_ > head)
    return fail(stream::ahead_of(head, at_));
  if (at_ == head && end)
    WEFT_CHECK(reader_->seek_to_mark());
  if (reader_->position().t != at_ || at_ == tx_number(0)) {
    auto found = reader_->seek_after(at_);
    if (!found && found.error().code == errc::log_pruned)
      return fail(stream::too_old(found.error()));
    WEFT_CHECK(found);
  }
  const auto hash = short_hash(reader_->position().chain);
  if (hash_ && *hash_ != hash)
    return fail(stream::diverged_at(at_));
  hash_ = hash;
  return {};
}

/// The schema where the poller stands.
result<void> change_poller::learn_names() {
  WEFT_TRY(auto before, log_reader::open(*disk_, persistence::join(folder_, "wal"),
                                         persistence::log_owner{origin_->database, only_shard}));
  if (auto found = before->seek_after(tx_number(0)); !found)
    return fail(found.error().code == errc::log_pruned ? stream::too_old(found.error())
                                                       : std::move(found).error());
  auto names = schema::bootstrap();
  while (before->position().t < at_) {
    WEFT_TRY(const auto entry, before->next());
    if (!entry)
      return fail(errc::log_corrupt, "the log ends before what is committed");
    if (entry->kind != entry_kind::transaction)
      continue;
    WEFT_TRY(const auto record, record_view::decode(entry->payload));
    WEFT_TRY(names, fold_schema(names, record.datoms()));
  }
  context_ = std::make_shared<const stream_context>(stream_context{*origin_, std::move(names)});
  names_known_ = true;
  return {};
}

// -- polling ---

result<polled> change_poller::poll() {
  const bool is_open = reader_ != nullptr;
  auto found = try_poll();
  if (found)
    return found;
  reader_.reset();
  if (!is_open || !may_be_another_log(found.error().code))
    return found;
  found = try_poll(); // from the files that are there now
  if (!found)
    reader_.reset();
  return found;
}

result<polled> change_poller::try_poll() {
  if (!reader_)
    WEFT_CHECK(open());
  std::vector<record_ptr> records;
  auto went = read(records);
  polled out;
  auto context = context_;
  for (const auto& record : records) {
    if (auto known = fold(*record, context); !known) {
      went = fail(std::move(known).error());
      break;
    }
    out.events.emplace_back(context, record, nullptr);
  }
  if (!went && out.events.empty())
    return fail(went.error().code == errc::log_pruned ? stream::too_old(went.error())
                                                      : std::move(went).error());
  WEFT_TRY(const auto end, reader_->committed());
  const auto head = end ? end->position.t : tx_number(0);
  if (out.events.empty() && head < at_)
    return fail(stream::ahead_of(head, at_));
  if (!out.events.empty()) {
    at_ = out.events.back().t();
    hash_ = short_hash(out.events.back().chain());
    context_ = std::move(context);
  }
  out.head = std::max(at_, head);
  out.more = out.head > at_;
  out.next_cursor = {origin_->database, origin_->lineage, {{only_shard, at_, *hash_}}};
  if (!went)
    reader_.reset(); // it may stand behind what is returned
  return out;
}

/// Records after the poller's place. Those that were read before an error are good.
result<void> change_poller::read(std::vector<record_ptr>& into) {
  stream::record_chunk chunk(into);
  auto before = reader_->position().chain;
  std::size_t size = 0;
  for (std::size_t count = 0; count < limit_ && size < limits::poll_bytes_max;) {
    auto next = reader_->next();
    if (!next || !*next) {
      chunk.finish();
      return next ? result<void>() : fail(std::move(next).error());
    }
    const auto& entry = **next;
    if (entry.kind != entry_kind::transaction)
      continue;
    const auto stamp = peek_stamp(entry.payload);
    if (!stamp) {
      chunk.finish();
      return fail(stamp.error());
    }
    chunk.add(*stamp, before, entry.position.chain, entry.payload);
    before = entry.position.chain;
    size += entry.payload.size();
    ++count;
  }
  chunk.finish();
  return {};
}

/// The names after a record.
result<void> change_poller::fold(const stream_record& record, stream_context_ptr& names) const {
  if (!names_wanted_)
    return {};
  const auto& inside = record.decoded();
  if (!inside)
    return fail(inside.error());
  WEFT_TRY(auto after, fold_schema(names->names, inside->datoms()));
  if (after != names->names)
    names = std::make_shared<const stream_context>(stream_context{*origin_, std::move(after)});
  return {};
}

} // namespace weft
