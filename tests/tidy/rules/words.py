"""What may stand in a file."""

import re

import cpp
from tree import Finding, numbered

# Spelled in two halves, so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/$}*])/(home/[a-z]|root/|work/|Users/)")
BINARY = (".svg", ".lock")


def nothing_is_unfinished(tree):
    """Notes about missing work are issues, not comments."""
    for path, text in tree.matching(""):
        for number, line in numbered(text):
            if UNFINISHED.search(line):
                yield Finding(path, number, f"'{UNFINISHED.search(line).group()}': open an issue")


def code_is_ascii(tree):
    """C++ sources hold ASCII only; other characters are written as escapes."""
    for path, text in tree.cpp():
        for number, line in numbered(text):
            if not line.isascii():
                yield Finding(path, number, "a character outside ASCII")


def lines_end_cleanly(tree):
    """No tabs or blanks at the end of a line, and a line feed at the end of the file."""
    for path, text in tree.matching(".hpp", ".cpp", ".py", ".cmake", ".txt", ".json", ".sh"):
        if path.startswith("tests/fuzz/corpus/"):
            continue
        for number, line in numbered(text):
            if line != line.rstrip():
                yield Finding(path, number, "blanks at the end of the line")
        if text and not text.endswith("\n"):
            yield Finding(path, 0, "no line feed at the end of the file")


def headers_have_a_guard(tree):
    """#pragma once, after the comment that says what the header is."""
    for path, text in tree.matching(".hpp"):
        code = cpp.without_comments(text).strip()
        if not code.startswith("#pragma once"):
            yield Finding(path, 0, "'#pragma once' is not its first line of code")
        if not text.startswith("//"):
            yield Finding(path, 1, "a header opens with a comment: what it is, an example, rules")


def paths_are_of_no_machine(tree):
    """A file names no folder of somebody's machine."""
    for path, text in tree.matching(""):
        if path.startswith("tests/fuzz/corpus/"):
            continue
        for number, line in numbered(text):
            found = MACHINE_PATH.search(line)
            if found and not line.startswith("#!"):
                yield Finding(path, number, f"a path of one machine: {found.group()}")


RULES = [nothing_is_unfinished, code_is_ascii, lines_end_cleanly, headers_have_a_guard,
         paths_are_of_no_machine]
