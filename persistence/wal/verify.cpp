#include "weft/persistence/wal/verify.hpp"

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/wal/hard_state.hpp"

#include <algorithm>

namespace weft::persistence {

std::string_view to_string(finding_kind kind) noexcept {
  return kind == finding_kind::rot ? "rot" : kind == finding_kind::torn ? "torn" : "scar";
}

std::string_view to_string(segment_state state) noexcept {
  return state == segment_state::live         ? "live"
         : state == segment_state::superseded ? "superseded"
                                              : "unreadable";
}

std::string_view to_string(log_verdict verdict) noexcept {
  return verdict == log_verdict::intact ? "intact"
         : verdict == log_verdict::torn ? "torn"
                                        : "rotten";
}

namespace {

class verification {
 public:
  verification(disk& on, const verify_options& options) : disk_(on), options_(options) {}

  result<verify_report> run(const std::string& folder) {
    // Proofs come first: a writer may prove more while the segments are read.
    WEFT_CHECK(read_proofs(folder));
    auto scan = scan_folder(disk_, folder);
    if (!scan && scan.error().code != errc::not_found)
      return fail(std::move(scan).error());
    if (!scan || scan->segments.empty())
      return fail(errc::not_a_database, folder + " holds no log", {{"path", folder}});
    out_.free_files = scan->free.size();
    for (const auto& segment : scan->segments)
      check_owner(segment.path, segment.problem ? std::nullopt
                                                : std::optional(log_owner{segment.header.database,
                                                                          segment.header.shard}));
    const auto layout = lay_out_anyway(*scan);
    if (!layout.live.empty())
      if (const auto gap = missing_before(layout.live.front().header, options_.replay_after))
        found(layout.live.front().path, 0, options_.replay_after.next(), *gap, true);
    for (const auto& segment : scan->segments)
      bytes_all_ += segment.bytes;
    for (std::size_t i = 0; i < layout.live.size(); ++i)
      WEFT_CHECK(walk(layout, i));
    for (const auto& segment : layout.superseded)
      out_.segments.push_back(summary(segment, segment_state::superseded));
    std::sort(out_.segments.begin(), out_.segments.end(),
              [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    if (before_refused_)
      out_.last = *before_refused_;
    judge();
    return std::move(out_);
  }

 private:
  void check_owner(const std::string& path, std::optional<log_owner> of) {
    if (of && options_.owner &&
        (of->database != options_.owner->database || of->shard != options_.owner->shard))
      found(path, 0, log_index(0), "it belongs to database " + of->database.to_string(), true);
  }

  static segment_report summary(const segment_file& segment, segment_state state) {
    segment_report out;
    out.path = segment.path;
    out.sequence = segment.sequence;
    out.state = state;
    out.file_bytes = segment.bytes;
    if (!segment.problem) {
      out.first_index = segment.header.first_index();
      out.last_index = segment.header.previous.index;
      out.created = segment.header.created;
    }
    return out;
  }

  /// The log as well as it can be told; what does not fit is a finding.
  log_layout lay_out_anyway(const folder_scan& scan) {
    for (const auto& segment : scan.segments) {
      if (!segment.problem)
        continue;
      found(segment.path, 0, log_index(0), std::string{segment.problem->field("what")}, true);
      out_.segments.push_back(summary(segment, segment_state::unreadable));
    }
    auto layout = lay_out(scan);
    if (layout)
      return std::move(*layout);
    const auto& e = layout.error();
    found(std::string{e.field("segment")}, 0, log_index(0), std::string{e.field("what")}, true);
    log_layout all;
    for (const auto& segment : scan.segments)
      if (!segment.problem &&
          (all.live.empty() || segment.header.first_index() > all.live.back().header.first_index()))
        all.live.push_back(segment);
      else if (!segment.problem)
        all.superseded.push_back(segment);
    return all;
  }

  result<void> walk(const log_layout& layout, std::size_t i) {
    const auto& segment = layout.live[i];
    const auto stop_before = layout.stop_before(i);
    const bool continued = i + 1 < layout.live.size();
    if (i == 0)
      out_.first_previous = out_.last = told_ = segment.header.previous;
    else if (whole_ && segment.header.previous != out_.last)
      found(segment.path, 0, segment.header.first_index(),
            "the header does not continue the entries before it", true);
    auto report = summary(segment, segment_state::live);
    report.used_bytes = segment_header_bytes;
    WEFT_TRY(auto in, disk_.open(segment.path, open_mode::read));
    segment_cursor cursor(*in, segment.header, options_.peek_t);
    auto at = segment.header.previous.index;
    // What a writer is writing is read in pieces of different moments, and may look like anything.
    const auto theirs = options_.beside_writer ? out_.proven : log_index(UINT64_MAX);
    while (at.next() < stop_before && at < theirs) {
      WEFT_TRY(const auto item, cursor.next());
      if (item.what == walk_step::end)
        break;
      step(item, segment, continued, report);
      at = std::max(at, report.last_index);
      tell_progress(item.offset);
    }
    const auto last = log_index(stop_before.get() - 1);
    if (!options_.beside_writer)
      out_.proven = std::max(out_.proven, std::min(cursor.proven(), last));
    if (whole_)
      out_.last = cursor.good();
    if (cursor.good().index < at || (continued && at.next() < stop_before && at < theirs))
      whole_ = false;
    if (continued && at.next() < stop_before && at < theirs)
      found(segment.path, cursor.offset(), at.next(), "entries are missing before the next segment",
            true);
    end_ = {segment.path, cursor.offset()};
    bytes_done_ += segment.bytes;
    out_.segments.push_back(std::move(report));
    return {};
  }

  void step(const walk_item& item, const segment_file& segment, bool continued,
            segment_report& report) {
    switch (item.what) {
    case walk_step::batch:
      ++report.batches;
      report.used_bytes = item.end;
      break;
    case walk_step::entry:
      ++report.entries;
      report.last_index = item.index;
      ++out_.entries;
      out_.transactions += item.kind == entry_kind::transaction ? 1 : 0;
      out_.payload_bytes += item.payload.size();
      if (options_.on_entry)
        options_.on_entry({segment.path, item.offset, item.index, item.position.term, item.kind,
                           item.kind == entry_kind::transaction ? item.position.t : tx_number(0),
                           item.position.chain, item.exact, item.payload});
      if (item.kind == entry_kind::transaction && options_.judge_record)
        judge_record(item, segment);
      told_ = item.position;
      break;
    case walk_step::damage:
      found(segment.path, item.offset, item.index, item.problem, continued || item.refused);
      if (item.end != 0) // its header is good: what follows is known
        report.last_index = std::max(report.last_index, item.index);
      break;
    case walk_step::scar:
      found(segment.path, item.offset, log_index(0), item.problem, false);
      out_.findings.back().kind = finding_kind::scar;
      break;
    case walk_step::end:
      break;
    }
  }

  void judge_record(const walk_item& item, const segment_file& segment) {
    const bool follows = follows_ && whole_ && item.exact && item.position.t == judged_.next();
    judged_ = item.position.t;
    const auto done = options_.judge_record(item.payload, follows);
    follows_ = follows && done;
    if (follows && !done)
      before_refused_ = told_;
    if (!done) // behind damage it may be in a torn tail
      found(segment.path, item.offset, item.index, done.error().to_string(), follows);
  }

  void found(const std::string& segment, std::uint64_t offset, log_index index,
             const std::string& what, bool proven) {
    out_.findings.push_back(
        {proven ? finding_kind::rot : finding_kind::torn, segment, offset, index, what});
  }

  result<void> read_proofs(const std::string& folder) {
    const auto path = join(folder, "committed");
    WEFT_TRY(out_.committed, read_mark(disk_, path));
    out_.proven = options_.proven;
    out_.beside_writer = options_.beside_writer;
    if (out_.committed) {
      out_.proven = std::max(out_.proven, out_.committed->position.index);
      check_owner(path, log_owner{out_.committed->database, out_.committed->shard});
    }
    return {};
  }

  /// Torn or rot: known when every proof was read.
  void judge() {
    const auto beyond = [&](const log_finding& f) { return f.index <= out_.proven; };
    for (auto& finding : out_.findings)
      if (finding.kind == finding_kind::torn && beyond(finding))
        finding.kind = finding_kind::rot;
    if (options_.beside_writer)
      std::erase_if(out_.findings, [](const auto& f) { return f.kind == finding_kind::torn; });
    const auto any = [&](finding_kind kind) {
      return std::any_of(out_.findings.begin(), out_.findings.end(),
                         [kind](const auto& f) { return f.kind == kind; });
    };
    if (out_.last.index < out_.proven && !any(finding_kind::rot))
      found(end_.first, end_.second, out_.last.index.next(),
            "nothing verifies from here on, and entry " + std::to_string(out_.proven.get()) +
                " is known to be durable",
            true);
    out_.verdict = any(finding_kind::rot)    ? log_verdict::rotten
                   : any(finding_kind::torn) ? log_verdict::torn
                                             : log_verdict::intact;
  }

  void tell_progress(std::uint64_t offset) {
    if (options_.progress)
      options_.progress(bytes_done_ + offset, bytes_all_);
  }

  disk& disk_;
  const verify_options& options_;
  verify_report out_;
  bool whole_ = true;   ///< nothing damaged so far
  bool follows_ = true; ///< all transactions so far were there and make sense
  tx_number judged_{0}; ///< the last one that was told
  log_position told_;   ///< after the last entry that was told
  std::optional<log_position> before_refused_;
  std::pair<std::string, std::uint64_t> end_;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t bytes_all_ = 0;
};

/// Who writes, if anybody does.
struct writer_seen {
  bool there = false;
  bytes name;                   ///< what it wrote into LOCK
  std::uint64_t generation = 0; ///< of the hard state; 0: unknown
  bool operator==(const writer_seen&) const = default;
};

result<writer_seen> look_for_writer(disk& on, const std::string& data,
                                    const result<hard_state>& state) {
  constexpr std::size_t name_bytes_max = 64;
  const auto lock = join(data, "LOCK");
  writer_seen out;
  WEFT_TRY(out.there, on.is_locked(lock));
  out.name = read_file(on, lock, name_bytes_max).value_or(bytes());
  out.generation = state ? state->generation : 0;
  return out;
}

/// A file beside the log that cannot be read: the database does not open.
void add_rot(verify_report& to, const std::string& path, const error& why) {
  to.findings.push_back({finding_kind::rot, path, 0, log_index(0), why.to_string()});
  to.verdict = log_verdict::rotten;
}

} // namespace

result<verify_report> verify_log(disk& on, const std::string& folder,
                                 const verify_options& options) {
  return verification(on, options).run(folder);
}

result<verify_report> verify_database(disk& on, const std::string& data, verify_options options) {
  const auto wal = join(data, "wal");
  const auto version = read_version_file(on, data);
  if (!version) { // the log may tell more than a folder that lost its VERSION
    const auto& why = version.error();
    auto out = verify_log(on, wal, options);
    if (!out || why.code == errc::unsupported_version || why.code == errc::io_error)
      return fail(why);
    add_rot(*out, join(data, "VERSION"), why);
    return out;
  }
  const log_owner owner{version->database, shard_id(0)};
  options.owner = owner;
  const auto path = join(data, "hardstate");
  const auto read_state = [&] { return read_hard_state(on, path, owner.database, owner.shard); };
  const auto state = read_state();
  if (!state && state.error().code == errc::io_error)
    return fail(state.error());
  if (state)
    options.proven = std::max(options.proven, state->committed);
  WEFT_TRY(const auto before, look_for_writer(on, data, state));
  options.beside_writer = before.there;
  auto out = verify_log(on, wal, options);
  WEFT_TRY(const auto after, look_for_writer(on, data, read_state()));
  // A folder that is listed while a writer renames may lack what is there.
  const bool written = before.there || before != after;
  if (!out && (out.error().code == errc::not_found ||
               (written && out.error().code == errc::not_a_database)))
    return fail(errc::locked, "a writer replaced segments while they were read");
  if (!out && out.error().code == errc::not_a_database)
    return fail(errc::log_corrupt, wal + " holds no segment: the log is gone");
  if (!out)
    return out;
  out->disturbed = before != after;
  if (!state)
    add_rot(*out, path, missing_is_damage(state.error(), path));
  return out;
}

} // namespace weft::persistence
