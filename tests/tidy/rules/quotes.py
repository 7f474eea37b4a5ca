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


RULES = [quoted_code_is_current]
