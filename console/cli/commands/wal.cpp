#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/facts.hpp"
#include "weft/console/cli/commands/interrupt.hpp"
#include "weft/console/cli/output/progress.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/core/shard/record_check.hpp"
#include "weft/core/tx/schema/fold.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/wal/verify.hpp"

#include <algorithm>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace weft::console {

namespace {

using persistence::log_line;
using persistence::log_verdict;

/// A tail that waits for more looks this often whether anybody reads what it prints.
constexpr std::int64_t follow_period_us = 100'000;
/// Transactions that a tail shows when nothing else is asked for.
constexpr std::uint64_t tail_count = 10;

constexpr std::string_view verify_command = "weft wal verify";
/// So often a log is read that writers disturb.
constexpr int verify_tries = 10;

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

/// Reads the whole log of the session's folder.
result<persistence::verify_report> read_log(session& in, std::string_view command,
                                            persistence::verify_options how) {
  WEFT_TRY(auto* at, in.place());
  WEFT_TRY(const auto folder, at->folder(command));
  persistence::posix_disk disk;
  progress bar(in.where(), {"read log", progress_parts, "entries"}, STDERR_FILENO);
  std::uint64_t entries = 0;
  const auto on_entry = std::move(how.on_entry);
  how.peek_t = peek_t;
  how.on_entry = [&](const log_line& line) {
    ++entries;
    if (on_entry)
      on_entry(line);
  };
  record_check log;
  how.judge_record = [&](bytes_view payload, bool follows) -> result<void> {
    if (follows)
      WEFT_CHECK(log.next(payload));
    else
      WEFT_CHECK(record_view::decode(payload));
    return {};
  };
  const auto begin = steady_us();
  how.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (const auto now = steady_us(); now - begin > 500'000)
      bar.update({progress_part(done, total), entries}, now);
  };
  return persistence::verify_database(disk, folder, std::move(how));
}

std::array<cell, 8> entry_row(const log_line& line) {
  const bool is_tx = line.kind == entry_kind::transaction;
  return {ordinal{line.index.get()},
          ordinal{line.term.get()},
          std::string(to_string(line.kind)),
          is_tx ? cell(line.t) : cell(),
          std::uint64_t{line.payload.size()},
          line.exact ? cell(line.chain) : cell(),
          file_name(line.segment),
          ordinal{line.offset}};
}

std::vector<std::string> entry_columns() {
  return {"index", "term", "kind", "t", "bytes", "chain", "segment", "offset"};
}

document verdict_document(const persistence::verify_report& r) {
  document out;
  out.fields.push_back({"verdict", cell(std::string(to_string(r.verdict)))});
  out.fields.push_back({"entries", cell(r.entries)});
  out.fields.push_back({"transactions", cell(r.transactions)});
  out.fields.push_back({"payload_bytes", cell(byte_count{r.payload_bytes})});
  out.fields.push_back({"last_index", cell(ordinal{r.last.index.get()})});
  out.fields.push_back({"last_t", cell(r.last.t)});
  out.fields.push_back({"chain", cell(r.last.chain)});
  out.fields.push_back({"proven_index", cell(ordinal{r.proven.get()})});
  out.fields.push_back({"segments", cell(std::uint64_t{r.segments.size()})});
  grid findings{{"finding", "segment", "offset", "index", "what"}, {}};
  for (const auto& f : r.findings)
    findings.rows.push_back({std::string(to_string(f.kind)), file_name(f.segment),
                             ordinal{f.offset},
                             f.index.get() == 0 ? cell() : cell(ordinal{f.index.get()}), f.what});
  if (!findings.rows.empty())
    out.fields.push_back({"findings", std::move(findings)});
  return out;
}

/// What a verdict means for whoever has the log.
result<void> judge(session& in, const persistence::verify_report& r) {
  if (r.verdict == log_verdict::intact) {
    in.say(r.beside_writer ? "the log is intact as far as it was committed; a writer goes on"
                           : "the log is intact");
    return {};
  }
  if (r.disturbed)
    return fail(errc::locked, "writers opened and closed the database while it was read",
                {{"try", "run the same command again"}});
  if (r.verdict == log_verdict::torn)
    return fail(errc::log_corrupt,
                "the log has a torn tail after index " + std::to_string(r.last.index.get()),
                {{"try", "nothing acknowledged is lost: the next writer drops the tail"}});
  const auto of_the_log = [](const auto& f) { return f.index > log_index(0); };
  if (r.last.index >= r.proven && std::ranges::none_of(r.findings, of_the_log))
    return fail(errc::log_corrupt,
                file_name(r.findings.front().segment) + " is damaged: the database does not open",
                {{"findings", std::to_string(r.findings.size())}});
  return fail(errc::log_corrupt,
              "the log is rotten: entries that were durable cannot be read after index " +
                  std::to_string(r.last.index.get()),
              {{"findings", std::to_string(r.findings.size())}});
}

/// Writers that come and go replace segments: what was found then says nothing.
bool is_disturbed(const result<persistence::verify_report>& r) {
  return r ? r->disturbed && r->verdict != log_verdict::intact : r.error().code == errc::locked;
}

/// Every entry with its state, then what is damaged.
result<void> print_entries(session& in) {
  auto columns = entry_columns();
  columns.emplace_back("state");
  const auto out = in.print(columns);
  const auto on_entry = [&](const log_line& line) {
    const auto row = entry_row(line);
    std::vector<cell> cells(row.begin(), row.end());
    cells.emplace_back(std::string(line.exact ? "good" : "good, after damage"));
    out->row(cells);
  };
  WEFT_TRY(const auto report,
           read_log(in, verify_command, {.peek_t = {}, .on_entry = on_entry, .progress = {}}));
  for (const auto& f : report.findings) {
    std::vector<cell> cells(columns.size());
    cells[0] = std::uint64_t{f.index.get()};
    cells[6] = file_name(f.segment);
    cells[7] = std::uint64_t{f.offset};
    cells[8] = std::string(to_string(f.kind)) + ": " + f.what;
    out->row(cells);
  }
  out->finish();
  WEFT_CHECK(in.out().flush());
  return judge(in, report);
}

/// Prints the entries that were asked for; reads those before them for the schema alone.
class dumper {
 public:
  dumper(session& in, const wal_dump_options& options)
      : options_(options), left_(options.count.value_or(std::numeric_limits<std::uint64_t>::max())),
        out_(in.print(options.datoms ? fact_columns() : entry_columns())) {}

