// weft: the command line of Weft.
#include "weft/console/cli/grammar/grammar.hpp"
#include "weft/console/cli/output/failure.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/core/base/version.hpp"

#include <algorithm>
#include <iterator>
#include <unistd.h>

namespace {

using namespace weft;
using namespace weft::console;

int complain(const error& e, bool no_color) {
  const auto text = render(explain(e), detect_terminal(no_color).err_colour);
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  return info(e.code).exit_code;
}

result<void> print_text(std::string_view text) {
  text_sink out(STDOUT_FILENO);
  out.put(text);
  return out.flush();
}

result<void> print_candidates(std::span<const std::string> words) {
  std::string text;
  for (const auto& candidate : complete(words))
    text += candidate + "\n";
  return print_text(text);
}

/// What the command line asks for, done.
result<void> run(std::vector<std::string> words) {
  if (!words.empty() && words.front() == "__complete") // asked by the shells' scripts
    return print_candidates(std::span(words).subspan(1));
  WEFT_TRY(auto asked, parse(std::move(words)));
  if (!asked.help.empty())
    return print_text(asked.help);
  if (asked.what.version)
    return print_text("weft " + std::string(version()) + "\n");
  session here(asked.what.globals);
  auto done = asked.what.run(here);
  auto written = here.out().flush();
  return done ? written : done;
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(std::next(argv), argv + argc);
  const bool no_color = std::ranges::find(words, "--no-color") != words.end();
  const auto done = run(words);
  return done ? 0 : complain(done.error(), no_color);
}
