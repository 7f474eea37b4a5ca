#include "weft/console/cli/transfer/importer.hpp"

#include "weft/console/cli/session.hpp"
#include "weft/core/datom/text.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::console {

namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t progress_period_us = 100'000;

/// Whether a form is to blame, as opposed to the disk or the machine.
bool is_about_a_form(const error& e) {
  const int exit_code = info(e.code).exit_code;
  return exit_code == 2 || exit_code == 4;
}

/// What to do about a form that is wrong, unless the error knows better.
error advised(error why, bool can_skip, bool is_file) {
  if (!is_about_a_form(why) || !why.field("nearest").empty() || !why.field("try").empty())
    return why;
  std::string advice = is_file ? "correct it and run the same command again"
                               : "correct it and import what begins with it";
  advice += can_skip ? "; --continue-on-error leaves out what is wrong"
                     : "; what is before it is in the database";
  why.fields.push_back({"try", std::move(advice)});
  return why;
}

error other_import(error why) {
  why.detail = "somebody else imports this file, too: it is read up to another place now";
  why.fields.push_back({"try", "wait until that is done, and run the same command again"});
  return why;
}

/// Interrupted, with so many transactions that nobody knows about.
error left(std::uint32_t line, std::size_t unknown, bool is_file) {
  error why{errc::interrupted, "interrupted at line " + std::to_string(line) +
                                   ": everything before it is in the database, and perhaps what "
                                   "the " +
                                   std::to_string(unknown) +
                                   " transactions behind it say, which have no answer yet"};
  why.fields.push_back({"try", is_file ? "run the same command again: it goes on behind what is in "
                                         "the database, and reads nothing twice"
                                       : "`weft wal tail` tells what is in: standard input is not "
                                         "read on"});
  return why;
}

/// What to do about a reference to a tempid that nothing describes.
error_field advice_on_tempid(const std::string& name, bool is_file) {
  if (!is_file)
    return {"try", "everything else is in the database: state the reference with `weft tx`"};
  return {"try", "everything else is in the database: say something about \"" + name +
                     "\" at the end of the file, or say --continue-on-error to leave the "
                     "reference out, and run the same command again"};
}

/// Where in its line an offset is.
result<std::uint32_t> column_at(text_input& in, std::uint64_t offset) {
  const std::uint64_t from = offset - std::min<std::uint64_t>(offset, text_input::piece_bytes);
  in.seek(from);
  WEFT_TRY(const auto piece, in.read());
  const auto before = piece.substr(0, static_cast<std::size_t>(offset - from));
  const auto line = before.substr(before.rfind('\n') + 1); // npos + 1 is 0
  return advance({1, 1}, line).column;
}

/// Calls `use` for each attribute whose value is a text: a tempid, if the attribute is a reference.
template <class Use>
void for_texts(const std::string& attribute, const operand& x, const Use& use) {
  if (x.what() == operand::kind::map) {
    for (const auto& entry : x.entries())
      for_texts(entry.attribute, entry.value, use);
  } else if (x.what() == operand::kind::list) {
    for (const auto& item : x.items())
      for_texts(attribute, item, use);
  } else if (x.scalar_of(value_type::string)) {
    use(attribute);
  }
}

} // namespace

importer::importer(open_database& db, const view& now, text_input& in, ledger& from,
                   import_settings how)
    : in_(&in), ledger_(&from), how_(std::move(how)), window_(db.open_window(how_.window)),
      schema_(now.shared_schema()), submitted_(from.prefix()), durable_(from.prefix()),
      tempids_noted_(from.has_tempids()), forms_max_(no_limit) {
  summary_.place = from.place();
  summary_.t = now.basis();
}

std::unique_ptr<form_reader> importer::reader_at(const file_place& from) {
  switch (how_.how) {
  case syntax::jsonl:
    return read_json_lines(*in_, from);
  case syntax::json_array:
    return read_json_array(*in_, from);
  case syntax::csv:
    return read_csv_rows(*in_, from, how_.csv, [this]() -> const schema& { return *schema_; });
  case syntax::edn:
    break;
  }
  return read_edn_forms(*in_, from);
}

// -- the beginning ---

result<void> importer::resume(const open_log& log) {
  auto& place = summary_.place;
  if (place.offset == 0)
    return {};
  WEFT_TRY(place.at.column, column_at(*in_, place.offset));
  if (!ledger_->has_tempids())
    return {};
  WEFT_TRY(const auto before, log());
  WEFT_CHECK(before->start(tx_number(1), {import_attributes}));
  for (;;) {
    WEFT_TRY(const auto found, before->next(0));
    if (!found)
      break;
    if (std::ranges::any_of(found->record.datoms(),
                            [&](const datom_view& d) { return d.entity == ledger_->entity(); }))
      for (const auto& t : found->record.tempids())
        scope_.remember(t);
  }
  // What waits for a name is not in the log: read it again.
  const auto again = reader_at({});
  while (again->place().offset < place.offset) {
    auto next = again->next();
    if (!next && !again->skip())
      return fail(std::move(next).error());
    if (next && !*next)
      break;
    if (next && !(*next)->is_transaction && (*next)->end.offset <= place.offset)
      scope_.replay(std::move(**next), *schema_);
  }
  return {};
}

