// weftd: a node of a Weft cluster.
#include "weft/console/cli/output/failure.hpp"
#include "weft/console/cli/output/sink.hpp"
#include "weft/console/cli/output/terminal.hpp"
#include "weft/console/config/report.hpp"
#include "weft/console/daemon/commit.hpp"
#include "weft/console/daemon/daemon.hpp"
#include "weft/core/base/version.hpp"

#include <iterator>
#include <unistd.h>

namespace {

using namespace weft;
using namespace weft::console;

void say(const std::string& text) {
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

int complain(const error& e) {
  say(render(explain(e), detect_terminal(false).err_colour));
  return info(e.code).exit_code;
}

int print(const std::string& text) {
  text_sink out(STDOUT_FILENO);
  out.put(text);
  const auto done = out.flush();
  return done ? 0 : complain(done.error());
}

/// What this version cannot run is a mistake to who runs it, and a doubt to who checks. Whether
/// there is nothing of that.
bool add_runnable(loaded_config& c, bool as_warnings) {
  if (!c.decoded.config)
    return true;
  auto issues = check_runnable(c.decoded);
  for (auto& issue : issues) {
    issue.is_warning = issue.is_warning || as_warnings;
    c.decoded.issues.push_back(std::move(issue));
  }
  return issues.empty();
}

result<void> require_node(const loaded_config& c) {
  if (c.decoded.config->self)
    return {};
  return fail(errc::usage, c.name + " has several nodes, and this process may be any of them",
              {{"try", "--node " + c.decoded.config->nodes.front().id}});
}

/// Asked by the shells' scripts.
int print_candidates(std::span<const std::string> words) {
  std::string text;
  for (const auto& candidate : complete_weftd(words))
    text += candidate + "\n";
  return print(text);
}

int run(std::vector<std::string> words) {
  if (!words.empty() && words.front() == "__complete")
    return print_candidates(std::span(words).subspan(1));
  const auto asked = parse_weftd(std::move(words));
  if (!asked)
    return complain(asked.error());
  if (!asked->help.empty())
    return print(asked->help);
  if (asked->version)
    return print("weftd " + std::string(version()) + "\n");
  auto loaded = load_config(asked->config);
  if (!loaded)
    return complain(loaded.error());
  const bool runs = add_runnable(*loaded, asked->check_only);
  const auto right = verdict(*loaded);
  if (asked->check_only || !right)
    for (const auto& issue : loaded->decoded.issues)
      say(render(issue, loaded->name, detect_terminal(false).err_colour));
  if (!right)
    return complain(right.error());
  if (asked->check_only)
    return print(loaded->name +
                 (runs ? " is valid\n" : " is valid, but this version of weftd does not run it\n"));
  if (const auto chosen = require_node(*loaded); !chosen)
    return complain(chosen.error());
  const signal_source signals; // before any thread
  return run_daemon(*asked, std::move(*loaded), signals, source_commit());
}

} // namespace

int main(int argc, char** argv) {
  return run({std::next(argv), argv + argc});
}
