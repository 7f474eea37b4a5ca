"""Which files are ours: what git tracks or would track, by kind."""

import pathlib
import re

import terminal

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def files(*patterns):
    listed = terminal.output(["git", "ls-files", "--cached", "--others", "--exclude-standard",
                              "--", *patterns]).split("\n")
    paths = [terminal.ROOT / name for name in sorted(set(listed)) if name]
    return [path for path in paths if path.is_file()]


def cpp():
    return files("*.hpp", "*.cpp")


def resolve(spelling):
    """The file behind an include of ours: "weft/core/x.hpp" or "support/x.hpp"; None for others."""
    if spelling.startswith("weft/"):
        path = terminal.ROOT / spelling.removeprefix("weft/")
    else:
        path = terminal.ROOT / "tests" / spelling
    return path if path.is_file() else None


def closure(path: pathlib.Path):
    """The file and everything of ours that it includes, directly or not."""
    seen, todo = set(), [path]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        for spelling in INCLUDE.findall(current.read_text(errors="replace")):
            found = resolve(spelling)
            if found is None and (current.parent / spelling).is_file():
                found = current.parent / spelling
            if found is not None:
                todo.append(found)
    return sorted(seen)
