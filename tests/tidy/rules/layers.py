"""Who may use what: core <- persistence <- actors <- fabric <- console."""

import re

import cpp
from tree import Finding, numbered

LAYERS = ("core", "persistence", "actors", "fabric", "console")

# (what is forbidden, where, why): in code, comments do not count.
FORBIDDEN = (
    (r"#\s*include\s*<caf/", ("core/", "persistence/"), "CAF begins in actors"),
    (r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|stop_token)>",
     ("core/",), "core has no threads"),
    (r"#\s*include\s*<(fstream|filesystem|iostream|cstdlib_io)>|#\s*include\s*<(sys/|unistd|fcntl)",
     ("core/",), "core does no input or output"),
    (r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday)\b",
     ("core/",), "core has no clock: instants come in as arguments"),
    (r"#\s*include\s*<(random|ctime)>|\b(s?rand|random_device|mt19937(_64)?)\b",
     ("core/",), "core decides the same every time: no randomness"),
)
# What a file may do against the rule, and why.
EXCEPTIONS = {
    ("core/db/open_bases.hpp", "core has no threads"):
        "the one place where readers and the writer of a memory index meet",
    ("core/db/overlay_facts.hpp", "core has no threads"):
        "the one place where readers of an overlay, who fill its orders, and its writer meet",
    ("core/protocol/remote_facts.hpp", "core has no threads"):
        "threads that read one view of another process ask one after the other",
}
CAF = re.compile(r"#\s*include\s*<caf/|\bcaf::")
CAF_ALLOWED = ("actors/caf.hpp", "actors/caf.cpp")
LMDB = re.compile(r"#\s*include\s*[<\"]lmdb\.h[>\"]")
LMDB_ALLOWED = re.compile(r"^persistence/lmdb/|^tests/packaging/")
FIRST_INCLUDE = re.compile(r'#\s*include\s*[<"]([^>"]*)[>"]')
OWN_INCLUDE = re.compile(r'#\s*include\s*"weft/(\w+)/')


def modules_use_what_is_below(tree):
    """A module includes itself and the layers before it. (The compiler says so too.)"""
    for path, text in tree.cpp():
        module = path.split("/")[0]
        if module not in LAYERS:
            continue
        allowed = LAYERS[:LAYERS.index(module) + 1]
        for number, line in numbered(text):
            found = OWN_INCLUDE.search(line)
            if found and found.group(1) not in allowed:
                yield Finding(path, number, f"{module} may not use {found.group(1)}")


def forbidden_things(tree):
    """CAF, threads, clocks, files and randomness stay out of the pure layers."""
    for path, text in tree.cpp():
        for pattern, where, why in FORBIDDEN:
            if not path.startswith(where) or (path, why) in EXCEPTIONS:
                continue
            for number, line in numbered(cpp.without_comments(text, literals=False)):
                found = re.search(pattern, line)
                if found:
                    yield Finding(path, number, f"'{found.group().strip()}': {why}")


def lmdb_stays_in_its_wrapper(tree):
    """lmdb.h is included by the wrapper only."""
    for path, text in tree.cpp():
        for number, line in numbered(text):
            if LMDB.search(line) and not LMDB_ALLOWED.match(path):
                yield Finding(path, number, "lmdb.h is for persistence/lmdb only")


def caf_is_spelled_once(tree):
    """Another version of CAF is a change of one header (and its source)."""
    for path, text in tree.cpp():
        if not path.startswith(("actors/", "fabric/")) or path in CAF_ALLOWED:
            continue
        for number, line in numbered(cpp.without_comments(text, literals=False)):
            if CAF.search(line):
                yield Finding(path, number, "CAF is spelled in actors/caf.hpp only")


def sources_begin_with_their_header(tree):
    """x.cpp includes x.hpp first: so each header with a source is seen to compile alone."""
    for path, text in tree.cpp():
        header = path.removesuffix(".cpp") + ".hpp"
        if not path.endswith(".cpp") or not path.startswith(LAYERS) or header not in tree.texts:
            continue
        first = FIRST_INCLUDE.search(text)
        if not first or first.group(1) != f"weft/{header}":
            yield Finding(path, 0, f"the first #include is not weft/{header}")


RULES = [modules_use_what_is_below, forbidden_things, lmdb_stays_in_its_wrapper,
         caf_is_spelled_once,
         sources_begin_with_their_header]
