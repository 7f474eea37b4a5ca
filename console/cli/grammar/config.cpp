#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/grammar/bind.hpp"

namespace weft::console {

namespace {

void add_options(CLI::App& verb, config_options& o) {
  verb.add_option("source", o.source, "a file, or - for standard input")
      ->required()
      ->type_name("FILE|-");
  verb.add_option("--node", o.node, "the node whose configuration it is (default: $WEFT_NODE)")
      ->type_name("ID");
  verb.add_option("--set", o.sets, "a value that goes before file and environment")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

} // namespace

void add_config_commands(CLI::App& root, invocation& into) {
  auto* config = root.add_subcommand("config", "check the configuration of a cluster, or show it");
  config->footer("weft config check cluster.json\n"
                 "weft config print cluster.json --node n1");
  auto* check = config->add_subcommand(
      "check", "tell all mistakes of a configuration; exit code 8 when there is one");
  check->footer("weft config check cluster.json\n"
                "weft config check cluster.json --node n1 --set log.level=debug");
  add_options(*check, *bind(*check, into, &config_check));
  auto* print = config->add_subcommand(
      "print", "show the effective value of every key, and where it is from");
  print->footer("weft config print cluster.json\n"
                "WEFT_LOG_LEVEL=debug weft config print cluster.json --node n1");
  add_options(*print, *bind(*print, into, &config_print));
}

} // namespace weft::console
