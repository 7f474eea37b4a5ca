#include "weft/console/cli/grammar/bind.hpp"
#include "weft/core/base/suggest.hpp"

#include <algorithm>
#include <cstdlib>

namespace weft::console {

namespace {

/// The verb a noun has when none is named.
struct default_verb {
  std::string_view noun;
  std::string_view verb;
};
constexpr std::array default_verbs = {default_verb{"tx", "submit"}, default_verb{"entity", "show"},
                                      default_verb{"schema", "show"}};

} // namespace

std::string_view default_verb_of(std::string_view noun) noexcept {
  const auto* const found = std::ranges::find(default_verbs, noun, &default_verb::noun);
  return found == default_verbs.end() ? std::string_view() : found->verb;
}

namespace {

/// The app whose words were being read when parsing ended.
const CLI::App& deepest(const CLI::App& root) {
  const CLI::App* at = &root;
  for (auto below = at->get_subcommands(); !below.empty(); below = at->get_subcommands())
    at = below.front();
  return *at;
}

/// "weft tx submit".
std::string path_of(const CLI::App& app) {
  const auto* parent = app.get_parent();
  return parent == nullptr ? "weft" : path_of(*parent) + " " + app.get_name();
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words)
    out += (out.empty() ? "" : ", ") + w;
  return out;
}

std::string help_advice(const CLI::App& app) {
  return "`" + path_of(app) + " --help`";
}

/// An error about one word, with the nearest known one or the way to the help.
error about_word(std::string detail, const std::string& near, const CLI::App& app) {
  error out{errc::usage, std::move(detail)};
  if (near.empty())
    out.fields.push_back({"try", help_advice(app)});
  else
    out.fields.push_back({"nearest", near});
  return out;
}

/// "`weft tx show` or `weft schema show`": the commands below `app` with such a verb.
std::string paths_of(const CLI::App& app, std::string_view verb) {
  std::string out;
  for (const auto* noun : app.get_subcommands([](const CLI::App*) { return true; }))
    for (const auto* below : noun->get_subcommands([](const CLI::App*) { return true; }))
      if (below->get_name() == verb)
        out += (out.empty() ? "`" : " or `") + path_of(*below) + "`";
  return out;
}

/// A verb without its noun.
std::string near_verb(const CLI::App& app, const std::string& word) {
  std::vector<std::string> verbs;
  for (const auto* noun : app.get_subcommands([](const CLI::App*) { return true; }))
    for (auto& name : command_names(*noun))
      verbs.push_back(std::move(name));
  const auto near = nearest(word, verbs);
  return near.empty() ? near : paths_of(app, near);
}

/// "tx shw 5": the verb that was left out got one too many, because it was not.
std::string misspelt_verb(const CLI::App& app) {
  const auto* noun = app.get_parent();
  if (noun == nullptr || default_verb_of(noun->get_name()) != app.get_name())
    return {};
  for (const auto* option : app.get_options())
    if (option->get_positional() && option->count() > 0) {
      const auto near = nearest(option->results().front(), command_names(*noun));
      return near.empty() ? near : "`" + path_of(*noun) + " " + near + "`";
    }
  return {};
}

error explain_extra(const CLI::App& app, const std::string& word) {
  if (word.size() > 1 && word.front() == '-') {
    const auto name = word.substr(0, word.find('='));
    return about_word("unknown option " + name, nearest(name, option_names(app)), app);
  }
  const auto names = command_names(app);
  if (names.empty())
    return about_word("`" + path_of(app) + "` does not expect '" + word + "'", misspelt_verb(app),
                      app);
  auto near = paths_of(app, word);
  if (near.empty())
    if (const auto name = nearest(word, names); !name.empty())
      near = "`" + path_of(app) + " " + name + "`";
  return about_word("unknown command '" + word + "'", near.empty() ? near_verb(app, word) : near,
                    app);
}

/// An option without its value, or with two: "--limit: 1 required N missing" in CLI11's words.
error explain_mismatch(const CLI::App& app, const CLI::ParseError& e) {
  const std::string text = e.what();
  const auto name = text.substr(0, text.find(':'));
  const CLI::Option* option = nullptr;
  for (const auto* at = &app; at != nullptr && option == nullptr; at = at->get_parent())
    option = at->get_option_no_throw(name);
  if (option == nullptr)
    return about_word(text, {}, app);
  if (static_cast<int>(option->count()) > option->get_items_expected_max())
    return about_word(name + " is given more than once", {}, app);
  const auto type = option->get_type_name();
  return about_word(name + " needs " + type.substr(0, type.find(':')), {}, app);
}

error explain_missing(const CLI::App& app) {
  if (const auto names = command_names(app); !names.empty())
    return about_word("`" + path_of(app) + "` needs one of: " + joined(names), {}, app);
  std::vector<std::string> missing;
  for (const auto* option : app.get_options())
    if (option->get_required() && option->count() == 0) {
      const auto type = option->get_type_name();
      missing.push_back(type.substr(0, type.find(':')));
    }
  return about_word("`" + path_of(app) + "` needs " + joined(missing), {}, app);
}

error explain_parse_error(const CLI::App& root, const CLI::ParseError& e) {
  const auto& app = deepest(root);
  if (const auto extras = root.remaining(true); !extras.empty())
    return explain_extra(app, extras.front());
  if (dynamic_cast<const CLI::RequiredError*>(&e) != nullptr)
    return explain_missing(app);
  if (const auto* other = dynamic_cast<const refused*>(&e); other != nullptr)
    return about_word(other->what(), other->near(), app);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&e) != nullptr)
    return explain_mismatch(app, e);
  return about_word(e.what(), {}, app);
}

