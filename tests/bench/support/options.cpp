#include "support/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace weft::bench {

options parse_options(int argc, char** argv, const std::string& about, options how) {
  CLI::App app(about);
  app.add_flag("--json", how.json, "one JSON object per figure");
  app.add_flag("--peers", how.peers, "also measure what a user would pick instead");
  app.add_option("--rounds", how.rounds, "interleaved repetitions; medians are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", how.seconds, "length of one measurement")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  app.add_option("--folder", how.folder, "write below this folder, else beside the program")
      ->check(CLI::ExistingDirectory);
  app.add_option("--limit", how.limit, "only so many packages of the catalogue; 0: all");
  app.add_option("--in-flight", how.in_flight, "only so many at once; 0: 1, 16, 64 and 256");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
  if (how.folder.empty())
    how.folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return how;
}

} // namespace weft::bench
