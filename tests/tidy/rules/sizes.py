"""How long things may be. A file or function over its limit is a sign that a noun is missing."""

import cpp
from tree import Finding, numbered

FILE_LINES_MAX = 500
FILE_LINES_WARN = 400
LINE_COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 60

CODE = (".hpp", ".cpp", ".py", ".cmake", "CMakeLists.txt")


def files_are_short(tree):
    """At most 500 lines of code."""
    for path, text in tree.matching(*CODE):
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            yield Finding(path, 0, f"{lines} lines; at most {FILE_LINES_MAX}: split it by noun")


def files_that_grow(tree):
    """Not a rule yet: what ./dev lint warns about."""
    for path, text in tree.matching(*CODE):
        lines = text.count("\n")
        if FILE_LINES_WARN < lines <= FILE_LINES_MAX:
            yield Finding(path, 0, f"{lines} lines; the limit is {FILE_LINES_MAX}")


def lines_are_short(tree):
    """At most 100 columns, unless formatting is switched off (tables) or the line is one URL."""
    for path, text in tree.matching(*CODE, ".sh"):
        formatted = True
        for number, line in numbered(text):
            if "clang-format off" in line or "clang-format on" in line:
                formatted = "clang-format on" in line
            if formatted and len(line) > LINE_COLUMNS_MAX and "://" not in line:
                yield Finding(path, number, f"{len(line)} columns; at most {LINE_COLUMNS_MAX}")


def functions_are_short(tree):
    """At most 60 lines; a test case is a function too."""
    for path, text in tree.cpp():
        for number, lines in cpp.functions(text):
            if lines > FUNCTION_LINES_MAX:
                yield Finding(path, number,
                              f"a function of {lines} lines; at most {FUNCTION_LINES_MAX}")


RULES = [files_are_short, lines_are_short, functions_are_short]