/// -o, else $WEFT_OUTPUT.
result<void> understand_output(invocation& what) {
  const bool is_asked = !what.output.empty();
  const char* configured = std::getenv("WEFT_OUTPUT"); // NOLINT(concurrency-mt-unsafe)
  if (!is_asked && configured != nullptr)
    what.output = configured;
  if (what.output.empty())
    return {};
  what.globals.output = format_from_name(what.output);
  what.globals.output_is_asked = is_asked;
  if (what.globals.output)
    return {};
  const std::vector<std::string> known(format_names.begin(), format_names.end());
  error out{is_asked ? errc::usage : errc::config_invalid,
            (is_asked ? "" : "WEFT_OUTPUT: ") + ("unknown output format '" + what.output + "'")};
  const auto plain = what.output.substr(what.output.starts_with('=') ? 1 : 0); // of -o=json
  if (const auto near = nearest(plain, known); !near.empty())
    out.fields.push_back({"nearest", "-o " + near});
  else
    out.fields.push_back({"try", "one of: " + joined(known)});
  return fail(std::move(out));
}

/// --strict, else $WEFT_STRICT.
result<void> understand_strict(invocation& what) {
  const char* configured = std::getenv("WEFT_STRICT"); // NOLINT(concurrency-mt-unsafe)
  const std::string_view said = configured == nullptr ? "" : configured;
  if (said == "1" || said == "true")
    what.globals.strict = true;
  else if (!said.empty() && said != "0" && said != "false")
    return fail(errc::config_invalid, "WEFT_STRICT: '" + std::string(said) + "' is no yes or no",
                {{"try", "WEFT_STRICT=1, or 0"}});
  return {};
}

/// Where the database is.
void add_place(CLI::App& root, global_options& into) {
  root.add_option("-e,--endpoint", into.endpoints,
                  "a node: HOST:PORT or the path of a socket; several are tried in turn (default: "
                  "$WEFT_ENDPOINTS, else --profile, else 127.0.0.1:7400)")
      ->type_name("ENDPOINT")
      ->take_all()
      ->allow_extra_args(false);
  root.add_option("--profile", into.profile, "the endpoints of this name in profiles.json")
      ->type_name("NAME");
  root.add_option("--cluster", into.cluster, "refuse a node of another cluster")->type_name("NAME");
  add_duration(root, "--timeout", "--timeout", into.timeout_us,
               "how long a node that is away is waited for (1m)")
      ->type_name("DURATION");
  root.add_option("-d,--data", into.data, "a data folder, without a node (default: $WEFT_DATA)")
      ->type_name("DIR");
  root.add_flag("-v,--verbose", into.verbose, "say where the database is");
}

} // namespace

