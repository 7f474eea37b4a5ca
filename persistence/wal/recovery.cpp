#include "weft/persistence/wal/recovery.hpp"

#include "weft/persistence/mutant.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

/// Bytes between two calls of the progress callback.
constexpr std::uint64_t progress_bytes = 4U << 20U;

/// One recovery.
class recovery {
 public:
  recovery(disk& on, const log_options& options, const std::optional<mark>& committed,
           const recovery_callbacks& callbacks)
      : disk_(on), options_(options), committed_(committed), callbacks_(callbacks) {}

  result<recovered_log> run(const std::string& folder) {
    WEFT_CHECK(scan(folder));
    WEFT_CHECK(check_scan(out_.scan, options_.database, options_.shard));
    WEFT_TRY(out_.layout, lay_out(out_.scan));
    if (out_.layout.live.empty() && options_.must_exist)
      return fail(rot(folder, 0, log_index(1), "the folder of the log holds no segment"));
    if (out_.layout.live.empty()) {
      out_.last = options_.start;
      out_.proven = options_.start.index;
    } else {
      WEFT_CHECK(read_segments());
    }
    WEFT_CHECK(check_proofs());
    return std::move(out_);
  }

 private:
  /// A segment that is gone between two looks is not_found; a folder that is gone is a lost log.
  result<void> scan(const std::string& folder) {
    auto found = scan_folder(disk_, folder);
    if (!found && found.error().code == errc::not_found && options_.must_exist) {
      WEFT_TRY(const auto there, disk_.exists(folder));
      if (!there)
        return fail(rot(folder, 0, log_index(1), "the folder of the log is missing"));
    }
    WEFT_TRY(out_.scan, std::move(found));
    return {};
  }

  result<void> read_segments() {
    const auto& live = out_.layout.live;
    if (const auto gap = missing_before(live.front().header, options_.replay_after))
      return fail(rot(live.front().path, 0, options_.replay_after.next(), *gap));
    std::size_t first = 0;
    while (first + 1 < live.size() && out_.layout.stop_before(first) <= next_to_replay())
      ++first;
    for (auto i = first; i < live.size(); ++i)
      progress_.bytes_all += live[i].bytes;
    out_.last = live[first].header.previous;
    for (auto i = first; i < live.size(); ++i) {
      if (live[i].header.previous != out_.last)
        return fail(rot(live[i].path, 0, live[i].header.first_index(),
                        "the header does not continue the entries before it"));
      WEFT_CHECK(read_segment(live[i], out_.layout.stop_before(i)));
    }
    return {};
  }

  [[nodiscard]] log_index next_to_replay() const {
    auto from = options_.replay_after;
    // The mark's own segment is read, so that the two can be compared.
    if (committed_ && committed_->position.index <= from && committed_->position.index.get() > 0)
      from = log_index(committed_->position.index.get() - 1);
    return from.next();
  }

  result<void> read_segment(const segment_file& segment, log_index stop_before) {
    WEFT_TRY(auto in, disk_.open(segment.path, open_mode::read));
    segment_cursor cursor(*in, segment.header, options_.peek_t);
    std::optional<walk_item> bad;
    const auto last = log_index(stop_before.get() - 1);
    auto end = cursor.offset();
    while (cursor.good().index < last) {
      WEFT_TRY(auto item, cursor.next());
      if (item.what == walk_step::end)
        break;
      if (item.what == walk_step::damage && !bad)
        bad = item;
      if (item.what == walk_step::entry && !bad)
        WEFT_CHECK(tell(item));
      if (item.what == walk_step::batch && !bad)
        end = item.end;
      report(item.offset, cursor.good().index);
    }
    progress_.bytes_done += segment.bytes;
    out_.last = cursor.good();
    out_.end_offset = end;
    // What a later segment superseded was durable once and does not count any more.
    out_.proven = std::max(out_.proven, std::min(cursor.proven(), last));
    out_.torn = bad.has_value();
    const bool continued = stop_before != log_index(UINT64_MAX);
    if (!bad && out_.last.index < (continued ? last : out_.proven))
      bad = missing(cursor.offset());
    if (bad)
      first_bad_ = {segment.path, *bad};
    if (bad && (continued || bad->refused || bad->index <= out_.proven)) {
      auto why = rot(segment.path, bad->offset, bad->index, bad->problem);
      why.code = bad->refused.value_or(why.code);
      return fail(std::move(why));
    }
    return {};
  }

