"""Runs unittest cases and reports each one to ./dev test, as case_report.hpp does for C++.

    import cases

    class Lookup(cases.TestCase):
        def test_a_lookup_of_nothing_is_empty(self): ...

    if __name__ == "__main__":
        cases.main()

WEFT_TEST_FILTER keeps the cases whose name contains it; a case is skipped with self.skipTest(why).
"""

import json
import os
import pathlib
import sys
import unittest

TestCase = unittest.TestCase


def source_dir():
    """The repository: from ctest, or found from here when a script is run by hand."""
    return pathlib.Path(os.environ.get("WEFT_SOURCE_DIR", pathlib.Path(__file__).parents[2]))


def binary_dir():
    return pathlib.Path(os.environ.get("WEFT_BINARY_DIR", source_dir() / "build" / "dev"))


def report_file():
    folder, test = os.environ.get("WEFT_TEST_REPORT"), os.environ.get("WEFT_TEST_NAME")
    return pathlib.Path(folder) / f"{test}.jsonl" if folder and test else None


def title(test):
    """test_an_empty_log_is_valid of class Recovery: 'Recovery: an empty log is valid'."""
    words = test.id().split(".")
    return f"{words[-2]}: {words[-1].removeprefix('test_').replace('_', ' ')}"


def first_line(exception):
    return (str(exception).splitlines() or [exception.__class__.__name__])[0][:200]


class Result(unittest.TextTestResult):
    """Writes one line per case, in the form of case_report.cpp."""

    def write(self, test, status, reason=""):
        path = report_file()
        if path:
            with path.open("a") as file:
                row = {"name": title(test), "status": status, "reason": str(reason)}
                file.write(json.dumps(row) + "\n")

    def startTest(self, test):
        super().startTest(test)
        self.verdict = ("passed", "")
        self.write(test, "started")

    def stopTest(self, test):
        super().stopTest(test)
        self.write(test, *self.verdict)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.verdict = ("failed", first_line(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.verdict = ("failed", first_line(err[1]))
        if not isinstance(test, TestCase):  # setUpClass or setUpModule
            self.write(test, *self.verdict)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.verdict = ("failed", str(subtest))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.verdict = ("skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.verdict = ("failed", "passed, and should not")


def chosen(suite, text):
    kept = unittest.TestSuite()
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            kept.addTest(chosen(item, text))
        elif text.lower() in title(item).lower():
            kept.addTest(item)
    return kept


def main(module="__main__"):
    suite = unittest.defaultTestLoader.loadTestsFromName(module)
    suite = chosen(suite, os.environ.get("WEFT_TEST_FILTER", ""))
    runner = unittest.TextTestRunner(resultclass=Result, verbosity=2 if sys.stderr.isatty() else 1)
    sys.exit(0 if runner.run(suite).wasSuccessful() else 1)
