"""What is listed in one place must be reached by a test somewhere."""

import json
import re

import cpp
from tree import Finding, numbered

ERRC = re.compile(r"^WEFT_ERRC\((\w+),")
BLOCK_OF = {"command line": "console/"}  # blocks of errors that one module alone returns
MUTANTS = "tests/mutants.json"
LIMIT = re.compile(r"^inline constexpr [\w:]+ (\w+) =")


def missing(tree, table, pattern, scope):
    """Rows that no test names: as scope::name in C++, as a word in a script."""
    named = set()
    for _, text in tree.cpp(under="tests/"):
        named.update(re.findall(rf"\b{scope}::(\w+)", cpp.without_comments(text, literals=False)))
    for _, text in tree.matching(".py", ".edn", ".json", under="tests/"):
        named.update(re.findall(r"\w+", text))
    block = ""
    for number, line in numbered(tree.texts.get(table, "")):
        if line.startswith("// -- "):
            block = line.strip("/- ")
        if BLOCK_OF.get(block) and not tree.cpp(under=BLOCK_OF[block]):
            continue  # nothing can return these errors yet
        found = pattern.match(line)
        if found and found.group(1) not in named:
            yield Finding(table, number, f"no test names {scope}::{found.group(1)}")


def every_error_is_tested(tree):
    """Each row of core/base/errc.def is named by a test that provokes it."""
    return missing(tree, "core/base/errc.def", ERRC, "errc")


def every_limit_is_tested(tree):
    """Each constant of core/base/limits.hpp is named by a test that reaches it."""
    return missing(tree, "core/base/limits.hpp", LIMIT, "limits")


def every_mutant_fits(tree):
    """What a row of tests/mutants.json breaks stands in its file, once."""
    for mutant in json.loads(tree.texts.get(MUTANTS, "[]")):
        count = tree.texts.get(mutant["file"], "").count(mutant["from"])
        if count != 1:
            line = 1 + tree.texts[MUTANTS].partition(json.dumps(mutant["about"]))[0].count("\n")
            yield Finding(MUTANTS, line,
                          f"'{mutant['about']}': {mutant['file']} holds its text {count} times")


RULES = [every_error_is_tested, every_limit_is_tested, every_mutant_fits]
