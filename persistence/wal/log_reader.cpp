#include "weft/persistence/wal/log_reader.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

/// A folder that is listed while the writer renames files may look wrong; it is looked at again.
constexpr int look_tries = 20;
constexpr const char* another_entry = "the log holds another entry than the one that was read";
/// A segment that is recycled under the reader, or a stale buffer, is read again.
constexpr int read_tries = 3;

} // namespace

result<std::unique_ptr<log_reader>> log_reader::open(disk& on, const std::string& folder,
                                                     std::optional<log_owner> of) {
  auto out = std::unique_ptr<log_reader>(new log_reader(on, folder, of));
  WEFT_CHECK(out->look());
  WEFT_CHECK(out->committed());
  WEFT_CHECK(out->enter_oldest());
  return out;
}

// -- segments ---

result<void> log_reader::try_to_look() {
  WEFT_TRY(const auto scan, scan_folder(*disk_, folder_));
  for (const auto& segment : scan.segments)
    if (segment.problem)
      return fail(*segment.problem);
  if (owner_)
    WEFT_CHECK(check_scan(scan, owner_->database, owner_->shard));
  WEFT_TRY(auto layout, lay_out(scan));
  if (layout.live.empty())
    return fail(errc::not_a_database, folder_ + " holds no log");
  std::vector<known_segment> fresh;
  for (std::size_t i = 0; i < layout.live.size(); ++i) {
    known_segment segment{layout.live[i], layout.stop_before(i), {}};
    for (auto& old : segments_)
      if (old.file.header.incarnation == segment.file.header.incarnation)
        segment.places = std::move(old.places);
    fresh.push_back(std::move(segment));
  }
  segments_ = std::move(fresh);
  current_ = 0;
  cursor_.reset(); // of a segment that may be gone
  return {};
}

result<void> log_reader::look() {
  auto done = try_to_look();
  for (int i = 1; i < look_tries && !done; ++i)
    done = try_to_look();
  if (!done && done.error().code == errc::not_found)
    return fail(errc::not_a_database, folder_ + " holds no log");
  return done;
}

result<void> log_reader::enter(std::size_t segment, const known_place& at) {
  const auto& known = segments_[segment];
  cursor_.reset();
  if (at.position.index == position_.index && at.position != position_)
    return fail(rot(known.file.path, at.offset, position_.index.next(), another_entry));
  WEFT_TRY(file_, disk_->open(known.file.path, open_mode::read));
  current_ = segment;
  cursor_.emplace(*file_, known.file.header, peek_t_function{});
  cursor_->seek(at.offset, at.position);
  return {};
}

void log_reader::learn(std::uint64_t offset, const log_position& position) {
  auto& places = segments_[current_].places;
  if (places.empty() || offset >= places.back().offset + limits::sparse_offset_bytes)
    places.push_back({offset, position});
}

error log_reader::pruned() const {
  const auto earliest = segments_.front().file.header.previous.t.next().get();
  return error{errc::log_pruned,
               "the log starts with transaction " + std::to_string(earliest),
               {{"earliest", std::to_string(earliest)}}};
}

/// Stands before the oldest entry that is held. A writer that opens the log may rename its segments
/// meanwhile.
result<void> log_reader::enter_oldest() {
  for (int i = 1;; ++i) {
    position_ = segments_.front().file.header.previous;
    last_kind_.reset();
    auto done = enter(0, {segment_header_bytes, position_});
    if (done || done.error().code != errc::not_found || i == look_tries)
      return done;
    WEFT_CHECK(look());
  }
}

/// Enters the segment that holds the entry after position_, at the best place known.
result<void> log_reader::enter_at_position() {
  auto done = try_to_enter();
  for (int i = 1; i < look_tries && !done && done.error().code == errc::not_found; ++i) {
    WEFT_CHECK(look());
    done = try_to_enter();
  }
  return done;
}

result<void> log_reader::try_to_enter() {
  const auto wanted = position_.index.next();
  if (segments_.front().file.header.first_index() > wanted)
    return fail(pruned());
  auto i = segments_.size() - 1;
  while (segments_[i].file.header.first_index() > wanted)
    --i;
  known_place at{segment_header_bytes, segments_[i].file.header.previous};
  for (const auto& place : segments_[i].places)
    if (place.position.index <= position_.index)
      at = place;
  if (entered_at_ && entered_at_->incarnation == segments_[i].file.header.incarnation &&
      entered_at_->position == position_) {
    const known_place there{aligned(entered_at_->end_offset), position_};
    if (starts_batch(segments_[i], there))
      at = there;
  }
  return enter(i, at);
}

bool log_reader::starts_batch(const known_segment& segment, const known_place& at) {
  const auto in = disk_->open(segment.file.path, open_mode::read);
  if (!in)
    return false;
  segment_cursor found(**in, segment.file.header, {});
  found.seek(at.offset, at.position);
  const auto item = found.next();
  return item && item->what == walk_step::batch;
}

// -- entries ---

result<std::optional<mark>> log_reader::committed() {
  const auto path = join(folder_, "committed");
  WEFT_TRY(auto found, read_mark(*disk_, path));
  if (found && owner_ && (found->database != owner_->database || found->shard != owner_->shard))
    return fail(errc::database_mismatch,
                path + " belongs to database " + found->database.to_string());
  return found;
}

