#include "weft/console/daemon/options.hpp"

#include "weft/console/cli/grammar/bind.hpp"
#include "weft/core/base/suggest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace weft::console {

namespace {

struct parsed {
  weftd_options options;
  std::string log_level;
};

void add_options(CLI::App& app, parsed& into) {
  app.set_help_flag("-h,--help", "print this help and exit");
  app.footer("weftd --config /etc/weft/cluster.json --node n1\n"
             "weftd --config configs/single.json --set node.http.address=127.0.0.1:8080");
  app.add_option("-c,--config", into.options.config.path, "the configuration; - is standard input")
      ->type_name("FILE");
  app.add_option("-n,--node", into.options.config.node,
                 "which node of it this process is (default: $WEFT_NODE, else the only one)")
      ->type_name("ID");
  app.add_option("--set", into.options.config.sets,
                 "the value of a key, whatever file and environment say; may be repeated")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--log-level", into.log_level, "the same as --set log.level=LEVEL")
      ->type_name("LEVEL");
  app.add_flag("--check-config", into.options.check_only,
               "tell all mistakes of the configuration and exit: 0, or 8 when there are any");
  app.add_flag("-V,--version", into.options.version, "print the version and exit");
}

error explain(const CLI::App& app, const CLI::ParseError& e) {
  error out{errc::usage, e.what()};
  const auto extras = app.remaining();
  if (!extras.empty()) {
    const auto name = extras.front().substr(0, extras.front().find('='));
    out.detail = (name.starts_with('-') ? "unknown option " : "weftd does not expect ") + name;
    if (const auto near = nearest(name, option_names(app)); !near.empty()) {
      out.fields.push_back({"nearest", near});
      return out;
    }
  }
  out.fields.push_back({"try", "`weftd --help`"});
  return out;
}

} // namespace

std::vector<std::string> complete_weftd(std::span<const std::string> words) {
  CLI::App app("", "weftd");
  parsed ignored;
  add_options(app, ignored);
  const std::string word = words.empty() ? "" : words.back();
  const std::string before = words.size() < 2 ? "" : words[words.size() - 2];
  std::vector<std::string> out;
  if (before == "--set")
    out = settable_keys();
  else if (before == "--log-level")
    out = choices_of("log.level");
  else if (word.starts_with('-'))
    out = option_names(app);
  std::erase_if(out, [&](const std::string& candidate) { return !candidate.starts_with(word); });
  return out;
}

result<weftd_options> parse_weftd(std::vector<std::string> words) {
  CLI::App app("run a node of a Weft cluster", "weftd");
  parsed out;
  add_options(app, out);
  std::ranges::reverse(words); // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    out.options.help = help_of(app);
    return std::move(out.options);
  } catch (const CLI::ParseError& e) {
    return fail(explain(app, e));
  }
  if (out.options.version)
    return std::move(out.options);
  if (out.options.config.path.empty())
    return fail(errc::usage, "weftd needs a configuration",
                {{"try", "`weftd --config FILE`, such as configs/single.json"}});
  if (!out.log_level.empty())
    out.options.config.sets.push_back("log.level=" + out.log_level);
  return std::move(out.options);
}

} // namespace weft::console
