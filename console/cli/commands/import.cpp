#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/interrupt.hpp"
#include "weft/console/cli/output/failure.hpp"
#include "weft/console/cli/output/progress.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/ack_file.hpp"
#include "weft/console/cli/transfer/importer.hpp"

#include <algorithm>
#include <poll.h>
#include <unistd.h>

namespace weft::console {

namespace {

/// What --format says, else what the file looks like; said when its name says something else.
syntax chosen_syntax(session& in, const import_options& options, std::string_view beginning) {
  if (options.format == "edn")
    return syntax::edn;
  if (options.format == "csv")
    return syntax::csv;
  if (options.format == "jsonl")
    return is_json_array(beginning) ? syntax::json_array : syntax::jsonl;
  const auto found = detect_syntax(options.source, beginning);
  const auto named = syntax_of_name(options.source);
  if (named && text_of(*named) != text_of(found))
    in.say(options.source + " is read as " + std::string(text_of(found)) + ", which it looks like");
  return found;
}

std::uint64_t percentile(std::vector<std::int64_t>& sorted, std::size_t percent) {
  if (sorted.empty())
    return 0;
  return static_cast<std::uint64_t>(sorted[(sorted.size() - 1) * percent / 100]);
}

cell rounded(double x) {
  return static_cast<double>(static_cast<std::int64_t>(x * 10 + 0.5)) / 10.0;
}

struct measured {
  double seconds;
  std::uint64_t log_bytes;
};

document summary_document(const import_options& options, import_summary s, const measured& cost) {
  std::ranges::sort(s.latencies_us);
  const double facts = static_cast<double>(s.facts_read);
  document out;
  out.fields.push_back({"source", cell(options.source)});
  out.fields.push_back({"facts_read", cell(s.facts_read)});
  out.fields.push_back({"facts_added", cell(s.facts_added)});
  out.fields.push_back({"left_out", cell(s.left_out)});
  out.fields.push_back({"transactions", cell(s.transactions)});
  out.fields.push_back({"t", cell(s.t)});
  out.fields.push_back({"seconds", rounded(cost.seconds)});
  out.fields.push_back(
      {"facts_per_second", cell(static_cast<std::uint64_t>(facts / std::max(cost.seconds, 1e-6)))});
  out.fields.push_back({"commit_us_p50", cell(percentile(s.latencies_us, 50))});
  out.fields.push_back({"commit_us_p99", cell(percentile(s.latencies_us, 99))});
  out.fields.push_back({"log_bytes", cell(byte_count{cost.log_bytes})});
  out.fields.push_back({"log_bytes_per_fact", s.facts_added == 0
                                                  ? cell()
                                                  : rounded(static_cast<double>(cost.log_bytes) /
                                                            static_cast<double>(s.facts_added))});
  return out;
}

/// Why a file is not read on from the place that is known: what is before it became another.
error other_file(const text_input& input, std::uint64_t line, std::string_view how) {
  return {errc::invalid_argument,
          "a file called " + base_name(input) + " was read up to line " + std::to_string(line) +
              ", and this one " + std::string(how),
          {{"try", "correct what is behind that line only, or import under another name; --restart "
                   "reads all of it, and what has no unique identity becomes new entities"}}};
}

/// Whether a row goes on where an import took it for complete: the file ended there, without the
/// end of the line.
result<bool> row_goes_on(text_input& input, std::uint64_t offset) {
  if (offset == 0 || offset >= input.size())
    return false;
  char before = 0;
  char behind = 0;
  WEFT_CHECK(input.scan(offset - 1, offset, [&](std::string_view c) { before = c.front(); }));
  WEFT_CHECK(input.scan(offset, offset + 1, [&](std::string_view c) { behind = c.front(); }));
  return before != '\n' && behind != '\n' && behind != '\r';
}

/// Where an earlier import of the same file left off, said to the person. False: nothing is left.
/// @errors invalid_argument when the file differs from the one of that name
result<bool> begin(session& in, ledger& at, text_input& input, const import_options& options,
                   syntax how) {
  if (!input.is_file() || options.restart) {
    if (input.is_file() && (at.place().offset > 0 || at.complete() || at.differs_before()))
      in.say("begins again: facts with a unique identity are stated again, others a second time");
    at.restart();
    return true;
  }
  if (const auto line = at.differs_before())
    return fail(other_file(input, *line, "differs from it before that"));
  if (how == syntax::csv) {
    WEFT_TRY(const bool goes_on, row_goes_on(input, at.place().offset));
    if (goes_on)
      return fail(other_file(input, at.place().at.line, "has more in that line"));
  }
  if (at.complete() && at.place().offset >= input.size()) {
    in.say("this file was imported before; --restart imports it again");
    return false;
  }
  if (at.place().offset > 0 || at.complete())
    in.say("goes on at line " + std::to_string(at.place().at.line));
  return true;
}

/// "people.csv:17:5: the value ...": one line for each form that is left out.
void complain(session& in, const std::string& name, const error& e) {
  std::string line = name;
  for (const auto* part : {"line", "column"})
    if (const auto text = e.field(part); !text.empty())
      line += ":" + std::string(text);
  in.say(
      printable(line + ": " + (e.detail.empty() ? std::string(info(e.code).meaning) : e.detail)));
}

result<void> verdict(result<void> ran, const import_summary& s) {
  if (ran && s.left_out > 0)
    return fail(errc::invalid_value,
                std::to_string(s.left_out) + (s.left_out == 1 ? " form was" : " forms were") +
                    " left out, for the reasons above; everything else is in",
                {{"try", "correct them in a file of their own and import that"}});
  return ran;
}

/// The summary, when everything is durable. Its failure takes nothing back.
result<void> tell(session& in, const document& summary) {
  const auto out = in.print({}, amount::one);
  out->put(summary);
  out->finish();
  auto written = in.out().flush();
  if (written)
    return {};
  auto why = std::move(written).error();
  why.detail = "what was read is in the database, only its summary is not written: " + why.detail;
  why.fields.push_back({"try", "nothing is lost; the same command reads on behind what was read"});
  return fail(std::move(why));
}

/// What the importer is told to do.
result<import_settings> settings_of(session& in, const import_options& options,
                                    std::string_view beginning) {
  if (options.format.empty() && looks_binary(beginning))
    return fail(errc::invalid_argument, options.source + " does not begin with text",
                {{"try", "unpack it first, as in: zcat facts.edn.gz | weft import -"}});
  import_settings how;
  how.how = chosen_syntax(in, options, beginning);
  WEFT_TRY(how.csv, csv_settings_of(options.csv_map, options.id_column));
  how.batch_facts = options.batch_facts;
  how.continue_on_error = options.continue_on_error;
  how.should_stop = [] { return interrupted(); };
  return how;
}

result<std::optional<ack_file>> acks_of(const import_options& options) {
  if (options.acks.empty())
    return std::optional<ack_file>();
  WEFT_TRY(auto out, ack_file::open(options.acks));
  return std::optional(std::move(out));
}

} // namespace

namespace {

/// What an import needs that stays the same when it begins again.
struct opened_import {
  database_place* place;
  open_database* db;
  text_input* input;
  const import_options* options;
};

/// Nothing: what an earlier life of the import had under way was executed meanwhile, so that the
/// place it went on from is not the place any more.
std::optional<result<void>> import_once(session& in, const opened_import& of, import_settings how) {
  auto& input = *of.input;
  const auto& options = *of.options;
  WEFT_TRY(const auto now, of.db->view());
  WEFT_TRY(auto at, ledger::open(now, input));
  WEFT_TRY(const bool something_is_left, begin(in, at, input, options, how.how));
  WEFT_TRY(auto acks, acks_of(options));

  progress bar(in.where(), {"import " + options.source, input.size()}, STDERR_FILENO);
  how.on_progress = [&](const progress_state& state) { bar.update(state, steady_us()); };
  in.before_lines([&] { bar.clear(); });
  how.on_left_out = [&](const error& e) { complain(in, options.source, e); };
  if (acks)
    how.on_durable = [&](tx_number t, std::uint32_t line) { return acks->add(t, line); };
  const auto start = steady_us();
  importer work(*of.db, now, input, at, std::move(how));
  result<void> ran;
  if (something_is_left)
    ran = work.resume([&] { return of.place->open_log(); });
  if (something_is_left && ran)
    ran = work.run();
  const double seconds = static_cast<double>(steady_us() - start) / 1e6;
  bar.clear();
  in.before_lines({});
  const auto& summary = work.summary();
  if (!ran && summary.transactions == 0 && ledger_offset_found(ran.error()))
    return std::nullopt;
  const auto written = summary.transactions == 0 ? 0 : of.db->log_bytes_behind(now.basis());
  auto closed = of.db->close();
  auto told = tell(in, summary_document(options, summary, {seconds, written}));
  WEFT_CHECK(verdict(std::move(ran), summary));
  WEFT_CHECK(closed);
  return told;
}

/// So often an import begins again, and the pause before it.
constexpr int begin_tries = 50;
constexpr int begin_pause_ms = 100;

} // namespace

result<void> import_facts(session& in, const import_options& options) {
  WEFT_TRY(auto* place, in.place());
  WEFT_TRY(auto input, text_input::open(options.source));
  WEFT_TRY(const auto beginning, input.read());
  WEFT_TRY(auto how, settings_of(in, options, beginning));
  if (how.how == syntax::csv)
    WEFT_CHECK(check_csv_header(input, how.csv));
  WEFT_TRY(const auto db, place->open_writing());
  how.csv.declares_references = !db->is_strict();
  const interrupt_guard until_interrupted;
  for (int i = 0; i < begin_tries; ++i) {
    if (auto done = import_once(in, {place, db.get(), &input, &options}, how))
      return std::move(*done);
    static_cast<void>(::poll(nullptr, 0, begin_pause_ms));
  }
  return fail(errc::interrupted, "somebody else imports " + options.source + ", too",
              {{"try", "wait until that is done, and run the same command again"}});
}

} // namespace weft::console