result<log_index> log_reader::proven_ahead() {
  log_index out;
  for (auto i = current_; i < segments_.size(); ++i) {
    const auto& segment = segments_[i];
    WEFT_TRY(auto in, disk_->open(segment.file.path, open_mode::read));
    segment_cursor ahead(*in, segment.file.header, {});
    for (;;) {
      WEFT_TRY(const auto item, ahead.next());
      if (item.what == walk_step::end)
        break;
    }
    const auto last = log_index(segment.stop_before.get() - 1);
    out = std::max(out, std::min(ahead.proven(), last));
  }
  return out;
}

void log_reader::extend_to(const log_position& last) {
  if (mark_ && mark_->position.index >= last.index)
    return;
  mark_ = mark_.value_or(mark{});
  mark_->position = last;
}

result<void> log_reader::advance_mark() {
  WEFT_TRY(const auto now, committed());
  if (!now || (mark_ && (*now == *mark_ || now->position.index < mark_->position.index)))
    return {};
  mark_ = now;
  const auto known = std::any_of(segments_.begin(), segments_.end(), [&](const auto& segment) {
    return segment.file.header.incarnation == now->incarnation;
  });
  if (known && cursor_)
    cursor_->look_again();
  if (known)
    return {};
  // Where the log continues elsewhere, entries that were never committed may lie ahead.
  WEFT_CHECK(look());
  return enter_at_position();
}

result<std::optional<read_entry>> log_reader::read_on() {
  if (!cursor_)
    WEFT_CHECK(enter_at_position());
  for (;;) {
    const auto next = position_.index.next();
    while (segments_[current_].stop_before <= next && current_ + 1 < segments_.size())
      WEFT_CHECK(enter(current_ + 1,
                       {segment_header_bytes, segments_[current_ + 1].file.header.previous}));
    WEFT_TRY(auto item, cursor_->next());
    if (item.what == walk_step::batch)
      learn(item.offset, item.position);
    if (item.what == walk_step::batch || item.what == walk_step::scar)
      continue;
    if (item.what != walk_step::entry) {
      problem_ = item.what == walk_step::end ? "nothing verifies from here on" : item.problem;
      return std::nullopt;
    }
    if (item.index < next) {
      if (item.index == position_.index && item.position != position_) {
        problem_ = another_entry;
        return std::nullopt;
      }
      continue;
    }
    position_ = item.position;
    last_kind_ = item.kind;
    return read_entry{item.kind, item.position, item.payload};
  }
}

result<std::optional<read_entry>> log_reader::read_patiently() {
  auto found = read_on();
  for (int i = 1; i < read_tries && !(found && *found); ++i) {
    if (!found && found.error().code != errc::not_found)
      break;
    WEFT_CHECK(look());
    if (auto entered = enter_at_position(); !entered) {
      if (entered.error().code != errc::not_found)
        return fail(std::move(entered).error());
      continue;
    }
    found = read_on();
  }
  if (found && *found)
    return found;
  const auto offset = cursor_ ? cursor_->offset() : 0;
  cursor_.reset(); // whoever asks again is not led past the damage
  if (found)       // or its segment was gone, each time it was looked for
    return fail(rot(segments_[current_].file.path, offset, position_.index.next(), problem_));
  return found;
}

result<std::optional<read_entry>> log_reader::next() {
  if (!mark_ || position_.index >= mark_->position.index)
    WEFT_CHECK(advance_mark());
  if (!mark_ || position_.index >= mark_->position.index)
    return std::nullopt;
  return read_patiently();
}

result<read_entry> log_reader::fetch(tx_number t) {
  WEFT_CHECK(advance_mark());
  if (!mark_ || t > mark_->position.t || t == tx_number(0))
    return fail(errc::basis_ahead,
                "transaction " + std::to_string(t.get()) + " is not committed in this log");
  const auto before = [t](const log_position& p) { return p.t < t; };
  if (!before(segments_.front().file.header.previous)) {
    WEFT_CHECK(look());
    if (!before(segments_.front().file.header.previous))
      return fail(pruned());
  }
  auto i = segments_.size() - 1;
  while (!before(segments_[i].file.header.previous))
    --i;
  known_place at{segment_header_bytes, segments_[i].file.header.previous};
  for (const auto& place : segments_[i].places)
    if (before(place.position))
      at = place;
  position_ = at.position;
  last_kind_.reset();
  if (auto entered = enter(i, at); !entered && entered.error().code != errc::not_found)
    return fail(std::move(entered).error());
  for (;;) {
    WEFT_TRY(auto entry, read_patiently());
    if (entry->kind == entry_kind::transaction && entry->position.t == t)
      return *entry;
  }
}

result<void> log_reader::seek_to_mark() {
  WEFT_CHECK(advance_mark());
  if (!mark_)
    return fail(errc::basis_ahead, "nothing is committed in this log");
  position_ = mark_->position;
  entered_at_ = mark_;
  last_kind_.reset();
  cursor_.reset();
  return {};
}

result<void> log_reader::seek_after(tx_number t) {
  const bool stands_there = cursor_ && position_.t == t && last_kind_ == entry_kind::transaction;
  if (stands_there)
    return {};
  const auto& oldest = segments_.front().file.header.previous;
  if (t > oldest.t)
    return fetch(t).map([](const read_entry&) {});
  WEFT_CHECK(look());
  if (t != segments_.front().file.header.previous.t)
    return t > segments_.front().file.header.previous.t ? fetch(t).map([](const read_entry&) {})
                                                        : result<void>(fail(pruned()));
  return enter_oldest();
}

} // namespace weft::persistence
