"""One test case for each rule of the house: the repository obeys it."""

import cases
from rules import RULES
from tree import Tree


class House(cases.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree.of_repository(cases.source_dir())


def case_for(rule):
    def check(self):
        findings = [str(finding) for finding in sorted(rule(self.tree))]
        if findings:
            self.fail("\n".join(findings))
    check.__doc__ = rule.__doc__
    return check


for one in RULES:
    setattr(House, f"test_{one.__name__}", case_for(one))

if __name__ == "__main__":
    cases.main()
