"""./dev coverage"""

import collections
import json
import shutil
import subprocess

import builds
import suites
import terminal

SUMMARY = "which lines of the library the unit tests run"
EXAMPLES = (("./dev coverage", "a table of folders"),
            ("./dev coverage --files core/tx", "its files, with the lines never run"))


def arguments(parser):
    parser.add_argument("--files", metavar="FOLDER", help="list the files below FOLDER")


def run(options):
    builds.build("coverage", ["weft_tests_unit"])
    for old in builds.folder("coverage").rglob("*.gcda"):
        old.unlink()
    with terminal.step("run the unit tests"):
        done = suites.run("unit", "coverage")
    failed = done.count("failed") if done else 0
    lines = collect()
    if options.files:
        show_files(lines, options.files)
    else:
        show_folders(lines)
    if failed:
        terminal.say(f"{failed} test cases failed; ./dev test --suite unit tells which")
    return 1 if failed else 0


def collect():
    """{file: {line: times run}} of the library, added up over all programs."""
    lines = collections.defaultdict(dict)
    work = builds.folder("coverage") / "gcov"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for data in builds.folder("coverage").rglob("*.gcda"):
        output = subprocess.run(["gcov", "--json-format", "--stdout", str(data)], cwd=work,
                                capture_output=True, text=True, check=False).stdout
        for text in filter(None, output.splitlines()):
            for file in json.loads(text)["files"]:
                add(lines, file)
    return lines


def add(lines, file):
    name = file["file"].split("/weft/")[-1].lstrip("/")
    if name.startswith(("core/", "persistence/")):
        for line in file["lines"]:
            seen = lines[name].get(line["line_number"], 0)
            lines[name][line["line_number"]] = seen + line["count"]


def row(name, counts):
    run_, all_ = sum(1 for count in counts if count), len(counts)
    return f"{name:<44} {run_:>6} of {all_:>6} {100 * run_ / max(all_, 1):>6.1f} %"


def show_folders(lines):
    folders = collections.defaultdict(list)
    for name, counts in lines.items():
        folders[name.rsplit("/", 1)[0]] += counts.values()
    for name in sorted(folders):
        terminal.say(row(name, folders[name]))
    terminal.say(row("all", [count for counts in folders.values() for count in counts]))


def show_files(lines, folder):
    for name in sorted(lines):
        if name.startswith(folder.rstrip("/")):
            never = [str(line) for line, count in sorted(lines[name].items()) if not count]
            terminal.say(row(name, list(lines[name].values())))
            if never:
                terminal.say("    never run: " + " ".join(never))
