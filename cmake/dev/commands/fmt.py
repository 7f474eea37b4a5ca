"""./dev fmt"""

import pathlib
import subprocess

import sources
import terminal

SUMMARY = "format the C++ files"
EXAMPLES = (("./dev fmt", "every file of ours"),
            ("./dev fmt core/datom/key.cpp", "only this file"))


def arguments(parser):
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="FILE",
                        help="format only these files")


def run(options):
    files = [path.resolve() for path in options.files] or sources.cpp()
    before = {path: path.read_bytes() for path in files}
    done = subprocess.run(["clang-format-14", "-i", *map(str, files)], check=False)
    if done.returncode:
        raise terminal.Stop("clang-format failed")
    changed = [path for path in files if path.read_bytes() != before[path]]
    for path in changed:
        terminal.say(f"formatted {path.relative_to(terminal.ROOT)}")
    terminal.say(f"{len(changed)} of {len(files)} files changed")
    return 0
