"""Code that a document quotes is the code of today."""

import re

from tree import Finding

QUOTE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def quoted_code_is_current(tree):
    """A block that opens with ```cpp path/of/file stands in that file, line for line."""
    for path, text in tree.matching(".md"):
        for match in QUOTE.finditer(text):
            source, quote = match.groups()
            if quote not in tree.texts.get(source, ""):
                line = text.count("\n", 0, match.start()) + 1
                yield Finding(path, line, f"{source} does not contain this text (any more)")


LOOP = re.compile(r"\bfor \([^;)]*:\s*\*[\w.>-]+\(")


def loops_keep_what_they_walk(tree):
    """A loop over `*call()` walks what is gone: the result that the call made ends before it."""
    for path, text in tree.matching(".cpp", ".hpp", ".md"):
        for match in LOOP.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Finding(path, line, "name the result before the loop that walks what is in it")


RULES = [quoted_code_is_current, loops_keep_what_they_walk]
