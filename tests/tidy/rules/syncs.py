"""Every sync can be left out by a test, which must then fail (tests/crash/crash.test.cpp)."""

import re

import cpp
from tree import Finding, numbered

SITES = "persistence/mutant.hpp"
SITE = re.compile(r"^  (\w+),", re.MULTILINE)
NO_SITES = ("none", "end")
CALL = re.compile(r"(?:->|\.)(?:sync_data|sync_folder)\(|\bwriter_->sync\(")
GUARD = re.compile(r"\bmutated\(sync_site::(\w+)\)")
LINES_BETWEEN_MAX = 2


def every_sync_can_be_left_out(tree):
    """Each call of a sync in persistence stands behind its own name of persistence/mutant.hpp."""
    used = {}
    for path, text in tree.matching(".cpp", under="persistence/"):
        if path.startswith("persistence/disk/"):
            continue
        free = []  # guards no sync has taken, as (line, name)
        for number, line in numbered(cpp.without_comments(text, literals=False)):
            free += [(number, name) for name in GUARD.findall(line)]
            if not CALL.search(line):
                continue
            if not free or number - free[-1][0] > LINES_BETWEEN_MAX:
                yield Finding(path, number, "this sync has no sync_site: no test leaves it out")
                continue
            name = free.pop()[1]
            if name in used:
                yield Finding(path, number, f"sync_site::{name} is the one of {used[name]}")
            used[name] = f"{path}:{number}"
    for name in SITE.findall(tree.texts.get(SITES, "")):
        if name not in NO_SITES and name not in used:
            yield Finding(SITES, 0, f"sync_site::{name} leaves out nothing")


RULES = [every_sync_can_be_left_out]
