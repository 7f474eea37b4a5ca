#include "weft/console/config/report.hpp"

#include "weft/console/cli/output/terminal.hpp"

namespace weft::console {

std::string origin_text(const config_origin& origin, const std::string& file) {
  if (origin.source == config_source::fallback)
    return "default";
  if (origin.source != config_source::file)
    return origin.name;
  return origin.at.line == 0 ? file : file + ":" + std::to_string(origin.at.line);
}

std::string render(const config_issue& issue, const std::string& file, bool colour) {
  std::string where = origin_text(issue.origin, file);
  if (issue.origin.source == config_source::file && issue.origin.at.column != 0)
    where += ":" + std::to_string(issue.origin.at.column);
  std::string out = printable(where) + ": ";
  out += issue.is_warning ? styled("warning:", style::yellow, colour)
                          : styled("error:", style::red, colour);
  out += ' ';
  if (!issue.pointer.empty())
    out += printable(issue.pointer) + ": ";
  out += printable(issue.reason) + "\n";
  if (!issue.suggestion.empty())
    out += "  " + styled("try:", style::green, colour) + " " + printable(issue.suggestion) + "\n";
  return out;
}

} // namespace weft::console
