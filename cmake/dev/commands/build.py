"""./dev build"""

import builds
import terminal

SUMMARY = "compile a preset into build/PRESET"
EXAMPLES = (("./dev build", "the preset dev: libraries, command, tests"),
            ("./dev build release", "optimised, with the benchmarks"))


def arguments(parser):
    parser.add_argument("preset", nargs="?", default="dev", choices=builds.presets(),
                        metavar="PRESET", help="dev unless given")
    parser.add_argument("--target", action="append", default=[], metavar="NAME",
                        help="build only this target; may be repeated")
    parser.epilog = terminal.table("presets", list(builds.presets().items()))


def run(options):
    builds.build(options.preset, options.target)
    terminal.say(f"programs are in build/{options.preset}/bin")
    return 0