// -- the loop ---

result<void> importer::run() {
  read_from_ = summary_.place;
  reader_ = reader_at(read_from_);
  current_.begin = summary_.place;
  start_batch();
  while (!at_end_ || window_->under_way() > 0 || failure_) {
    if (failure_)
      WEFT_CHECK(recover());
    else if (at_end_)
      absorb(progress_period_us);
    else
      WEFT_CHECK(step());
  }
  tell(true);
  return {};
}

/// One form.
result<void> importer::step() {
  absorb(0);
  if (stopped())
    return {};
  if (how_.should_stop && how_.should_stop())
    return stop_here();
  auto next = reader_->next();
  if (!next && next.error().code == errc::interrupted)
    return stop_here();
  if (!next)
    return left_out(std::move(next).error());
  if (!*next)
    return end_of_file();
  add(std::move(**next));
  return {};
}

/// A form that cannot be read, once everything before it is durable.
result<void> importer::left_out(error why) {
  submit();
  settle();
  if (stopped())
    return {}; // something before it is wrong too, and comes first
  const bool can_skip = is_about_a_form(why) && reader_->skip();
  if (!how_.continue_on_error || !can_skip)
    return fail(advised(std::move(why), can_skip, in_->is_file()));
  ++summary_.left_out;
  if (how_.on_left_out)
    how_.on_left_out(why);
  read_from_ = reader_->place();
  return {};
}

result<void> importer::stop_here() {
  submit();
  settle();
  if (stopped())
    return {};
  tell(true);
  error why{errc::interrupted, "interrupted at line " + std::to_string(summary_.place.at.line) +
                                   "; everything before it is in the database"};
  if (!in_->is_file())
    why.fields.push_back({"try", "import what begins there: standard input is not read on"});
  return fail(std::move(why));
}

result<void> importer::end_of_file() {
  submit();
  settle();
  if (stopped())
    return {};
  for (auto& op : scope_.finish(current_.number))
    current_.request.append(std::move(op));
  for (const auto& end : scope_.open_ends()) {
    error why =
        error_at(end.at, {errc::tempid_unused,
                          "nothing in the file is said about the tempid \"" + end.name + "\""});
    if (!how_.continue_on_error) {
      why.fields.push_back(advice_on_tempid(end.name, in_->is_file()));
      return fail(std::move(why));
    }
    ++summary_.left_out;
    if (how_.on_left_out)
      how_.on_left_out(why);
  }
  current_.end = reader_->place();
  current_.is_last = true;
  ++current_.forms;
  submit();
  at_end_ = true;
  return {};
}

// -- a form on its way into a transaction ---

/// Whether a transaction under way may be the one that declares an attribute of the form.
bool importer::mentions_unknown(const form& f) {
  bool unknown = false;
  const auto look = [&](const std::string& attribute) {
    if (schema_->find(attribute) == nullptr && undeclared_.insert(attribute).second)
      unknown = true;
  };
  for (const auto& op : f.operations)
    for_texts(op.attribute, op.value, look);
  return unknown;
}

void importer::add(form f) {
  const auto facts = count_facts(f);
  const bool schema_change = changes_schema(f);
  if (f.is_transaction || schema_change != current_.changes_schema)
    submit();
  const bool after_schema = schema_under_way_ && !schema_change;
  if (after_schema || mentions_unknown(f))
    submit_and_settle();
  while (!stopped() && !f.is_transaction) {
    const auto older = scope_.admit(f, *schema_, current_.number);
    if (!older)
      break;
    settle(*older);
  }
  if (stopped())
    return;
  current_.changes_schema = schema_change;
  schema_under_way_ |= schema_change;
  current_.is_transaction = f.is_transaction;
  put(std::move(f), facts);
  if (schema_change && how_.how == syntax::csv) // the next row is read by the schema
    submit_and_settle();
}

void importer::put(form f, std::uint64_t facts) {
  if (current_.forms == 0)
    current_.first = f.at;
  ++current_.forms;
  current_.facts += facts;
  current_.end = f.end;
  for (auto& op : f.operations)
    current_.request.append(std::move(op));
  if (current_.is_transaction || current_.facts >= how_.batch_facts || current_.forms >= forms_max_)
    submit();
}

// -- transactions ---

void importer::start_batch() {
  batch next;
  next.number = current_.number + 1;
  next.begin = next.end = current_.forms == 0 ? current_.begin : current_.end;
  current_ = std::move(next);
}

