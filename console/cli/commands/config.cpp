#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/console/config/load.hpp"
#include "weft/console/config/report.hpp"

#include <array>

namespace weft::console {

namespace {

result<loaded_config> load(const config_options& options) {
  return load_config({options.source, options.node, options.sets});
}

/// As people read it, or a row of its fields.
void print_issues(session& in, const loaded_config& c) {
  if (in.output() == format::table) {
    for (const auto& issue : c.decoded.issues)
      in.out().put(render(issue, c.name, in.where().out_colour));
    return;
  }
  const auto out =
      in.print({"severity", "code", "pointer", "origin", "line", "column", "reason", "suggestion"});
  const auto place = [](std::uint32_t n) { return n == 0 ? cell() : cell(ordinal{n}); };
  for (const auto& issue : c.decoded.issues)
    out->row(std::array<cell, 8>{std::string(issue.is_warning ? "warning" : "error"),
                                 std::string(name_of(issue.fault)), issue.pointer,
                                 origin_text(issue.origin, c.name), place(issue.origin.at.line),
                                 place(issue.origin.at.column), issue.reason, issue.suggestion});
  out->finish();
}

cell value_cell(const config_setting& s) {
  if (const auto* yes = std::get_if<bool>(&s.value))
    return *yes;
  const bool bare = s.text.find_first_not_of("0123456789") == std::string::npos;
  if (const auto* number = std::get_if<std::int64_t>(&s.value); number != nullptr && bare)
    return ordinal{static_cast<std::uint64_t>(*number)};
  return s.text.empty() ? cell() : cell(s.text);
}

std::string count_text(std::size_t n, std::string_view what) {
  return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

} // namespace

result<void> config_check(session& in, const config_options& options) {
  WEFT_TRY(auto c, load(options));
  if (c.decoded.config)
    for (auto& issue : check_runnable(c.decoded)) {
      issue.is_warning = true; // it is correct; a later version will run it
      c.decoded.issues.push_back(std::move(issue));
    }
  print_issues(in, c);
  WEFT_CHECK(verdict(c));
  const auto& config = *c.decoded.config;
  in.say(c.name + " is valid: " + count_text(config.nodes.size(), "node") + ", " +
         count_text(static_cast<std::size_t>(config.shard_count), "shard"));
  return {};
}

result<void> config_print(session& in, const config_options& options) {
  WEFT_TRY(const auto c, load(options));
  for (const auto& issue : c.decoded.issues) {
    auto text = render(issue, c.name, in.where().err_colour);
    text.pop_back(); // say() adds it
    in.say(text);
  }
  WEFT_CHECK(verdict(c));
  const auto out = in.print({"key", "value", "origin"});
  for (const auto& s : c.decoded.settings)
    out->row(std::array<cell, 3>{s.key, value_cell(s), origin_text(s.origin, c.name)});
  out->finish();
  return {};
}

} // namespace weft::console
