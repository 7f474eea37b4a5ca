"""./dev coverage"""

import collections

import builds
import lines
import suites
import terminal

SUMMARY = "which lines of the library the unit tests run, or of the decoders the fuzzers' corpora"
EXAMPLES = (("./dev coverage", "a table of folders"),
            ("./dev coverage --files core/tx", "its files, with the lines never run"),
            ("./dev coverage --decoders", "what the corpora in tests/fuzz run; fails below 95 %"))


def arguments(parser):
    parser.add_argument("--files", metavar="FOLDER", help="list the files below FOLDER")
    parser.add_argument("--decoders", action="store_true",
                        help="run the fuzzers' corpora instead of the unit tests; the decoders are"
                             " those of tests/fuzz/decoders.json")


def run(options):
    if options.decoders:
        return 1 if lines.decoders(verbose=True) else 0
    builds.build("coverage", ["weft_tests_unit"])
    lines.forget()
    with terminal.step("run the unit tests"):
        done = suites.run("unit", "coverage")
    failed = done.count("failed") if done else 0
    found = lines.collect()
    if options.files:
        show_files(found, options.files)
    else:
        show_folders(found)
    if failed:
        terminal.say(f"{failed} test cases failed; ./dev test --suite unit tells which")
    return 1 if failed else 0


def show_folders(found):
    folders = collections.defaultdict(list)
    for name, counts in found.items():
        folders[name.rsplit("/", 1)[0]] += counts.values()
    for name in sorted(folders):
        terminal.say(lines.row(name, folders[name]))
    terminal.say(lines.row("all", [count for counts in folders.values() for count in counts]))


def show_files(found, folder):
    for name in sorted(found):
        if name.startswith(folder.rstrip("/")):
            terminal.say(lines.row(name, list(found[name].values())))
            if lines.never_run(found[name]):
                terminal.say("    never run: " + lines.never_run(found[name]))