void importer::submit() {
  if (current_.forms == 0 || stopped())
    return;
  while (window_->full() && !stopped())
    absorb(progress_period_us);
  if (stopped())
    return;
  if (in_->is_file())
    if (auto read = submitted_.advance(*in_, current_.end.offset); !read) {
      failure_ = failure{std::move(read).error(), std::move(current_)};
      return;
    }
  current_.prefix = submitted_;
  const bool is_first = ledger_->entity().get() == 0;
  ledger_->advance(current_.request, current_.begin, current_.end,
                   in_->is_file() ? submitted_.text() : "", current_.is_last);
  if (!tempids_noted_ && !scope_.empty()) {
    ledger_->note_tempids(current_.request);
    tempids_noted_ = true;
  }
  window_->submit(std::exchange(current_.request, {}));
  under_way_.push_back(current_);
  start_batch();
  if (is_first) // what follows replaces what it says
    settle();
}

void importer::settle() {
  while (is_waited_for())
    absorb(progress_period_us);
}

void importer::submit_and_settle() {
  submit();
  settle();
  schema_under_way_ = false;
}

void importer::settle(batch_number number) {
  while (!under_way_.empty() && under_way_.front().number <= number && !stopped())
    absorb(progress_period_us);
}

/// Takes in what became of transactions.
void importer::absorb(std::int64_t wait_us) {
  auto within_us = wait_us;
  while (auto known = window_->take(within_us)) {
    within_us = 0;
    auto done = std::move(under_way_.front());
    under_way_.pop_front();
    if (known->refused) {
      if (!failure_) // what was submitted behind it is refused for the same reason
        failure_ = failure{std::move(*known->refused), std::move(done)};
      continue;
    }
    acknowledge(*known, std::move(done));
  }
  tell(false);
  if (wait_us > 0)
    leave_when_asked();
}

/// Somebody has asked to stop, and what is under way takes too long.
void importer::leave_when_asked() {
  if (has_left_ || !is_waited_for() || !how_.should_stop || !how_.should_stop())
    return;
  const auto now = steady_us();
  asked_to_stop_us_ = asked_to_stop_us_.value_or(now);
  if (window_->not_connected() == nullptr && now - *asked_to_stop_us_ < how_.stop_us)
    return;
  has_left_ = true;
  failure_ = failure{left(summary_.place.at.line, under_way_.size(), in_->is_file()), {}};
}

/// A transaction is durable.
void importer::acknowledge(const outcome& known, batch done) {
  scope_.acknowledge(done.number, known.tempids);
  if (ledger_->entity().get() == 0)
    ledger_->made(known.tempids);
  if (known.after != schema_)
    schema_ = known.after;
  in_->release(done.end.offset);
  summary_.place = read_from_ = done.end;
  summary_.t = known.t;
  summary_.facts_read += done.facts;
  summary_.facts_added += known.facts_added;
  ++summary_.transactions;
  summary_.latencies_us.push_back(known.latency_us);
  forms_max_ = forms_max_ > no_limit / 2 ? no_limit : forms_max_ * 2;
  durable_ = done.prefix;
  if (!how_.on_durable || failure_)
    return;
  const auto& end = done.end.at; // of lines it is the beginning of the next one
  if (auto told = how_.on_durable(known.t, end.line - (end.column == 1 && end.line > 1 ? 1 : 0));
      !told)
    failure_ = failure{std::move(told).error(), std::move(done)};
}

/// Begins again behind what is durable: with fewer forms at a time, or behind the one that is
/// wrong.
result<void> importer::recover() {
  settle();
  auto failed = std::move(*failure_);
  if (has_left_)
    return fail(std::move(failed.why));
  failure_.reset();
  scope_.roll_back(failed.what.number);
  submitted_ = durable_;
  tempids_noted_ = ledger_->has_tempids(); // said again, which changes nothing
  const auto ledger_at = ledger_offset_found(failed.why);
  if (ledger_at && *ledger_at != summary_.place.offset)
    return fail(other_import(std::move(failed.why)));
  if (!ledger_at && (failed.what.is_last || !is_about_a_form(failed.why)))
    return fail(std::move(failed.why));
  at_end_ = false;
  reader_ = reader_at(read_from_);
  current_ = batch{.number = current_.number, .begin = summary_.place};
  start_batch();
  if (ledger_at)
    return {}; // what was before it came later: that is no mistake of a form
  if (failed.what.forms > 1) {
    forms_max_ = std::max<std::uint64_t>(1, failed.what.forms / 8);
    return {};
  }
  forms_max_ = 1;
  static_cast<void>(reader_->next()); // the one that is wrong
  if (failed.why.field("line").empty())
    failed.why = error_at(failed.what.first, std::move(failed.why));
  return left_out(std::move(failed.why));
}

void importer::tell(bool now) {
  const auto clock = steady_us();
  if (!how_.on_progress || (!now && clock - told_us_ < progress_period_us))
    return;
  told_us_ = clock;
  how_.on_progress({summary_.place.offset, summary_.facts_read,
                    window_->not_connected() != nullptr ? "the node" : ""});
}

} // namespace weft::console