  void entry(const log_line& line) {
    if (left_ == 0 || problem_)
      return;
    const bool wanted = line.index.get() >= options_.from;
    if (wanted)
      --left_;
    if (!options_.datoms) {
      if (wanted)
        out_->row(entry_row(line));
      return;
    }
    if (auto done = with_datoms(line, wanted); !done)
      problem_ = std::move(done).error();
  }
  result<void> finish() {
    out_->finish();
    return problem_ ? result<void>(fail(*problem_)) : result<void>();
  }

 private:
  /// Behind damage what declared an attribute may be missing: then its number stands for it.
  result<void> fold(const log_line& line, const record_view& record) {
    auto after = fold_schema(schema_, record.datoms());
    if (after)
      schema_ = *std::move(after);
    else if (line.exact)
      return fail(std::move(after).error());
    return {};
  }
  result<void> with_datoms(const log_line& line, bool wanted) {
    const auto columns = entry_columns();
    const auto cells = entry_row(line);
    document shown;
    for (std::size_t i = 0; i < columns.size(); ++i)
      shown.fields.push_back({columns[i], cells[i]});
    std::optional<record_view> record;
    if (line.kind == entry_kind::transaction) {
      WEFT_TRY(record, record_view::decode(line.payload));
      WEFT_CHECK(fold(line, *record));
      auto transaction = transaction_document(*schema_, *record);
      shown.fields.push_back(std::move(transaction.fields.back()));
    }
    if (wanted)
      out_->put(shown);
    return {};
  }

  const wal_dump_options& options_;
  std::uint64_t left_;
  std::unique_ptr<printer> out_;
  std::shared_ptr<const schema> schema_ = schema::bootstrap();
  std::optional<error> problem_;
};

/// Whether somebody reads the output.
bool is_read() {
  pollfd output{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  static_cast<void>(::poll(&output, 1, 0));
  return (output.revents & (POLLERR | POLLNVAL)) == 0;
}

} // namespace

result<void> wal_tail(session& in, const wal_tail_options& options) {
  WEFT_TRY(auto* at, in.place());
  WEFT_TRY(const auto log, at->open_log());
  const auto newest = log->newest();
  const std::uint64_t back = std::min(options.count.value_or(tail_count), newest.get());
  WEFT_CHECK(log->start(tx_number(options.from.value_or(newest.get() - back + 1))));
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  auto left = options.from ? options.count.value_or(all) : options.follow ? all : back;
  if (!options.follow) // of a busy writer too: what is there now
    left = std::min(left, newest.get());
  const auto before = left;
  const interrupt_guard until_interrupted;
  const auto out = in.print(fact_columns());
  bool is_there = true; // more than was waited for
  while (left > 0 && in.out().ok() && !interrupted()) {
    auto next = log->next(is_there ? 0 : follow_period_us);
    if (!next && next.error().code == errc::interrupted)
      break;
    WEFT_TRY(const auto found, std::move(next));
    is_there = found.has_value();
    if (found) {
      out->put(transaction_document(*found->names, found->record));
      --left;
    } else if (!options.follow) {
      break;
    } else {
      WEFT_CHECK(in.out().flush());
      if (!is_read())
        return {};
    }
  }
  if (left < before || in.output() != format::table) // no head over nothing
    out->finish();
  return {};
}

result<void> wal_verify(session& in, const wal_verify_options& options) {
  if (options.entries)
    return print_entries(in);
  auto report = read_log(in, verify_command, {});
  for (int i = 1; i < verify_tries && is_disturbed(report); ++i)
    report = read_log(in, verify_command, {});
  if (!report)
    return fail(report.error());
  const auto out = in.print({}, amount::one);
  out->put(verdict_document(*report));
  out->finish();
  WEFT_CHECK(in.out().flush());
  return judge(in, *report);
}

result<void> wal_dump(session& in, const wal_dump_options& options) {
  dumper to(in, options);
  WEFT_TRY(const auto report, read_log(in, "weft wal dump",
                                       {.peek_t = {},
                                        .on_entry = [&](const log_line& line) { to.entry(line); },
                                        .progress = {}}));
  WEFT_CHECK(to.finish());
  WEFT_CHECK(in.out().flush());
  return report.verdict == log_verdict::intact ? result<void>() : judge(in, report);
}

} // namespace weft::console
