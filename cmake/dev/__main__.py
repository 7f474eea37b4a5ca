"""./dev: one command for everything a developer of Weft does."""

import argparse
import difflib
import importlib
import pathlib
import re
import sys

import packages
import terminal

ORDER = ("setup", "build", "demo", "test", "bench", "lint", "fmt", "fuzz", "coverage")


def command_names():
    """The files of cmake/dev/commands: each has SUMMARY, EXAMPLES, arguments() and run()."""
    folder = pathlib.Path(__file__).resolve().parent / "commands"
    found = {path.stem for path in folder.glob("*.py")}
    return [n for n in ORDER if n in found] + sorted(found - set(ORDER))


def load(name):
    return importlib.import_module(f"commands.{name}")


def overview():
    lines = ["usage: ./dev COMMAND [options]", "", "commands:"]
    lines += [f"  {name:<10} {load(name).SUMMARY}" for name in command_names()]
    lines += ["", "./dev COMMAND --help shows its options and two examples. Packages that are",
              "missing are installed first, so ./dev test is all a new machine needs."]
    return "\n".join(lines)


class Parser(argparse.ArgumentParser):
    """Speaks like the rest of ./dev when the command line is wrong."""

    def error(self, message):
        wrong = re.search(r"(?:arguments:|invalid choice:) '?([\w=-]+)", message)
        words = [word for action in self._actions
                 for word in [*action.option_strings, *map(str, action.choices or ())]]
        near = difflib.get_close_matches(wrong.group(1), words, n=1) if wrong else []
        hint = f"did you mean {near[0]}? " if near else ""
        terminal.error(f"{self.prog}: {message}", f"{hint}try: {self.prog} --help")
        sys.exit(2)


def make_parser(name, module):
    width = max(len(line) for line, _ in module.EXAMPLES)
    parser = Parser(
        prog=f"./dev {name}",
        usage=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
        description="\n".join([module.SUMMARY, "", "examples:"]
                              + [f"  {line:<{width}}  {what}" for line, what in module.EXAMPLES]))
    parser.add_argument("-h", "--help", action="help", help="show this text")
    module.arguments(parser)
    return parser


def main(argv):
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview())
        return 0 if argv else 2
    name, rest = argv[0], argv[1:]
    if name not in command_names():
        near = difflib.get_close_matches(name, command_names(), n=1)
        hint = f"did you mean ./dev {near[0]}?" if near else "try: ./dev --help"
        terminal.error(f"./dev has no command '{name}'", hint)
        return 2
    module = load(name)
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
