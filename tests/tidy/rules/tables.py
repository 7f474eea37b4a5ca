"""What is listed in one place must be reached by a test somewhere."""

import re

import cpp
from tree import Finding, numbered

ERRC = re.compile(r"^WEFT_ERRC\((\w+),")
LIMIT = re.compile(r"^inline constexpr [\w:]+ (\w+) =")


def named_in_tests(tree):
    """Every word in the code of the tests, comments left out."""
    words = set()
    for _, text in tree.matching(".cpp", ".hpp", ".py", ".edn", ".json", under="tests/"):
        words.update(re.findall(r"\w+", cpp.without_comments(text)))
    return words


def missing(tree, table, pattern, what):
    words = named_in_tests(tree)
    for number, line in numbered(tree.texts.get(table, "")):
        found = pattern.match(line)
        if found and found.group(1) not in words:
            yield Finding(table, number, f"no test names the {what} {found.group(1)}")


def every_error_is_tested(tree):
    """Each row of core/base/errc.def is named by a test that provokes it."""
    return missing(tree, "core/base/errc.def", ERRC, "error")


def every_limit_is_tested(tree):
    """Each constant of core/base/limits.hpp is named by a test that reaches it."""
    return missing(tree, "core/base/limits.hpp", LIMIT, "limit")


RULES = [every_error_is_tested, every_limit_is_tested]
