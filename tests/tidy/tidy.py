"""The rules of the house, applied to the repository. By hand: python3 tests/tidy/tidy.py

Prints every finding; exit code 1 when there is one. Long files are warned about. In ctest each rule
is a test case (rules_hold.py), and the rules themselves are tested (rules_catch.py).
"""

import pathlib
import sys

from rules import RULES, sizes
from tree import Tree


def main():
    tree = Tree.of_repository(pathlib.Path(__file__).resolve().parents[2])
    for finding in sizes.files_that_grow(tree):
        print(f"warning: {finding}")
    findings = sorted(finding for rule in RULES for finding in rule(tree))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