  [[nodiscard]] walk_item missing(std::uint64_t offset) const {
    walk_item out;
    out.what = walk_step::damage;
    out.offset = offset;
    out.index = out_.last.index.next();
    out.problem = "nothing verifies from here on, and the entry is known to be durable";
    return out;
  }

  result<void> tell(const walk_item& item) {
    if (committed_ && committed_->position.index == item.index &&
        committed_->position != item.position)
      return fail(rot("the committed mark", item.offset, item.index,
                      "the log holds another entry than the one that was committed"));
    if (!callbacks_.entry || item.index <= options_.replay_after)
      return {};
    return callbacks_.entry({item.kind, item.position, item.payload});
  }

  void report(std::uint64_t offset, log_index index) {
    if (!callbacks_.progress || progress_.bytes_done + offset < next_report_)
      return;
    auto now = progress_;
    now.bytes_done += offset;
    now.index = index;
    callbacks_.progress(now);
    next_report_ = now.bytes_done + progress_bytes;
  }

  /// The log must reach what the mark and the hard state say.
  result<void> check_proofs() {
    const auto from_mark = committed_ ? committed_->position.index : log_index(0);
    for (const auto& [proof, who] : {std::pair{from_mark, "the committed mark"},
                                     std::pair{options_.proven, "the hard state"}}) {
      out_.proven = std::max(out_.proven, std::min(proof, out_.last.index));
      if (proof <= out_.last.index)
        continue;
      const auto where = std::string{who} + " proves entry " + std::to_string(proof.get()) +
                         ", and the log ends with " + std::to_string(out_.last.index.get());
      if (first_bad_)
        return fail(rot(first_bad_->first, first_bad_->second.offset, first_bad_->second.index,
                        where + "; " + first_bad_->second.problem));
      const auto path = out_.layout.live.empty() ? "the log" : out_.layout.live.back().path;
      return fail(rot(path, out_.end_offset, out_.last.index.next(), where));
    }
    return {};
  }

  disk& disk_;
  const log_options& options_;
  const std::optional<mark>& committed_;
  const recovery_callbacks& callbacks_;
  recovered_log out_;
  std::optional<std::pair<std::string, walk_item>> first_bad_;
  recovery_progress progress_;
  std::uint64_t next_report_ = 0;
};

} // namespace

/// All but the newest segment were synced before the next one got its name; and a segment whose
/// name does not last proves nothing.
result<void> make_durable(disk& on, const std::string& folder, const recovered_log& found) {
  if (!mutated(sync_site::log_read_names))
    WEFT_CHECK(on.sync_folder(folder));
  if (found.last.index <= found.proven)
    return {};
  WEFT_TRY(auto newest, on.open(found.layout.live.back().path, open_mode::read));
  if (mutated(sync_site::log_read))
    return {};
  return newest->sync_data();
}

error rot(const std::string& segment, std::uint64_t offset, log_index index,
          const std::string& what) {
  return error{errc::log_corrupt,
               segment + " offset " + std::to_string(offset) + " entry " +
                   std::to_string(index.get()) + ": " + what,
               {{"segment", segment},
                {"offset", std::to_string(offset)},
                {"index", std::to_string(index.get())},
                {"what", what}}};
}

result<recovered_log> recover(disk& on, const std::string& folder, const log_options& options,
                              const std::optional<mark>& committed,
                              const recovery_callbacks& callbacks) {
  return recovery(on, options, committed, callbacks).run(folder);
}

} // namespace weft::persistence
