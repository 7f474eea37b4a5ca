// The words of `weft`: nouns, verbs, options, as one CLI::App tree. Parsing, help and completion
// all walk this tree, so a command is described in one place.
//
// Summary and description of an app are its description; its footer holds the examples.
#pragma once

#include "weft/console/cli/commands/options.hpp"
#include "weft/core/base/result.hpp"

#include <functional>
#include <memory>
#include <span>

namespace CLI { // NOLINT(readability-identifier-naming): not ours
class App;
} // namespace CLI

namespace weft::console {

class session;

/// What was asked for: filled while the command line is parsed.
struct invocation {
  global_options globals = {};
  std::string output = {}; ///< of -o, before it is understood
  bool version = false;
  std::function<result<void>(session&)> run = {};
};

/// The whole tree. Parsing fills `into`, which must outlive it.
[[nodiscard]] std::shared_ptr<CLI::App> make_grammar(invocation& into);

/// tx, entity, datoms, history, schema.
void add_fact_commands(CLI::App& root, invocation& into);
/// wal, import, export, status, stat, completion.
void add_log_commands(CLI::App& root, invocation& into);

/// config.
void add_config_commands(CLI::App& root, invocation& into);

/// The verb that a noun has when none is named, or "".
[[nodiscard]] std::string_view default_verb_of(std::string_view noun) noexcept;

/// A verb that needs no naming is put in: "tx FILE" becomes "tx submit FILE".
[[nodiscard]] std::vector<std::string> with_default_verbs(const CLI::App& root,
                                                          std::vector<std::string> words);

/// Help of one app: what it does, examples, then its words and options.
[[nodiscard]] std::string help_of(const CLI::App& app);

/// Names of the commands an app has, without the hidden ones.
[[nodiscard]] std::vector<std::string> command_names(const CLI::App& app);
/// "--data", "-o" ...: all spellings of the options an app, its default verb and those above it
/// have.
[[nodiscard]] std::vector<std::string> option_names(const CLI::App& app);

/// "log.level=": the keys of a configuration that --set takes; the value is typed behind it.
[[nodiscard]] std::vector<std::string> settable_keys();
/// What a key of a configuration may be, where that is one of few.
[[nodiscard]] std::vector<std::string> choices_of(std::string_view key);

/// Candidates for the last of `words` (without "weft"), one per line of a shell's completion.
/// Asks the database for attributes where they belong.
[[nodiscard]] std::vector<std::string> complete(std::span<const std::string> words);

/// The words were understood, or help is all that was wanted.
struct understood {
  invocation what = {};
  std::string help = {};
};

/// Parses the words behind "weft". @errors usage with the nearest word in `nearest`
[[nodiscard]] result<understood> parse(std::vector<std::string> words);

} // namespace weft::console