std::shared_ptr<CLI::App> make_grammar(invocation& into) {
  auto root = std::make_shared<CLI::App>(
      "a database of immutable facts, on a node or in a data folder", "weft");
  root->set_help_flag("-h,--help", "print this help and exit");
  root->require_subcommand(1);
  root->fallthrough();
  root->footer("weft -e 127.0.0.1:7400 tx '[{:user/name \"Ada\" :user/age 36}]'\n"
               "weft --data facts datoms avet :user/name");
  add_place(*root, into.globals);
  root->add_option("-o,--output", into.output,
                   "table, json, jsonl, csv, raw or edn (default: $WEFT_OUTPUT, else table, jsonl "
                   "when piped)")
      ->type_name("FORMAT");
  root->add_flag(
      "--strict", into.globals.strict,
      "refuse attributes that are not declared (default: $WEFT_STRICT, else declare them "
      "on first use)");
  root->add_flag("--no-color", into.globals.no_color, "no colours (also: NO_COLOR=1)");
  root->add_flag("-V,--version", into.version, "print the version and exit");
  add_fact_commands(*root, into);
  add_log_commands(*root, into);
  add_config_commands(*root, into);
  for (auto* noun : root->get_subcommands([](CLI::App*) { return true; }))
    for (auto* verb : noun->get_subcommands([](CLI::App*) { return true; })) {
      noun->require_subcommand(1);
      verb->fallthrough();
    }
  return root;
}

std::vector<std::string> with_default_verbs(const CLI::App& root, std::vector<std::string> words) {
  std::size_t noun = 0;
  while (noun < words.size() && words[noun].starts_with('-')) {
    const auto* option = root.get_option_no_throw(words[noun]);
    noun += option != nullptr && option->get_items_expected_max() > 0 ? 2 : 1;
  }
  if (noun >= words.size())
    return words;
  const auto verb = default_verb_of(words[noun]);
  if (verb.empty())
    return words;
  const std::string next = noun + 1 < words.size() ? words[noun + 1] : "";
  const auto verbs = command_names(*root.get_subcommand(words[noun]));
  if (next == "-h" || next == "--help" || std::ranges::find(verbs, next) != verbs.end())
    return words;
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(noun) + 1, std::string(verb));
  return words;
}

namespace {

/// "help tx show" as "tx show --help". @errors usage for a word that is no command
result<void> spell_out_help(const CLI::App& root, std::vector<std::string>& words) {
  if (words.empty() || words.front() != "help")
    return {};
  words.erase(words.begin());
  const auto* app = &root;
  for (const auto& word : words) {
    if (word.starts_with('-'))
      continue;
    const auto names = command_names(*app);
    if (std::ranges::find(names, word) == names.end())
      return fail(explain_extra(*app, word));
    app = app->get_subcommand(word);
  }
  words.emplace_back("--help");
  return {};
}

} // namespace

result<understood> parse(std::vector<std::string> words) {
  understood out;
  // The tree writes into the invocation, which is moved out only when it is done.
  auto what = std::make_unique<invocation>();
  const auto root = make_grammar(*what);
  WEFT_CHECK(spell_out_help(*root, words));
  words = with_default_verbs(*root, std::move(words));
  const bool nothing = words.empty();
  std::ranges::reverse(words); // CLI11 takes them from the back
  try {
    root->parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    out.help = help_of(deepest(*root));
    return out;
  } catch (const CLI::ParseError& e) {
    if (what->version) {
      out.what.version = true;
      return out;
    }
    if (nothing)
      return fail(errc::usage, "no command is given", {{"try", "`weft --help`"}});
    return fail(explain_parse_error(*root, e));
  }
  WEFT_CHECK(understand_output(*what));
  WEFT_CHECK(understand_strict(*what));
  out.what = std::move(*what);
  return out;
}

} // namespace weft::console
