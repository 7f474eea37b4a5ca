#include "weft/console/cli/output/failure.hpp"

#include "weft/console/cli/output/terminal.hpp"

#include <algorithm>
#include <array>

namespace weft::console {

namespace {

/// Fields that have a place of their own in the three lines.
constexpr std::array<std::string_view, 4> placed = {"line", "column", "nearest", "try"};

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
  out += info(e.code).meaning;
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

std::string_view usual_advice(errc code) noexcept {
  switch (code) {
  case errc::unknown_attribute:
    return "`weft schema show` lists the attributes";
  case errc::unknown_entity:
    return "ids are given by the database: use a tempid for a new entity";
  case errc::type_mismatch:
    return "`weft schema show` tells the type of each attribute";
  case errc::unique_conflict:
    return "`weft entity ID` shows who holds the value";
  case errc::cas_failed:
    return "read the current value and try again with it";
  case errc::datoms_conflict:
    return "a transaction is a set: say one thing about each fact";
  case errc::tempid_unused:
    return "state at least one fact about the tempid";
  case errc::transaction_too_large:
    return "split it, or use `weft import`";
  case errc::request_conflict:
    return "use a new --id for a new transaction";
  case errc::request_expired:
    return "use a new --id; `weft history` tells what is in";
  case errc::overloaded:
    return "run the same command again";
  case errc::outcome_unknown:
    return "run the same command again with the same --id";
  case errc::basis_ahead:
    return "`weft status` tells the newest t";
  case errc::not_indexed:
    return "use aevt, or declare the attribute with :db/index true";
  case errc::disk_full:
    return "make room on the disk and run the same command again";
  case errc::io_error:
    return "look into the kernel's messages (dmesg) for the disk";
  case errc::log_corrupt:
  case errc::hard_state_corrupt:
    return "`weft wal verify --entries` tells what is damaged; restore the folder from a copy";
  case errc::locked:
    return "stop the other process, or use a command that only reads";
  case errc::not_a_database:
    return "check --data; `weft tx` makes a database in a folder that is new or empty";
  case errc::storage_failed:
    return "run the command again; it opens the database anew";
  case errc::database_mismatch:
    return "do not mix files of different data folders";
  case errc::unsupported_version:
    return "use a newer weft";
  case errc::access_denied:
    return "check who owns it and its permissions, or run weft as that user";
  case errc::config_invalid:
    return "correct it, or override it on the command line";
  case errc::interrupted:
    return "run the same command again to go on";
  default:
    return {};
  }
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
  else
    out.advice = usual_advice(e.code);
  return out;
}

std::string render(const complaint& c, bool colour) {
  std::string out = styled("error:", style::red, colour) + " " + printable(c.what) + "\n";
  if (!c.why.empty())
    out += printable(c.why) + "\n";
  if (!c.advice.empty())
    out += styled("try:", style::green, colour) + " " + printable(c.advice) + "\n";
  return out;
}

} // namespace weft::console
