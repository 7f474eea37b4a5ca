"""./dev demo"""

import argparse
import re

import builds
import demo
import terminal

SUMMARY = "show this machine's own facts flowing into the log and out; checks all it claims"
EXAMPLES = (("./dev demo", "until Ctrl-C"),
            ("./dev demo --for 40s", "ends by itself; exit code 0 if all of it was true"),
            ("./dev demo --keep", "leave the files, to look around in them"))

PROGRAMS = ["weft", "weftd", "debian_catalogue", "host_sampler", "telemetry_sidecar", "mirror"]
WITHOUT_A_TERMINAL_S = 40


def seconds(text):
    found = re.fullmatch(r"(\d+)(s|min)?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no time; such as 40s or 2min")
    return int(found.group(1)) * (60 if found.group(2) == "min" else 1)


def arguments(parser):
    parser.add_argument("--for", dest="seconds", type=seconds, metavar="TIME",
                        help="end by itself after so long, at the earliest when all was shown "
                             "(default: Ctrl-C; 40s where there is no terminal)")
    parser.add_argument("--keep", action="store_true", help="do not remove the folder at the end")
    parser.add_argument("--limit", type=int, metavar="N",
                        help="only the first N packages of the catalogue")


def run(options):
    builds.build("release", PROGRAMS)
    if options.seconds is None and not terminal.is_person():
        options.seconds = WITHOUT_A_TERMINAL_S
    return demo.show(builds.folder("release") / "bin", options.limit, options.seconds, options.keep)
