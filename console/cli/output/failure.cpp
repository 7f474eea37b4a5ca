#include "weft/console/cli/output/failure.hpp"

#include "weft/console/cli/output/terminal.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace weft::console {

namespace {

/// Fields that have a place of their own in the three lines.
constexpr std::array<std::string_view, 5> placed = {"line", "column", "nearest", "try", "meaning"};

/// Bytes of a line that are shown: an argument of several kilobytes is recognised by less.
constexpr std::size_t line_bytes_max = 600;
constexpr std::size_t end_bytes = 80; // of them, where places are told

std::string place(const error& e) {
  const auto line = e.field("line");
  if (line.empty())
    return {};
  std::string out = " (line ";
  out += line;
  if (const auto column = e.field("column"); !column.empty()) {
    out += ", column ";
    out += column;
  }
  return out + ")";
}

std::string with_fields(const error& e) {
  std::string out(info(e.code).name);
  out += ": ";
  const auto meaning = e.field("meaning");
  out += meaning.empty() ? info(e.code).meaning : meaning;
  const char* before = " (";
  for (const auto& f : e.fields) {
    if (std::ranges::find(placed, f.name) != placed.end())
      continue;
    out += before;
    out += f.name + " " + f.value;
    before = ", ";
  }
  if (*before == ',')
    out += ')';
  return out;
}

struct advice_row {
  errc code;
  std::string_view advice;
};

// What usually helps, in the order of errc.def.
// clang-format off
constexpr advice_row usual_advice[] = {
    {errc::malformed_edn, "correct the text there; `man weft` shows how EDN is written"},
    {errc::malformed_json, "correct the text there; with --json, and in .json and .jsonl files, it must be JSON"},
    {errc::malformed_csv, "correct the line there; the first line names the columns"},
    {errc::malformed_transaction, "`weft tx --help` shows the forms of a transaction"},
    {errc::malformed_record, "`weft wal verify --entries` tells what is damaged"},
    {errc::malformed_key, "`weft wal verify --entries` tells what is damaged"},
    {errc::invalid_value, "NaN, text that is no UTF-8 and names that are no keywords are no values"},
    {errc::value_too_large, "state it in parts, or where it is kept instead"},
    {errc::nesting_too_deep, "say it in flat maps that refer to one another by tempids"},
    {errc::input_too_large, "split it"},
    {errc::unsupported_version, "use a newer weft"},
    {errc::invalid_argument, "see --help of the command"},
    {errc::malformed_frame, "use the same version on both sides"},
    {errc::unknown_attribute, "`weft schema show` lists the attributes"},
    {errc::unknown_entity, "ids are given by the database: use a tempid for a new entity"},
    {errc::type_mismatch, "`weft schema show` tells the type of each attribute"},
    {errc::unique_conflict, "`weft entity ID` shows who holds the value"},
    {errc::datoms_conflict, "a transaction is a set: say one thing about each fact"},
    {errc::tempid_conflict, "use two tempids: these are two entities"},
    {errc::tempid_unused, "state at least one fact about the tempid"},
    {errc::cas_failed, "read the current value and try again with it"},
    {errc::check_failed, "`weft schema show` tells the constraint of each attribute"},
    {errc::schema_invalid, "`weft schema show --builtin` lists what a declaration may say"},
    {errc::schema_violation, "correct the facts that violate it, then declare"},
    {errc::reserved_attribute, "use a name of your own: the database writes this one"},
    {errc::tuple_read_only, "state the parts: the database makes the tuple of them"},
    {errc::transaction_too_large, "split it, or use `weft import`"},
    {errc::unknown_function, "functions are registered by an application: submit it there"},
    {errc::function_failed, "ask who wrote the function: it refused the transaction"},
    {errc::function_timeout, "ask who wrote the function: it must read less"},
    {errc::request_expired, "use a new --id; `weft history` tells what is in"},
    {errc::request_conflict, "use a new --id for a new transaction"},
    {errc::request_from_future, "correct the clock of the machine that made the --id"},
    {errc::overloaded, "run the same command again"},
    {errc::outcome_unknown, "run the same command again: `weft tx` with the same --id, `weft import` as it is"},
    {errc::closed, "run the command again"},
    {errc::clock_jumped, "correct the clock of this machine"},
    {errc::read_only, "open the database to write"},
    {errc::no_leader, "run the same command again"},
    {errc::basis_ahead, "`weft status` tells the newest t"},
    {errc::not_indexed, "use aevt, or declare the attribute with :db/index true"},
    {errc::not_found, "`weft datoms eavt` lists what there is"},
    {errc::log_pruned, "`weft export` tells what the log does not hold any more"},
    {errc::cursor_invalid, "give a cursor that this database gave, or a t"},
    {errc::cursor_too_old, "begin at the earliest t that the log holds"},
    {errc::cursor_ahead, "`weft status` tells the newest t"},
    {errc::cursor_diverged, "the database was restored: begin anew, from a t that you trust"},
    {errc::not_subscribed, "subscribe again, after the last cursor"},
    {errc::disk_full, "make room on the disk and run the same command again"},
    {errc::io_error, "look into the kernel's messages (dmesg) for the disk"},
    {errc::log_corrupt, "`weft wal verify --entries` tells what is damaged; restore the folder from a copy"},
    {errc::hard_state_corrupt, "`weft wal verify --entries` tells what is damaged; restore the folder from a copy"},
    {errc::locked, "stop the other process, or use a command that only reads"},
    {errc::not_a_database, "check --data; `weft tx` makes a database in a folder that is new or empty"},
    {errc::storage_failed, "run the command again; it opens the database anew"},
    {errc::database_mismatch, "check --data or the address: do not mix what belongs to different databases"},
    {errc::access_denied, "check who owns it and its permissions, or run weft as that user"},
    {errc::restarts_exceeded, "look into the log of the node for what failed; then start it again"},
    {errc::stop_timed_out, "end the process; nothing that was acknowledged is lost"},
    {errc::cluster_mismatch, "check the address, and the name of the cluster that you want"},
    {errc::protocol_mismatch, "update the older side of the two"},
    {errc::unreachable, "check the address, and that weftd runs there; then try again"},
    {errc::address_in_use, "stop the other process, or choose another port"},
    {errc::usage, "weft --help"},
    {errc::interrupted, "run the same command again to go on"},
    {errc::config_invalid, "correct it, or override it on the command line"},
};
// clang-format on

std::string_view advice_on(errc code) noexcept {
  const auto* const found = std::ranges::find(usual_advice, code, &advice_row::code);
  return found == std::end(usual_advice) ? std::string_view() : found->advice;
}

/// Who holds a unique value, when it is somebody one can look at.
std::string advice_on_holder(const error& e) {
  const auto holder = e.field("holder");
  if (e.code != errc::unique_conflict || holder.empty() ||
      (holder.front() != ':' && (holder.front() < '0' || holder.front() > '9')))
    return {};
  return "`weft entity " + std::string(holder) + "` shows who holds the value";
}

/// At most line_bytes_max bytes of a line, its end among them.
std::string elided(std::string_view text) {
  auto line = printable(text);
  if (line.size() <= line_bytes_max)
    return line;
  auto end = line.size() - end_bytes;
  while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U)
    ++end; // not inside a character
  const auto start = fit(line, line_bytes_max - end_bytes);
  return std::string(start) + " ... " + line.substr(end);
}

} // namespace

complaint explain(const error& e) {
  complaint out;
  out.what = (e.detail.empty() ? std::string(info(e.code).meaning) : e.detail) + place(e);
  out.why = with_fields(e);
  if (const auto advice = e.field("try"); !advice.empty())
    out.advice = advice;
  else if (const auto near = e.field("nearest"); !near.empty())
    out.advice = "did you mean " + std::string(near) + "?";
  else if (auto holder = advice_on_holder(e); !holder.empty())
    out.advice = std::move(holder);
  else
    out.advice = advice_on(e.code);
  return out;
}

std::string render(const complaint& c, bool colour) {
  std::string out = styled("error:", style::red, colour) + " " + elided(c.what) + "\n";
  if (!c.why.empty())
    out += elided(c.why) + "\n";
  if (!c.advice.empty())
    out += styled("try:", style::green, colour) + " " + elided(c.advice) + "\n";
  return out;
}

} // namespace weft::console
