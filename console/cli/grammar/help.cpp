#include "weft/console/cli/grammar/grammar.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace weft::console {

namespace {

using rows = std::vector<std::pair<std::string, std::string>>;

bool every(const CLI::Option*) {
  return true;
}

/// The type's name without what validators add behind a colon.
std::string type_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string spelling_of(const CLI::Option& option) {
  std::string out;
  for (const auto& s : option.get_snames())
    out += (out.empty() ? "-" : ", -") + s;
  if (out.empty())
    out = "    "; // long options stand below each other
  for (const auto& l : option.get_lnames())
    out += (out == "    " ? "--" : ", --") + l;
  if (option.get_items_expected_max() > 0)
    out += " " + type_of(option);
  return out;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

bool may_be_left_out(const CLI::App& app) {
  return app.get_parent() != nullptr &&
         default_verb_of(app.get_parent()->get_name()) == app.get_name();
}

/// "weft tx show", "weft tx [submit]".
std::string spoken(const CLI::App& app) {
  const auto name = may_be_left_out(app) ? "[" + app.get_name() + "]" : app.get_name();
  return app.get_parent() == nullptr ? name : spoken(*app.get_parent()) + " " + name;
}

std::string usage_of(const CLI::App& app) {
  std::string out = spoken(app);
  if (app.get_parent() == nullptr && !commands_of(app).empty())
    out += " [OPTIONS]";
  if (!commands_of(app).empty())
    return out + " COMMAND ...";
  for (const auto* option : app.get_options(every))
    if (option->get_positional())
      out += option->get_required() ? " " + type_of(*option) : " [" + type_of(*option) + "]";
  return out + " [OPTIONS]";
}

void section(std::string& out, const std::string& title, const rows& lines) {
  if (lines.empty())
    return;
  std::size_t width = 0;
  for (const auto& [left, right] : lines)
    width = std::max(width, left.size());
  out += "\n" + title + ":\n";
  for (const auto& [left, right] : lines)
    out += "  " + left + std::string(width - left.size() + 2, ' ') + right + "\n";
}

void examples(std::string& out, const std::string& footer) {
  if (footer.empty())
    return;
  out += "\nexamples:\n  ";
  for (const char c : footer)
    out += c == '\n' ? std::string("\n  ") : std::string(1, c);
  out += "\n";
}

rows options_of(const CLI::App& app) {
  rows out;
  for (const auto* option : app.get_options(every))
    if (!option->get_positional())
      out.emplace_back(spelling_of(*option), option->get_description());
  return out;
}

rows arguments_of(const CLI::App& app) {
  rows out;
  for (const auto* option : app.get_options(every))
    if (option->get_positional())
      out.emplace_back(type_of(*option), option->get_description());
  return out;
}

/// What stands behind the verbs of a noun: nobody has to ask for each of them.
void verbs(std::string& out, const CLI::App& noun) {
  if (noun.get_parent() == nullptr)
    return;
  for (const auto* verb : commands_of(noun)) {
    auto lines = arguments_of(*verb);
    for (auto& line : options_of(*verb))
      if (!line.first.ends_with("--help"))
        lines.push_back(std::move(line));
    section(out, usage_of(*verb), lines);
  }
}

} // namespace

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* below : app.get_subcommands([](const CLI::App*) { return true; }))
    out.push_back(below->get_name());
  return out;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> out;
  std::vector<const CLI::App*> places;
  for (const auto* at = &app; at != nullptr; at = at->get_parent())
    places.push_back(at);
  for (const auto* verb : commands_of(app))
    if (may_be_left_out(*verb))
      places.push_back(verb);
  for (const auto* at : places)
    for (const auto* option : at->get_options(every)) {
      for (const auto& l : option->get_lnames())
        out.push_back("--" + l);
      for (const auto& s : option->get_snames())
        out.push_back("-" + s);
    }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string help_of(const CLI::App& app) {
  const auto* top = &app;
  while (top->get_parent() != nullptr)
    top = top->get_parent();
  std::string out =
      top->get_name() + ": " + app.get_description() + "\n\nusage: " + usage_of(app) + "\n";
  examples(out, app.get_footer());
  rows commands;
  for (const auto* below : app.get_subcommands([](const CLI::App*) { return true; }))
    commands.emplace_back(below->get_name(), below->get_description());
  section(out, "commands", commands);
  verbs(out, app);
  section(out, "arguments", arguments_of(app));
  section(out, "options", options_of(app));
  if (top != &app) {
    auto general = options_of(*top);
    std::erase_if(general, [](const auto& line) {
      return line.first.ends_with("--help") || line.first.ends_with("--version");
    });
    section(out, "options of every command", general);
  } else if (commands_of(app).empty()) {
    out += "\n`man " + app.get_name() + "` tells all.\n";
  } else {
    out += "\n`weft help COMMAND` tells more; `man weft` tells all.\n";
  }
  return out;
}

} // namespace weft::console
