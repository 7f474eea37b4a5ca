"""./dev: one command for everything a developer of Weft does."""

import argparse
import difflib
import importlib
import pathlib
import sys

import packages
import terminal

ORDER = ("setup", "build", "demo", "test", "bench", "lint", "fmt", "fuzz", "coverage")


def load_commands():
    """The modules of cmake/dev/commands by name: each has SUMMARY, EXAMPLES, arguments(), run()."""
    folder = pathlib.Path(__file__).resolve().parent / "commands"
    found = {path.stem for path in folder.glob("*.py")}
    names = [n for n in ORDER if n in found] + sorted(found - set(ORDER))
    return {name: importlib.import_module(f"commands.{name}") for name in names}


def overview(commands):
    lines = ["usage: ./dev COMMAND [options]", "", "commands:"]
    lines += [f"  {name:<10} {module.SUMMARY}" for name, module in commands.items()]
    lines += ["", "./dev COMMAND --help shows its options and two examples. Packages that are",
              "missing are installed first, so ./dev test is all a new machine needs."]
    return "\n".join(lines)


def make_parser(name, module):
    parser = argparse.ArgumentParser(
        prog=f"./dev {name}",
        usage=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
        description="\n".join([module.SUMMARY, "", "examples:"]
                              + [f"  {line:<34} {what}" for line, what in module.EXAMPLES]))
    parser.add_argument("-h", "--help", action="help", help="show this text")
    module.arguments(parser)
    return parser


def main(argv):
    commands = load_commands()
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview(commands))
        return 0 if argv else 2
    name, rest = argv[0], argv[1:]
    if name not in commands:
        near = difflib.get_close_matches(name, commands, n=1)
        hint = f"did you mean ./dev {near[0]}?" if near else "try: ./dev --help"
        terminal.error(f"./dev has no command '{name}'", hint)
        return 2
    module = commands[name]
    options = make_parser(name, module).parse_args(rest)
    if name != "setup":
        packages.ensure()
    return module.run(options)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except terminal.Stop as stop:
        terminal.error(str(stop), stop.hint)
        sys.exit(1)
    except KeyboardInterrupt:
        terminal.error("interrupted", "run the same command again: finished work is kept")
        sys.exit(130)
