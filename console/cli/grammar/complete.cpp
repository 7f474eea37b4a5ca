#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/database/profiles.hpp"
#include "weft/console/cli/grammar/grammar.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/core/cluster/config_keys.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace weft::console {

namespace {

/// What the words before the last one lead to.
struct place {
  const CLI::App* app;                     ///< whose command, option or argument comes next
  const CLI::Option* option = nullptr;     ///< the option that waits for its value
  std::vector<std::string> arguments = {}; ///< positional words before
};

const CLI::Option* option_called(const CLI::App& app, const std::string& word) {
  for (const auto* at = &app; at != nullptr; at = at->get_parent())
    if (const auto* found = at->get_option_no_throw(word); found != nullptr)
      return found;
  return nullptr;
}

const CLI::App* command_called(const CLI::App& app, const std::string& word) {
  for (const auto* below : app.get_subcommands([](const CLI::App*) { return true; }))
    if (below->get_name() == word)
      return below;
  return nullptr;
}

/// `globals` learns what the words say of where the database is.
place walk(const CLI::App& root, std::span<const std::string> words, global_options& globals) {
  place at{&root};
  for (const auto& word : words) {
    if (at.option != nullptr) {
      if (at.option->check_lname("data"))
        globals.data = word;
      else if (at.option->check_lname("endpoint"))
        globals.endpoints.push_back(word);
      else if (at.option->check_lname("profile"))
        globals.profile = word;
      at.option = nullptr;
    } else if (word.starts_with('-') && word.size() > 1) {
      const auto* option = option_called(*at.app, word);
      if (option != nullptr && option->get_items_expected_max() > 0)
        at.option = option;
    } else if (const auto* below = command_called(*at.app, word); below != nullptr) {
      at.app = below;
      at.arguments.clear();
    } else {
      at.arguments.push_back(word);
    }
  }
  return at;
}

/// How long a node may take to connect, and again to tell its attributes, while somebody has
/// pressed TAB.
constexpr std::int64_t patience_us = 200'000;

/// Idents of the attributes, with colon, when the database can be asked quickly.
std::vector<std::string> attributes_of(global_options globals) {
  std::vector<std::string> out;
  if (globals.data.empty())
    globals.timeout_us = patience_us;
  session here(globals);
  const auto at = here.place();
  if (!at || !(*at)->is_quick())
    return out;
  const auto db = (*at)->open_reading();
  if (!db)
    return out;
  const auto now = (*db)->view();
  if (!now)
    return out;
  for (const auto* a : now->schema().attributes())
    out.push_back(":" + a->ident);
  return out;
}

std::vector<std::string> values_of(const CLI::Option& option) {
  if (option.check_lname("output"))
    return {format_names.begin(), format_names.end()};
  if (option.check_lname("format"))
    return {"edn", "jsonl", "csv"};
  if (option.check_lname("set"))
    return settable_keys();
  if (option.check_lname("profile"))
    return profile_names();
  return {}; // the shell completes files
}

/// Whether an attribute is what comes next, whatever its first letter.
bool expects_attribute(const place& at) {
  const auto name = at.app->get_name();
  const auto count = at.arguments.size();
  if (name == "datoms" && count > 0)
    return count == (at.arguments[0].starts_with('a') ? 1U : 2U);
  if (name == "history")
    return count == 1;
  if (name == "schema") // show may be left out
    return true;
  return name == "show" && at.app->get_parent()->get_name() == "schema" && count == 0;
}

std::vector<std::string> arguments_of(const place& at, const std::string& word,
                                      const global_options& globals) {
  const auto name = at.app->get_name();
  if (name == "completion")
    return {"bash", "zsh", "fish"};
  if (name == "datoms" && at.arguments.empty())
    return {"eavt", "aevt", "avet", "vaet"};
  if (word.starts_with(':') || (word.empty() && expects_attribute(at)))
    return attributes_of(globals);
  return {};
}

/// With the verb that was left out, once there is a word that it may have left out before.
std::vector<std::string> words_before(const CLI::App& root, std::span<const std::string> words) {
  std::vector<std::string> out(words.begin(), words.end());
  if (!out.empty() && out.front() == "help")
    out.erase(out.begin());
  auto spelled = with_default_verbs(root, out);
  return spelled.empty() || out.empty() || spelled.back() != out.back() ? out : spelled;
}

} // namespace

std::vector<std::string> settable_keys() {
  std::vector<std::string> out;
  for (const auto& key : config_keys())
    if (key.name != node_id_key)
      out.push_back(std::string(key.name) + "=");
  return out;
}

std::vector<std::string> choices_of(std::string_view key) {
  for (const auto& known : config_keys())
    if (known.name == key)
      return {known.choices.begin(), known.choices.end()};
  return {};
}

std::vector<std::string> complete(std::span<const std::string> words) {
  invocation ignored;
  const auto root = make_grammar(ignored);
  global_options globals;
  const std::string word = words.empty() ? "" : words.back();
  const auto at =
      walk(*root, words_before(*root, words.first(words.empty() ? 0 : words.size() - 1)), globals);
  std::vector<std::string> out;
  if (at.option != nullptr) {
    out = values_of(*at.option);
  } else if (word.starts_with('-')) {
    out = option_names(*at.app);
  } else {
    out = command_names(*at.app);
    const auto more = arguments_of(at, word, globals);
    out.insert(out.end(), more.begin(), more.end());
  }
  std::erase_if(out, [&](const std::string& candidate) { return !candidate.starts_with(word); });
  return out;
}

} // namespace weft::console
