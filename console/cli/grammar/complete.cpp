#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/grammar/grammar.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/core/cluster/config_keys.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>

namespace weft::console {

namespace {

/// A shell waits for the candidates: a data folder larger than this is not opened for them.
constexpr std::uintmax_t folder_bytes_max = 64U << 20U;

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

place walk(const CLI::App& root, std::span<const std::string> words, std::string& data) {
  place at{&root};
  for (const auto& word : words) {
    if (at.option != nullptr) {
      if (at.option->check_lname("data"))
        data = word;
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

/// Idents of the attributes, with colon, when the folder can be asked quickly.
std::vector<std::string> attributes_of(const std::string& data) {
  std::vector<std::string> out;
  std::error_code problem;
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data, problem))
    bytes += entry.is_regular_file(problem) ? entry.file_size(problem) : 0;
  if (problem || bytes > folder_bytes_max)
    return out;
  session here(global_options{.data = data});
  const auto db = here.open_reading();
  if (!db)
    return out;
  const auto now = db->view();
  if (!now)
    return out;
  for (const auto* a : now->schema().attributes())
    out.push_back(":" + a->ident);
  return out;
}

/// "log.level=": the value is typed behind it.
std::vector<std::string> settable_keys() {
  std::vector<std::string> out;
  for (const auto& key : config_keys())
    if (key.name != node_id_key)
      out.push_back(std::string(key.name) + "=");
  return out;
}

std::vector<std::string> values_of(const CLI::Option& option) {
  if (option.check_lname("output"))
    return {format_names.begin(), format_names.end()};
  if (option.check_lname("format"))
    return {"edn", "jsonl", "csv"};
  if (option.check_lname("set"))
    return settable_keys();
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
                                      const std::string& data) {
  const auto name = at.app->get_name();
  if (name == "completion")
    return {"bash", "zsh", "fish"};
  if (name == "datoms" && at.arguments.empty())
    return {"eavt", "aevt", "avet", "vaet"};
  if (word.starts_with(':') || (word.empty() && expects_attribute(at)))
    return attributes_of(data);
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

std::vector<std::string> complete(std::span<const std::string> words) {
  invocation ignored;
  const auto root = make_grammar(ignored);
  const char* set = std::getenv("WEFT_DATA"); // NOLINT(concurrency-mt-unsafe)
  std::string data = set == nullptr ? "" : set;
  const std::string word = words.empty() ? "" : words.back();
  const auto at =
      walk(*root, words_before(*root, words.first(words.empty() ? 0 : words.size() - 1)), data);
  std::vector<std::string> out;
  if (at.option != nullptr) {
    out = values_of(*at.option);
  } else if (word.starts_with('-')) {
    out = option_names(*at.app);
  } else {
    out = command_names(*at.app);
    const auto more = arguments_of(at, word, data);
    out.insert(out.end(), more.begin(), more.end());
  }
  std::erase_if(out, [&](const std::string& candidate) { return !candidate.starts_with(word); });
  return out;
}

} // namespace weft::console
